"""One call of a bank to us, our answer to it, and what the audit is told.

The answers have SNAP's shape, not the house's: the caller is a bank.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.inbound_banks import InboundBank
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, UnavailableError
from bank_adapter.application.ports.signature_check import Finding
from bank_adapter.domain.audit_record import AuditRecord, Half
from bank_adapter.domain.masking import keep_headers, mask_body
from bank_adapter.limits import INBOUND_AUDITED_CHARACTERS
from bank_adapter.snap import inbound
from bank_adapter.snap.inbound import RefusedCallError

METHOD = "POST"
_MICROSECONDS = 1_000_000
log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """What arrived. Header names are lower-case; `body` is as received."""

    service_code: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAnswer:
    """What is answered, once everything it says is durable."""

    http: int
    body: bytes = field(repr=False)


def accepted(call: InboundCall, **more: str) -> InboundAnswer:
    """`{"responseCode":"2007600","responseMessage":"Successful"}` and what else it tells."""
    body = inbound.reply(
        http=200, service_code=call.service_code, case="00", message="Successful", **more
    )
    return InboundAnswer(http=200, body=body)


def check_moment(at: datetime, bank: InboundBank, *, now_us: int) -> None:
    """Raises RefusedCallError for a timestamp too far from now, either way."""
    if abs(at.timestamp() - now_us / _MICROSECONDS) > bank.clock_skew_s:
        raise RefusedCallError(401, "00", "Unauthorized. [Timestamp]")


def check_finding(finding: Finding) -> None:
    """Raises RefusedCallError unless the signature is good; REPLAYED is judged elsewhere."""
    match finding:
        case Finding.GOOD | Finding.REPLAYED:
            return
        case Finding.STALE:
            raise RefusedCallError(401, "00", "Unauthorized. [Timestamp]")
        case Finding.MALFORMED:
            raise RefusedCallError(400, "01", "Invalid Field Format")
        case Finding.WRONG:
            raise RefusedCallError(401, "00", "Unauthorized. [Signature]")


def call_record(
    call: InboundCall,
    answer: InboundAnswer,
    *,
    event_id: str,
    at_us: int,
    bank: str,
    attributes: Mapping[str, str],
) -> AuditRecord:
    """The exchange as `bank.callback`, without token, signature or account number."""
    headers = {
        name: value[:INBOUND_AUDITED_CHARACTERS]
        for name, value in keep_headers(tuple(call.headers.items())).items()
    }
    return AuditRecord(
        event_id=event_id,
        kind="bank.callback",
        at_us=at_us,
        actor=f"bank/{bank}" if bank else "bank",
        trace_id=call.trace_id,
        bank=bank,
        request=_half(call.body, Half(method=METHOD, target=call.path, headers=headers)),
        response=_half(answer.body, Half(status=answer.http)),
        attributes={"serviceCode": call.service_code, **attributes},
    )


def _half(body: bytes, shown: Half) -> Half:
    """With the body masked first and cut afterwards, so that no cut hides a field's end."""
    return replace(
        shown,
        body=mask_body(body)[:INBOUND_AUDITED_CHARACTERS],
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


class Refusals:
    """Answers a call that is refused, and tells the audit."""

    def __init__(self, *, ledger: Ledger, identifiers: Identifiers, clock: Clock) -> None:
        self._ledger = ledger
        self._identifiers = identifiers
        self._clock = clock

    async def answer(
        self, call: InboundCall, refusal: RefusedCallError, bank: str
    ) -> InboundAnswer:
        """Never raises. `bank` is empty for a caller nobody knows."""
        body = inbound.reply(
            http=refusal.http,
            service_code=call.service_code,
            case=refusal.case,
            message=refusal.message,
        )
        answer = InboundAnswer(http=refusal.http, body=body)
        log.warning(
            "call of a bank refused",
            bank=bank,
            service_code=call.service_code,
            http_status=refusal.http,
            case=refusal.case,
            reason=refusal.message,
            trace_id=call.trace_id,
        )
        record = call_record(
            call,
            answer,
            event_id=self._identifiers.event_id(),
            at_us=self._clock.now_us(),
            bank=bank,
            attributes={"reason": refusal.message},
        )
        try:
            await self._ledger.record([record])
        except UnavailableError:
            log.warning("a refusal could not be recorded", trace_id=call.trace_id)
        return answer
