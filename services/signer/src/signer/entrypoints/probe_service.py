"""gRPC ProbeService: staged versions, for the service that has the way to the bank."""

from collections.abc import Awaitable, Callable

from gerbang.signer.v1 import probe_service_pb2 as pb
from gerbang.signer.v1.signing_service_pb2 import SignResponse
from servicekit.call import Call

from signer.application.probe_key import BankAnswer, ProbeKey
from signer.domain.key_version import KeyVersion
from signer.domain.refusal import Refusal
from signer.entrypoints.orders import probe_order
from signer.entrypoints.refusals import service_error
from signer.entrypoints.signing_service import asking_of

Change = Callable[[Callable[[], KeyVersion]], Awaitable[KeyVersion]]
"""Runs a blocking change of the key store and takes it up."""


class ProbeServicer:
    def __init__(self, probing: ProbeKey, *, change: Change) -> None:
        self._probing = probing
        self._change = change

    async def SignProbeCall(self, request: pb.SignProbeCallRequest, call: Call) -> SignResponse:  # noqa: N802 - the RPC's name
        try:
            signed = await self._probing.sign(asking_of(call), probe_order(request))
        except Refusal as refusal:
            raise service_error(refusal) from None
        return SignResponse(signature=signed.signature, key_version=signed.key_version)

    async def ReportProbeAnswer(  # noqa: N802 - the RPC's name
        self, request: pb.ReportProbeAnswerRequest, call: Call
    ) -> pb.ReportProbeAnswerResponse:
        answer = BankAnswer(
            signature=request.signature,
            accepted=request.accepted,
            response_code=request.response_code,
        )
        try:
            write = await self._probing.check_answer(asking_of(call), probe_order(request), answer)
            await self._change(write)
        except Refusal as refusal:
            raise service_error(refusal) from None
        return pb.ReportProbeAnswerResponse()
