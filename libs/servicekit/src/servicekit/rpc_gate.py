"""The checks that stand before one RPC, built once when the server is built.

In this order: who is the peer, may it call, is there room, do its claims hold,
has it the scope, is its document sound; then the servicer under a deadline, and
whatever it raises becomes a google.rpc.Status. There is no interceptor chain: a
call runs through one function.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from servicekit import errors, limits, strict_json
from servicekit.call import Call, Caller
from servicekit.channel import TRACE_KEY
from servicekit.clock import Clock
from servicekit.errors import ServiceError
from servicekit.http_binding import DOCUMENT, BindingError, read_binding
from servicekit.identity import (
    PeerIdentities,
    claims_not_allowed,
    identify,
    require_scope,
    split_metadata,
)
from servicekit.json_schema import MessageSchema
from servicekit.log import get_logger
from servicekit.registration import DocumentRule, Observer
from servicekit.rpc_policy import Rule

_log = get_logger()
_TRACE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")

R = TypeVar("R")
Context = grpc.aio.ServicerContext[Any, Any]
# Metadata as gRPC hands it to whoever looks a method up.
Entries = Iterable[tuple[str, str | bytes]]


class RPCGate:
    """One RPC: its rule, its binding and the servicer's method behind them."""

    def __init__(
        self,
        *,
        method: MethodDescriptor,
        servicer_method: Callable[..., Any],
        rule: Rule,
        document_rule: DocumentRule,
        internal: Mapping[str, Caller],
        peers: PeerIdentities,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self.full_name = f"/{method.containing_service.full_name}/{method.name}"
        self._servicer_method = servicer_method
        self._rule = rule
        self._raw = document_rule is DocumentRule.RAW
        self._internal = internal
        self._peers = peers
        self._clock = clock
        self._observer = observer
        self._in_flight = 0
        self._streams_requests = method.client_streaming
        self._has_document = DOCUMENT in method.input_type.fields_by_name
        binding = read_binding(method)
        if self._has_document and method.client_streaming:
            raise BindingError(f"{method.full_name}: a stream cannot carry documents")
        # Fields that the edge may fill beside the document; None: any of them.
        self._edge_fields: frozenset[str] | None = None
        if not binding.query_allowed:
            self._edge_fields = binding.path_fields | {DOCUMENT}
        self._schema = (
            MessageSchema(method.input_type, without=binding.path_fields | {DOCUMENT})
            if self._has_document and not self._raw
            else None
        )

    async def unary(self, metadata: Entries, request: Any, context: Context) -> Message:
        """Handle a call with one response."""

        async def serve(call: Call) -> Message:
            response: Message = await self._servicer_method(request, call)
            if call.response_headers:
                await context.send_initial_metadata(tuple(call.response_headers))
            return response

        return await self._guarded(metadata, request, context, serve)

    async def stream(self, metadata: Entries, request: Any, context: Context) -> None:
        """Handle a call that streams its responses; so may its requests."""

        async def serve(call: Call) -> None:
            responses: AsyncGenerator[Message] = self._servicer_method(request, call)
            first = True
            async with aclosing(responses):
                async for response in responses:
                    if first and call.response_headers:
                        await context.send_initial_metadata(tuple(call.response_headers))
                    first = False
                    await context.write(response)

        await self._guarded(metadata, request, context, serve)

    async def _guarded(
        self,
        metadata: Entries,
        request: Any,
        context: Context,
        serve: Callable[[Call], Awaitable[R]],
    ) -> R:
        started = self._clock.monotonic()
        spiffe_id = ""
        try:
            spiffe_id = self._peers.of(context)
            self._admit(spiffe_id)
            self._in_flight += 1
            try:
                budget_s = self._budget_s(context)
                call = self._open_call(spiffe_id, metadata, request, started + budget_s)
                response = await _within(budget_s, serve(call))
            finally:
                self._in_flight -= 1
        except ServiceError as error:
            failure = error
        except asyncio.CancelledError:
            self._finished(started, spiffe_id, metadata, "CANCELLED")
            raise
        except Exception:  # noqa: BLE001 - the last line of defence; the answer says nothing
            _log.error("rpc crashed", method=self.full_name, caller=spiffe_id, exc_info=True)
            failure = errors.internal()
        else:
            self._finished(started, spiffe_id, metadata, "OK")
            return response
        self._finished(started, spiffe_id, metadata, failure.code.name, failure)
        return await context.abort(
            failure.code,
            failure.message,
            ((errors.DETAILS_KEY, errors.to_status(failure).SerializeToString()),),
        )

    def _admit(self, spiffe_id: str) -> None:
        if not self._rule.admits(spiffe_id):
            raise errors.permission_denied("CALLER_NOT_ALLOWED", "the caller may not call this")
        if self._in_flight >= self._rule.max_in_flight:
            raise errors.resource_exhausted("too many calls at once; try again shortly")

    def _budget_s(self, context: Context) -> float:
        """Seconds this call may take: the rule's cap or the caller's deadline, less a shave."""
        remaining_s = context.time_remaining()
        cap_s = self._rule.deadline_cap_s
        # No deadline arrives as None or as some 9e18 seconds.
        if remaining_s is None or remaining_s > cap_s:
            return cap_s
        part_s = remaining_s * limits.DEADLINE_SHAVE_MAX_PART
        return max(0.0, remaining_s - min(limits.DEADLINE_SHAVE_S, part_s))

    def _open_call(self, spiffe_id: str, entries: Entries, request: Any, deadline: float) -> Call:
        """The call, once everything that the caller sent has been believed or refused."""
        metadata, claims = split_metadata(entries)
        caller = identify(spiffe_id, claims, self._rule, self._internal)
        self._check_fields(request, caller)
        require_scope(caller, self._rule)
        call = Call(
            caller=caller,
            trace_id=_trace_id(metadata.get(TRACE_KEY)),
            metadata=metadata,
            document=None,
            document_content_type="",
            deadline=deadline,
        )
        if self._has_document and caller.from_edge:
            self._read_document(request, call)
        return call

    def _check_fields(self, request: Any, caller: Caller) -> None:
        """Refuse a document that is not the edge's and fields that came by the query."""
        if not caller.from_edge:
            if self._has_document and request.HasField(DOCUMENT):
                raise claims_not_allowed("a document is accepted from the edge only")
        elif self._edge_fields is not None and not self._streams_requests:
            for field, _ in request.ListFields():
                if field.name not in self._edge_fields:
                    raise errors.invalid_argument(
                        "QUERY_NOT_ALLOWED", "must stand in the body", field.json_name
                    )

    def _read_document(self, request: Any, call: Call) -> None:
        body = request.document
        call.document, call.document_content_type = body.data, body.content_type
        if self._schema is not None:
            request.ClearField(DOCUMENT)
            strict_json.parse(call.document, call.document_content_type, request, self._schema)

    def _finished(
        self,
        started: float,
        spiffe_id: str,
        metadata: Entries,
        code: str,
        failure: ServiceError | None = None,
    ) -> None:
        seconds = self._clock.monotonic() - started
        self._observer.rpc_finished(self.full_name, code, seconds)
        if failure is None:
            _log.debug(
                "rpc finished", method=self.full_name, code=code, seconds=seconds, caller=spiffe_id
            )
            return
        _log.warning(
            "rpc failed",
            method=self.full_name,
            code=code,
            reason=failure.reason,
            field=failure.field,
            seconds=seconds,
            caller=spiffe_id,
            trace_id=str(dict(metadata).get(TRACE_KEY, ""))[:128],
        )


async def _within(budget_s: float, work: Awaitable[R]) -> R:
    try:
        async with asyncio.timeout(budget_s) as scope:
            return await work
    except TimeoutError:
        if scope.expired():
            raise errors.deadline_exceeded("the call took too long") from None
        raise


def _trace_id(given: str | None) -> str:
    """The caller's trace id when it is fit to be logged and sent on; else a new one."""
    if given is not None and _TRACE_ID.match(given):
        return given
    return secrets.token_hex(16)
