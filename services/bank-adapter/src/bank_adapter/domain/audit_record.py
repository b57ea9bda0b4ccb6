"""What the audit is told: one thing that happened, masked before it is made."""

from __future__ import annotations

from msgspec import Struct, field


class Half(Struct, frozen=True, kw_only=True):
    """One half of an exchange. `body` is masked; `body_sha256` is of the real bytes."""

    method: str = ""
    target: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_sha256: str = ""


class AuditRecord(Struct, frozen=True, kw_only=True):
    """One event for the audit. `kind` is dotted, for example bank.attempt.finished."""

    event_id: str
    kind: str
    at_us: int
    actor: str
    trace_id: str = ""
    client_id: str = ""
    transfer_id: str = ""
    partner_reference_no: str = ""
    bank_partner_reference_no: str = ""
    bank: str = ""
    attempt_id: str = ""
    request: Half | None = None
    response: Half | None = None
    attributes: dict[str, str] = field(default_factory=dict)
