"""gerbang.bank_adapter.v1.HoldService: a person stops sending, or lets it go."""

from __future__ import annotations

from gerbang.bank_adapter.v1 import hold_service_pb2 as pb
from servicekit.call import Call

from bank_adapter.application.holds import Holds, HoldWord
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.hold import Hold, HoldKind
from bank_adapter.entrypoints import contract
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.errors import as_service_errors
from bank_adapter.entrypoints.operator_servicer import operator_of

_METHODS = "/gerbang.bank_adapter.v1.HoldService/"


class HoldServicer:
    """Converts, calls one use case, converts back."""

    def __init__(self, *, holds: Holds, recorder: APIRecorder) -> None:
        self._holds = holds
        self._recorder = recorder

    async def ListHolds(  # noqa: N802  the contract's name
        self, request: pb.ListHoldsRequest, call: Call
    ) -> pb.ListHoldsResponse:
        del request, call
        with as_service_errors():
            return pb.ListHoldsResponse(holds=[_to_hold(one) for one in await self._holds.show()])

    async def PlaceHold(  # noqa: N802  the contract's name
        self, request: pb.PlaceHoldRequest, call: Call
    ) -> pb.Hold:
        return await self._say(request, call, on=True, number=request.kind)

    async def ReleaseHold(  # noqa: N802  the contract's name
        self, request: pb.ReleaseHoldRequest, call: Call
    ) -> pb.Hold:
        return await self._say(request, call, on=False, number=pb.Hold.INCIDENT)

    async def _say(
        self,
        request: pb.PlaceHoldRequest | pb.ReleaseHoldRequest,
        call: Call,
        *,
        on: bool,
        number: int,
    ) -> pb.Hold:
        operator = operator_of(call)

        async def say() -> pb.Hold:
            word = HoldWord(
                scope=request.bank,
                on=on,
                kind=_to_kind(number),
                operator=operator,
                reason=request.reason.strip(),
                trace_id=call.trace_id[:64],
            )
            return _to_hold(await self._holds.say(word))

        target = f"{_METHODS}{'PlaceHold' if on else 'ReleaseHold'}"
        return await self._recorder.around(call, request, say, target=target)


def _to_kind(number: int) -> HoldKind:
    if number == pb.Hold.KIND_UNSPECIFIED:
        raise InvalidFieldError("kind", "is required", missing=True)
    if number not in pb.Hold.Kind.values():
        raise InvalidFieldError("kind", "is not a kind of hold")
    return HoldKind(pb.Hold.Kind.Name(pb.Hold.Kind.ValueType(number)))


def _to_hold(hold: Hold) -> pb.Hold:
    return pb.Hold(
        scope=hold.scope,
        on=hold.on,
        kind=pb.Hold.Kind.Value(hold.kind.value),
        change_time=contract.to_timestamp(hold.since_us),
        operator=hold.operator,
        reason=hold.reason,
    )
