"""Leaves a bank alone that refuses us or cannot be reached.

While a circuit is open nothing is sent: transfers wait in PREPARED with the
reason shown, and none is rejected for an outage of ours. When its time is
over one payment goes first; only its success lets the others follow, so a
recovering bank meets no burst.
"""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Bank
from bank_adapter.application.holds import Holds
from bank_adapter.application.ports.circuit_store import Circuit, CircuitStore
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, UnavailableError
from bank_adapter.application.records import ACTOR
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.hold import ON_HOLD
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.limits import CIRCUIT_BELIEVED_S, HOLD_LOOK_S

_MICROSECONDS = 1_000_000
# NOT_SENT for these reasons says nothing about the bank.
_OUR_OWN = frozenset({"LEASE_LOST", "COMMIT_TOO_OLD", "COMMIT_UNCONFIRMED", "TOKEN_BUSY"})
log = get_logger()


@dataclass(slots=True)
class _View:
    """What this process last read about one bank, and its own failures in a row."""

    circuit: Circuit
    read_at: float
    failures: int = 0


class Circuits:
    """One circuit a bank identity."""

    def __init__(
        self,
        *,
        store: CircuitStore,
        holds: Holds,
        ledger: Ledger,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._store = store
        self._holds = holds
        self._ledger = ledger
        self._identifiers = identifiers
        self._clock = clock
        self._views: dict[str, _View] = {}

    async def find(self, bank: Bank) -> Circuit:
        """The bank's circuit, read at most once a moment."""
        view = self._views.get(bank.identity)
        now = self._clock.monotonic()
        if view is not None and now - view.read_at < CIRCUIT_BELIEVED_S:
            return view.circuit
        circuit = await self._store.load(bank.identity)
        failures = view.failures if view is not None else 0
        self._views[bank.identity] = _View(circuit=circuit, read_at=now, failures=failures)
        return circuit

    async def gate(self, bank: Bank) -> Circuit:
        """What keeps payments from being sent: a person's hold, else the bank's circuit."""
        if await self._holds.find(bank.bank_id) is not None:
            look_us = self._clock.now_us() + int(HOLD_LOOK_S * _MICROSECONDS)
            return Circuit(reason=ON_HOLD, open_until_us=look_us)
        return await self.find(bank)

    def is_open(self, circuit: Circuit) -> bool:
        return bool(circuit.reason) and circuit.open_until_us > self._clock.now_us()

    async def told(self, bank: Bank, reading: Reading, *, fresh_token: bool = False) -> None:
        """Learns from how a message to the bank ended. Never raises.

        `fresh_token` says that the payment was refused for its token before and
        went again with another: a refusal of this one is of us, not of a token.
        """
        refused = reading.verdict is Verdict.REFUSED or (
            fresh_token and reading.verdict is Verdict.REFUSED_TOKEN
        )
        try:
            await (self._refused(bank, reading) if refused else self._learn(bank, reading))
        except UnavailableError:
            log.warning("a bank's circuit could not be changed", bank=bank.bank_id)

    async def _refused(self, bank: Bank, reading: Reading) -> None:
        reason = reading.reason or f"BANK_REFUSES_{reading.response_code}"
        circuit = await self.find(bank)
        await self._open(bank, circuit, reason=reason, for_s=bank.circuit.refused_s)

    async def _learn(self, bank: Bank, reading: Reading) -> None:
        circuit = await self.find(bank)
        view = self._views[bank.identity]
        match reading.verdict:
            case Verdict.NOT_SENT if reading.reason in _OUR_OWN:
                return
            case Verdict.NOT_SENT:
                view.failures += 1
                half_open = bool(circuit.reason) and not self.is_open(circuit)
                if view.failures >= bank.circuit.failures or half_open:
                    for_s = bank.circuit.open_s
                    await self._open(bank, circuit, reason=reading.reason, for_s=for_s)
            case _:
                # Any answer, and any silence after our bytes left, shows a bank that is there.
                view.failures = 0
                if circuit.reason and reading.verdict is not Verdict.UNKNOWN:
                    await self._change(bank, Circuit(version=circuit.version + 1))

    async def _open(self, bank: Bank, circuit: Circuit, *, reason: str, for_s: float) -> None:
        if self.is_open(circuit):
            return
        until_us = self._clock.now_us() + int(for_s * _MICROSECONDS)
        opened = Circuit(reason=reason, open_until_us=until_us, version=circuit.version + 1)
        await self._change(bank, opened)

    async def _change(self, bank: Bank, circuit: Circuit) -> None:
        """Stores it unless another process was first, whose word then stands."""
        if not await self._store.save(bank.identity, circuit):
            self._views.pop(bank.identity, None)
            return
        self._views[bank.identity] = _View(circuit=circuit, read_at=self._clock.monotonic())
        opened = bool(circuit.reason)
        if opened:
            log.error("bank circuit opened", bank=bank.bank_id, reason=circuit.reason)
        else:
            log.info("bank circuit closed", bank=bank.bank_id)
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind="bank.circuit.opened" if opened else "bank.circuit.closed",
            at_us=self._clock.now_us(),
            actor=ACTOR,
            bank=bank.bank_id,
            attributes={"reason": circuit.reason, "openUntilUs": str(circuit.open_until_us)},
        )
        await self._ledger.record([record])
