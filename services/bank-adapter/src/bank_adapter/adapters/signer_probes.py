"""Staged keys at the signer: its ProbeService."""

from __future__ import annotations

from typing import Final

import grpc
import grpc.aio
from gerbang.signer.v1 import probe_service_pb2 as pb
from gerbang.signer.v1.probe_service_pb2_grpc import ProbeServiceStub
from servicekit.errors import from_rpc_error

from bank_adapter.adapters.signer_stream import sign_request
from bank_adapter.application.ports.staged_key import SignedStep, SignerSaidNoError, StagedKey
from bank_adapter.domain.conversation import Signature, SignStep

_AWAY: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class SignerProbes:
    """Implements the port application.ports.staged_key.StagedKeys."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float) -> None:
        self._stub = ProbeServiceStub(channel)
        self._timeout_s = timeout_s

    async def sign(self, key: StagedKey, step: SignStep, *, attempt_id: str) -> Signature:
        request = pb.SignProbeCallRequest(
            version=key.version, call=sign_request(step, attempt_id), operator=key.operator
        )
        try:
            answer = await self._stub.SignProbeCall(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise _said_no(error) from None
        return Signature(answer.signature)

    async def report(
        self, key: StagedKey, signed: SignedStep, *, accepted: bool, response_code: str
    ) -> None:
        request = pb.ReportProbeAnswerRequest(
            version=key.version,
            call=sign_request(signed.step, signed.attempt_id),
            signature=signed.signature.value,
            operator=key.operator,
            accepted=accepted,
            response_code=response_code,
        )
        try:
            await self._stub.ReportProbeAnswer(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise _said_no(error) from None


def _said_no(error: grpc.aio.AioRpcError) -> SignerSaidNoError:
    known = from_rpc_error(error)
    return SignerSaidNoError(known.reason, known.message, refused=error.code() not in _AWAY)
