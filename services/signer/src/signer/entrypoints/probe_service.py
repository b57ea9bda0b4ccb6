"""gRPC ProbeService: staged versions, for the service that has the way to the bank."""

from gerbang.signer.v1 import probe_service_pb2 as pb
from gerbang.signer.v1.signing_service_pb2 import SignResponse
from servicekit.call import Call

from signer.application.probe_key import BankAnswer, ProbeKey
from signer.entrypoints.orders import probe_order
from signer.entrypoints.refusals import as_service_errors
from signer.entrypoints.signing_service import asking_of
from signer.entrypoints.store_changes import StoreChanges


class ProbeServicer:
    def __init__(self, probing: ProbeKey, *, change: StoreChanges) -> None:
        self._probing = probing
        self._change = change

    async def SignProbeCall(self, request: pb.SignProbeCallRequest, call: Call) -> SignResponse:  # noqa: N802 - the RPC's name
        with as_service_errors():
            signed = await self._probing.sign(asking_of(call), probe_order(request))
        return SignResponse(signature=signed.signature, key_version=signed.key_version)

    async def ReportProbeAnswer(  # noqa: N802 - the RPC's name
        self, request: pb.ReportProbeAnswerRequest, call: Call
    ) -> pb.ReportProbeAnswerResponse:
        answer = BankAnswer(
            signature=request.signature,
            accepted=request.accepted,
            response_code=request.response_code,
        )
        with as_service_errors():
            write = await self._probing.check_answer(asking_of(call), probe_order(request), answer)
            await self._change(write)
        return pb.ReportProbeAnswerResponse()
