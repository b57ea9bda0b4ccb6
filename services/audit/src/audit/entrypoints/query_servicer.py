"""QueryService: events for clients, who see their own, and for operators; the chain."""

import re
from typing import Final

from gerbang.audit.v1 import event_pb2, query_service_pb2
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.timestamp_pb2 import Timestamp
from servicekit.call import Call, Caller
from servicekit.errors import invalid_argument, invalid_field, not_found, permission_denied
from servicekit.rpc_policy import OPERATOR_PREFIX

from audit import limits
from audit.application.export_events import ExportEvents
from audit.application.find_events import FindEvents, Viewer
from audit.application.page_token import InvalidPageTokenError
from audit.application.ports import EventFilter
from audit.application.verify_chain import VerifyChain
from audit.domain.chain import EMPTY_CHAIN, ChainHead
from audit.entrypoints import export_lines
from audit.entrypoints.convert import message_from_stored, micros

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class QueryServicer:
    """Reads only; nothing here changes an event."""

    def __init__(
        self, find_events: FindEvents, export_events: ExportEvents, verify_chain: VerifyChain
    ) -> None:
        self._find_events = find_events
        self._export_events = export_events
        self._verify_chain = verify_chain

    async def ListEvents(  # noqa: N802 - the contract's name
        self, request: query_service_pb2.ListEventsRequest, call: Call
    ) -> query_service_pb2.ListEventsResponse:
        viewer = viewer_of(call.caller)
        criteria = _criteria(request)
        if request.page_size < 0:
            raise invalid_field("pageSize", "must not be negative")
        try:
            page = await self._find_events.page(
                criteria, viewer=viewer, page_size=request.page_size, token=request.page_token
            )
        except InvalidPageTokenError:
            raise invalid_argument(
                "INVALID_PAGE_TOKEN",
                "is not the token of the page before, or the filter has changed",
                "pageToken",
            ) from None
        return query_service_pb2.ListEventsResponse(
            events=[message_from_stored(stored) for stored in page.events],
            next_page_token=page.next_token,
        )

    async def GetEvent(  # noqa: N802 - the contract's name
        self, request: query_service_pb2.GetEventRequest, call: Call
    ) -> event_pb2.Event:
        viewer = viewer_of(call.caller)
        stored = await self._find_events.get(request.event_id, viewer=viewer)
        if stored is None:
            raise not_found("event")
        return message_from_stored(stored)

    async def ExportEvents(  # noqa: N802 - the contract's name
        self, request: query_service_pb2.ExportEventsRequest, call: Call
    ) -> HttpBody:
        page = await self._export_events.page(
            after=_sequence(request.after_sequence), viewer=viewer_of(call.caller)
        )
        return HttpBody(content_type=export_lines.CONTENT_TYPE, data=export_lines.document(page))

    async def VerifyChain(  # noqa: N802 - the contract's name
        self,
        request: query_service_pb2.VerifyChainRequest,
        call: Call,  # noqa: ARG002 - every RPC has it
    ) -> query_service_pb2.VerifyChainResponse:
        walk = await self._verify_chain.walk(_start(request), at_most=limits.VERIFY_LINKS_PER_CALL)
        found = walk.found
        return query_service_pb2.VerifyChainResponse(
            walked=_link(walk.walked),
            head=_link(walk.head or EMPTY_CHAIN),
            anchor=_link(walk.anchor),
            is_complete=walk.is_complete,
            broken=query_service_pb2.ChainBreak(sequence=found.sequence, problem=found.problem)
            if found is not None
            else None,
        )


def _sequence(given: int) -> int:
    if given > limits.MAX_SEQUENCE:
        raise invalid_field("afterSequence", f"must be at most {limits.MAX_SEQUENCE}")
    return given


def _start(request: query_service_pb2.VerifyChainRequest) -> ChainHead:
    """The noted link. Raises ServiceError."""
    sequence, text = _sequence(request.after_sequence), request.after_hash
    if sequence == 0:
        if text:
            raise invalid_field("afterHash", "has no meaning without afterSequence")
        return EMPTY_CHAIN
    if not _HASH.fullmatch(text):
        raise invalid_field("afterHash", "must be 64 lower-case hexadecimal digits")
    return ChainHead(sequence=sequence, chain_hash=bytes.fromhex(text))


def _link(head: ChainHead) -> query_service_pb2.ChainLink:
    if head == EMPTY_CHAIN:
        return query_service_pb2.ChainLink()
    return query_service_pb2.ChainLink(sequence=head.sequence, hash=head.chain_hash.hex())


def viewer_of(caller: Caller) -> Viewer:
    """What a caller may see: an operator everything, a client his own."""
    if caller.spiffe_id.startswith(OPERATOR_PREFIX):
        return Viewer(client_id=None)
    if not caller.client_id:
        # The policy should have refused this call; never fall back to "all".
        raise permission_denied("CALLER_NOT_ALLOWED", "the caller is not a client")
    return Viewer(client_id=caller.client_id)


def _criteria(request: query_service_pb2.ListEventsRequest) -> EventFilter:
    texts = {
        "transferId": request.transfer_id,
        "partnerReferenceNo": request.partner_reference_no,
        "clientId": request.client_id,
        "kind": request.kind,
    }
    for field, text in texts.items():
        if len(text.encode()) > limits.MAX_FILTER_BYTES:
            raise invalid_field(field, f"must be at most {limits.MAX_FILTER_BYTES} bytes")
    return EventFilter(
        transfer_id=request.transfer_id,
        partner_reference_no=request.partner_reference_no,
        client_id=request.client_id,
        kind=request.kind,
        occurred_from_us=_instant(request.occurred_after, "occurredAfter"),
        occurred_before_us=_instant(request.occurred_before, "occurredBefore"),
    )


def _instant(timestamp: Timestamp, field: str) -> int:
    instant_us = micros(timestamp)
    if not 0 <= instant_us <= limits.MAX_INSTANT_US:
        raise invalid_field(field, "must be a time after 1970")
    return instant_us
