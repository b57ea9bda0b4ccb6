"""Puts every call of a client and its answer into the audit, masked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import orjson
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from servicekit.call import Call
from servicekit.clock import Clock
from servicekit.errors import ServiceError
from servicekit.log import get_logger

from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, UnavailableError
from bank_adapter.domain.audit_record import AuditRecord, Half
from bank_adapter.domain.masking import mask_account, mask_body
from bank_adapter.entrypoints.errors import as_service_errors

log = get_logger()
MessageT = TypeVar("MessageT", bound=Message)
_ID_CHARACTERS = 26


class APIRecorder:
    """Writes `api.call` events to the outbox, without holding up the answer.

    What moved a payment is in the ledger's own events, committed before the
    answer; these say what the client was told.
    """

    def __init__(self, *, ledger: Ledger, identifiers: Identifiers, clock: Clock) -> None:
        self._ledger = ledger
        self._identifiers = identifiers
        self._clock = clock
        self._writing: set[asyncio.Task[None]] = set()

    def received(self, call: Call, *, method: str, target: str, request: Message) -> Half:
        """The client's request: its own bytes from the edge, the message else."""
        body = call.document if call.document is not None else to_json(request)
        headers = {
            name: call.metadata[name]
            for name in ("idempotency-key", "prefer", "origin")
            if name in call.metadata
        }
        return Half(
            method=method,
            target=target,
            headers=headers,
            body=mask_body(body),
            body_sha256=hashlib.sha256(body).hexdigest(),
        )

    def answered(
        self,
        call: Call,
        request: Half,
        answer: Message | ServiceError,
        *,
        transfer_id: str = "",
        partner_reference_no: str = "",
    ) -> None:
        """Records the call's end. Returns at once."""
        if isinstance(answer, ServiceError):
            status, attributes = 0, {"code": answer.code.name, "reason": answer.reason}
            if answer.field:
                attributes["field"] = answer.field
            body = orjson.dumps({"message": answer.message, **attributes})
        else:
            status, attributes = 200, {"code": "OK"}
            body = to_json(answer)
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind="api.call",
            at_us=self._clock.now_us(),
            actor=call.caller.client_id or call.caller.spiffe_id,
            trace_id=call.trace_id[:64],
            client_id=call.caller.client_id or "",
            transfer_id=transfer_id,
            partner_reference_no=partner_reference_no,
            request=request,
            response=Half(
                status=status,
                body=mask_body(body),
                body_sha256=hashlib.sha256(body).hexdigest(),
            ),
            attributes=attributes,
        )
        task = asyncio.create_task(self._write([record]))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def around(
        self,
        call: Call,
        request: Message,
        do: Callable[[], Awaitable[MessageT]],
        *,
        target: str,
        method: str = "gRPC",
        transfer_id: str = "",
    ) -> MessageT:
        """Does what was asked, and records the call and how it ended.

        An error of a use case leaves as a ServiceError. `transfer_id` is what the
        caller named; what the answer names goes before it.
        """
        received = self.received(call, method=method, target=target, request=request)
        try:
            with as_service_errors():
                answer = await do()
        except ServiceError as error:
            self.answered(call, received, error, transfer_id=transfer_id[:_ID_CHARACTERS])
            raise
        self.answered(
            call,
            received,
            answer,
            transfer_id=getattr(answer, "transfer_id", ""),
            partner_reference_no=getattr(answer, "partner_reference_no", ""),
        )
        return answer

    async def drain(self) -> None:
        """Waits until everything is written."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def _write(self, records: Sequence[AuditRecord]) -> None:
        try:
            await self._ledger.record(records)
        except UnavailableError:
            log.warning("a call could not be recorded", trace_id=records[0].trace_id)


def masked_path(template: str, account_no: str) -> str:
    """A path with an account number in it, as it may be recorded."""
    return template.format(account=mask_account(account_no))


def to_json(message: Message) -> bytes:
    """The set fields as compact JSON, names as in the contract.

    json_format does the same at ten times the cost; this is on the hot path.
    """
    return orjson.dumps(_plain(message))


def _plain(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.message_type is None and field.enum_type is None:
            plain[field.json_name] = list(value) if field.is_repeated else value
        elif field.enum_type is not None:
            # A caller inside the house may send a number that nobody knows.
            known = field.enum_type.values_by_number.get(value)
            plain[field.json_name] = known.name if known is not None else value
        elif field.is_repeated:
            plain[field.json_name] = [_plain(item) for item in value]
        elif isinstance(value, Timestamp):
            plain[field.json_name] = value.ToJsonString()
        else:
            plain[field.json_name] = _plain(value)
    return plain
