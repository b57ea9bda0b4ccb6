"""`gerbang-ops reconcile`: whether all that was sent was signed, and nothing else was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from gerbang.audit.v1 import query_service_pb2
from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import AUDIT, BANK_ADAPTER, SIGNER, Service, reach, run
from gerbang_ops.journal_chain import Head, page
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, moment, plain, print_json
from gerbang_ops.reconciliation import Reconciliation, Use, Window, reconcile, time_us_of, use_of
from gerbang_ops.session import JSONOption, opened

_MICROSECONDS = 1_000_000
# Around the window: the other half of a pair may stand this far off.
MARGIN_S = 600
# The audit hears of a question only after its answer and through an outbox.
SETTLE_S = 120
_ATTEMPT_PAGE = 500
_EVENT_PAGE = 500
_READ_S = 60.0
_QUESTIONS = ("bank.account.asked", "bank.token.requested", "bank.key.probed")
_DAY_HOURS = 24


def reconcile_command(
    context: typer.Context,
    *,
    hours: Annotated[int, typer.Option(min=1, help="How far back.")] = _DAY_HOURS,
    leave_out_s: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many of the last seconds to leave out: the audit hears of a question only "
            "after its answer.",
        ),
    ] = SETTLE_S,
    as_json: JSONOption = False,
) -> None:
    """Holds the signer's journal against the adapter's attempts and the audit's questions.

    Exit code 6: a signature that belongs to nothing, a message that left
    without a signature, or a signature over another body than was sent. Needs
    the scopes transfers.operate (bank-adapter) and audit.read (audit).
    """
    with opened(context) as settings:
        before = datetime.now(UTC) - timedelta(seconds=leave_out_s)
        window = Window(
            from_us=_us(before - timedelta(hours=hours)),
            before_us=_us(before),
        )
        result = run(_compare(settings, window))
        _print(result, window, as_json=as_json)
        if result.findings:
            raise OpsError(f"ALARM: {len(result.findings)} findings", ExitCode.ALARM)


def _us(at: datetime) -> int:
    return int(at.timestamp() * _MICROSECONDS)


def _stamp(at_us: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMicroseconds(max(at_us, 0))
    return stamp


def _widened(window: Window) -> Window:
    margin_us = MARGIN_S * _MICROSECONDS
    return Window(from_us=window.from_us - margin_us, before_us=window.before_us + margin_us)


async def _compare(settings: OpsSettings, window: Window) -> Reconciliation:
    wide = _widened(window)
    async with (
        reach(settings, SIGNER) as signer,
        reach(settings, BANK_ADAPTER) as adapter,
        reach(settings, AUDIT) as audit,
    ):
        # The journal first: what is signed meanwhile has its attempt read after it.
        uses = [use async for use in _uses(signer, wide)]
        attempts = await _attempts(adapter, wide)
        asked = await _asked(audit, wide)
    return reconcile(uses, attempts, asked, window=window)


async def _uses(service: Service, wide: Window) -> AsyncIterator[Use]:
    """Signatures of the window; the links between the entries read are checked."""
    after = await _last_before(service, wide.from_us)
    head: Head | None = None
    while True:
        answer = await page(service, after=after)
        for entry in answer.entries:
            head = (
                Head(entry.sequence, entry.link)
                if head is None
                else head.follow(sequence=entry.sequence, content=entry.content, link=entry.link)
            )
            use = use_of(entry.sequence, entry.content)
            if use is not None and wide.holds(use.time_us):
                yield use
        if not answer.entries:
            return
        after = answer.entries[-1].sequence


async def _last_before(service: Service, at_us: int) -> int:
    """A sequence number all of whose predecessors are older, found by halving."""
    low, high = 0, (await page(service, after=0, size=1)).head_sequence
    while low < high:
        middle = (low + high) // 2
        answer = await page(service, after=middle, size=1)
        if not answer.entries or time_us_of(answer.entries[0].content) >= at_us:
            high = middle
        else:
            low = middle + 1
    return low


async def _attempts(service: Service, wide: Window) -> list[pb.AttemptEvidence]:
    found: list[pb.AttemptEvidence] = []
    token = ""
    while True:
        request = pb.ListAttemptsRequest(
            started_after=_stamp(wide.from_us),
            started_before=_stamp(wide.before_us),
            page_size=_ATTEMPT_PAGE,
            page_token=token,
        )
        answer = await service.ask(service.operators().ListAttempts, request, timeout_s=_READ_S)
        found += answer.attempts
        token = answer.next_page_token
        if not token:
            return found


async def _asked(service: Service, wide: Window) -> frozenset[str]:
    """Attempt ids of questions and token requests, as the audit knows them."""
    found: set[str] = set()
    for kind in _QUESTIONS:
        token = ""
        while True:
            request = query_service_pb2.ListEventsRequest(
                kind=kind,
                occurred_after=_stamp(wide.from_us),
                occurred_before=_stamp(wide.before_us),
                page_size=_EVENT_PAGE,
                page_token=token,
            )
            answer = await service.ask(service.events().ListEvents, request, timeout_s=_READ_S)
            found.update(event.attempt_id for event in answer.events)
            token = answer.next_page_token
            if not token:
                break
    return frozenset(found - {""})


def _print(result: Reconciliation, window: Window, *, as_json: bool) -> None:
    counts = {
        "signatures": result.signatures,
        "attempts": result.attempts,
        "questions": result.questions,
        "signedAgain": result.repeated,
        "neverSent": result.unsent,
    }
    if as_json:
        findings = [
            {
                "fault": one.fault.value,
                "attemptId": one.attempt_id,
                "time": _stamp(one.time_us).ToJsonString(),
                "about": one.about,
            }
            for one in result.findings
        ]
        days = {
            "from": _stamp(window.from_us).ToJsonString(),
            "before": _stamp(window.before_us).ToJsonString(),
        }
        print_json({**days, **counts, "findings": findings})
        return
    out = console()
    out.print(f"{moment(_stamp(window.from_us))} to {moment(_stamp(window.before_us))}")
    out.print(
        f"{result.signatures} signatures ({result.questions} of questions and tokens), "
        f"{result.attempts} attempts ({result.unsent} never sent, {result.repeated} signed again)"
    )
    for one in result.findings:
        out.print(
            plain(f"{one.fault} {moment(_stamp(one.time_us))} {one.attempt_id}: {one.about}"),
            style="bold red",
        )
    if not result.findings:
        out.print("Every signature has its attempt, every message its signature.")
