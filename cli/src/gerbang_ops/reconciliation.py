"""Holds the signer's journal against the adapter's attempts. Pure.

Every signature must belong to an attempt, or to a question or token request
that the audit knows; every message that left must have a signature; and what
was signed must be what was sent. Both sides are judged within a window, with
a margin around it in which the other half may stand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Attempt

# A staged key signs only what its probe asks.
SIGNED: Final = frozenset({"signer.signed", "signer.probe_signed"})
# Whoever gave these attempts up does not know whether anything was sent.
_GIVEN_UP: Final = frozenset({"OWNER_DIED", "DEADLINE_PASSED", "SENDER_FAILED"})
# This scheme signs the digest of a body without its blanks, not of the bytes sent.
_OTHER_DIGEST: Final = "bca_legacy_symmetric"


class Fault(StrEnum):
    """What a person must look at."""

    SIGNATURE_WITHOUT_ATTEMPT = "SIGNATURE_WITHOUT_ATTEMPT"
    SENT_WITHOUT_SIGNATURE = "SENT_WITHOUT_SIGNATURE"
    ANOTHER_BODY_SIGNED = "ANOTHER_BODY_SIGNED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One signature in the journal; `time_us` is since the epoch."""

    sequence: int
    time_us: int
    attempt_id: str
    actor: str
    key_id: str
    scheme: str
    method: str
    path: str
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    fault: Fault
    attempt_id: str
    time_us: int
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is judged: from `from_us`, before `before_us`, microseconds since the epoch."""

    from_us: int
    before_us: int

    def holds(self, at_us: int) -> bool:
        return self.from_us <= at_us < self.before_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The findings, oldest first, and what was counted within the window."""

    findings: tuple[Finding, ...]
    signatures: int
    attempts: int
    # Signatures of questions and token requests, which are no attempts.
    questions: int
    # Attempts that were signed more than once; allowed.
    repeated: int
    # Attempts without a signature of which nothing was sent.
    unsent: int


def use_of(sequence: int, content: bytes) -> Use | None:
    """The signature that a journal entry is about; None for any other act."""
    fields = json.loads(content)
    if fields.get("act") not in SIGNED:
        return None
    facts = fields.get("facts", {})
    return Use(
        sequence=sequence,
        time_us=int(fields["timeUs"]),
        attempt_id=fields.get("attemptId", ""),
        actor=fields.get("actor", ""),
        key_id=fields.get("keyId", ""),
        scheme=fields.get("scheme", ""),
        method=facts.get("method", ""),
        path=facts.get("path", ""),
        body_sha256=facts.get("body_sha256", ""),
    )


def time_us_of(content: bytes) -> int:
    """When a journal entry's act was, microseconds since the epoch."""
    return int(json.loads(content)["timeUs"])


def reconcile(
    uses: Sequence[Use],
    attempts: Sequence[pb.AttemptEvidence],
    asked: Collection[str],
    *,
    window: Window,
) -> Reconciliation:
    """Compares. `asked` holds the attempt ids of questions and token requests."""
    by_id = {one.attempt.attempt_id: one for one in attempts}
    signed = Counter(use.attempt_id for use in uses)
    judged_uses = [use for use in uses if window.holds(use.time_us)]
    judged = [one for one in attempts if window.holds(one.attempt.start_time.ToMicroseconds())]
    unsigned = [one for one in judged if one.attempt.attempt_id not in signed]
    findings = [
        *_strange_signatures(judged_uses, by_id, asked),
        *(_sent_unsigned(one) for one in unsigned if _left(one)),
    ]
    return Reconciliation(
        findings=tuple(sorted(findings, key=lambda finding: finding.time_us)),
        signatures=len(judged_uses),
        attempts=len(judged),
        questions=sum(use.attempt_id in asked for use in judged_uses),
        repeated=sum(signed[one.attempt.attempt_id] > 1 for one in judged),
        unsent=sum(not _left(one) for one in unsigned),
    )


def _strange_signatures(
    uses: Iterable[Use], by_id: dict[str, pb.AttemptEvidence], asked: Collection[str]
) -> Iterable[Finding]:
    for use in uses:
        what = f"journal entry {use.sequence}: {use.key_id} for {use.actor} {use.method} {use.path}"
        attempt = by_id.get(use.attempt_id)
        if attempt is None and use.attempt_id not in asked:
            fault = Fault.SIGNATURE_WITHOUT_ATTEMPT
        elif (
            attempt is not None
            and use.scheme != _OTHER_DIGEST
            and use.body_sha256 != attempt.body_sha256
        ):
            fault = Fault.ANOTHER_BODY_SIGNED
        else:
            continue
        yield Finding(
            fault=fault, attempt_id=use.attempt_id, time_us=use.time_us, about=what.strip()
        )


def _left(one: pb.AttemptEvidence) -> bool:
    """Whether bytes of the attempt certainly or possibly left for the bank."""
    attempt = one.attempt
    lost = attempt.result == Attempt.LOST and one.reason not in _GIVEN_UP
    return bool(attempt.http_status) or lost


def _sent_unsigned(one: pb.AttemptEvidence) -> Finding:
    attempt = one.attempt
    end = f"{Attempt.Result.Name(attempt.result)} {one.reason}"
    return Finding(
        fault=Fault.SENT_WITHOUT_SIGNATURE,
        attempt_id=attempt.attempt_id,
        time_us=attempt.start_time.ToMicroseconds(),
        about=f"transfer {one.transfer_id}, {end}".strip(),
    )
