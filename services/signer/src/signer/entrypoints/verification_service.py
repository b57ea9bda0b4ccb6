"""gRPC VerificationService: signatures that others made."""

from gerbang.signer.v1 import verification_service_pb2 as pb
from servicekit.call import Call

from signer.application.verify_call import VerifyCall
from signer.entrypoints.orders import verify_order
from signer.entrypoints.refusals import as_service_errors
from signer.entrypoints.signing_service import asking_of


class VerificationServicer:
    def __init__(self, verify: VerifyCall) -> None:
        self._verify = verify

    async def Verify(self, request: pb.VerifyRequest, call: Call) -> pb.VerifyResponse:  # noqa: N802 - the RPC's name
        with as_service_errors():
            number = await self._verify(asking_of(call), verify_order(request))
        return pb.VerifyResponse(key_version=number)
