"""What the audit tells Prometheus: where the money stands, how banks answer, the chain.

Taken from the projection and from what is ingested. Counts and ages only: no
client, no reference, no amount.
"""

from collections.abc import Sequence
from typing import Final

from servicekit.clock import Clock
from servicekit.metrics import Durations, Family, Labels, gauge

from audit.application.ports import ChainStore, EventLog, TransferFigures
from audit.domain.event import Event
from audit.domain.transfer_state import TransferState

_US_PER_SECOND: Final = 1_000_000
_MS_PER_SECOND: Final = 1_000
_FINISHED: Final = "bank.attempt.finished"
_WATCHED: Final = (TransferState.PENDING, TransferState.UNKNOWN, TransferState.NEEDS_OPERATOR)


class Watched:
    """An EventLog that counts what passes. The counts are this process's own."""

    def __init__(self, log: EventLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._bank = Durations("gerbang_bank_seconds", "Messages to banks, by result.")
        self._delay = Durations(
            "gerbang_audit_delay_seconds", "From what happened to its being stored, by service."
        )

    async def store(self, events: Sequence[Event]) -> int:
        stored = await self._log.store(events)
        now_us = self._clock.now_us()
        for event in events:
            delay_s = max(now_us - event.occur_us, 0) / _US_PER_SECOND
            self._delay.add((("service", event.service),), delay_s)
            if event.kind == _FINISHED:
                self._count_exchange(event)
        return stored

    async def families(self) -> Sequence[Family]:
        return [self._bank.family(), self._delay.family()]

    def _count_exchange(self, event: Event) -> None:
        attributes = event.attributes
        took = attributes.get("durationMs", "")
        if not took.isascii() or not took.isdigit():
            return
        labels = (
            ("bank", event.bank),
            ("service_code", attributes.get("serviceCode", "")),
            ("result", attributes.get("result", "")),
        )
        self._bank.add(labels, int(took) / _MS_PER_SECOND)


class Standing:
    """What the tables say at the moment of a scrape."""

    def __init__(self, figures: TransferFigures, chain: ChainStore, clock: Clock) -> None:
        self._figures = figures
        self._chain = chain
        self._clock = clock

    async def families(self) -> Sequence[Family]:
        counts = await self._figures.count_by_state()
        oldest = await self._figures.oldest_created(_WATCHED)
        now_us = self._clock.now_us()
        ages: dict[Labels, float] = {
            (("state", state.value),): max(now_us - oldest[state], 0) / _US_PER_SECOND
            if state in oldest
            else 0.0
            for state in _WATCHED
        }
        return [
            gauge(
                "gerbang_transfers",
                "Transfers by public state, as the audit knows them.",
                {(("state", state.value),): counts.get(state, 0) for state in TransferState},
            ),
            gauge(
                "gerbang_oldest_transfer_age_seconds",
                "Age of the oldest transfer in a state that ends; 0 for none.",
                ages,
            ),
            *await self._chain_families(now_us),
        ]

    async def _chain_families(self, now_us: int) -> list[Family]:
        head, check = await self._chain.head(), await self._chain.last_check()
        broken = head is None or (check is not None and check.found is not None)
        families = [
            gauge(
                "gerbang_audit_events",
                "Place of the newest event.",
                {(): float(head.sequence if head else 0)},
            ),
            gauge(
                "gerbang_audit_chain_broken",
                "1: the last verification found the chain broken.",
                {(): float(broken)},
            ),
        ]
        if check is not None:
            age_s = (now_us - check.finish_us) / _US_PER_SECOND
            families.append(
                gauge(
                    "gerbang_audit_chain_verified_age_seconds",
                    "Since the end of the last verification.",
                    {(): age_s},
                )
            )
        return families
