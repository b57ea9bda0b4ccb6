"""Asks the signer whether a bank's signature is good."""

from __future__ import annotations

from typing import Final

import grpc.aio
from gerbang.signer.v1 import scheme_pb2
from gerbang.signer.v1.verification_service_pb2 import VerifyRequest
from gerbang.signer.v1.verification_service_pb2_grpc import VerificationServiceStub
from servicekit.channel import call_metadata
from servicekit.errors import from_rpc_error

from bank_adapter.application.ports.signature_check import (
    CallProof,
    Finding,
    NoFindingError,
    TokenProof,
)

# Reasons of the signer that speak of what the bank sent; all others speak of us.
_FINDINGS: Final = {
    "SIGNATURE_INVALID": Finding.WRONG,
    "REPLAYED": Finding.REPLAYED,
    "TIMESTAMP_OUT_OF_RANGE": Finding.STALE,
    "INVALID_FIELD": Finding.MALFORMED,
    "MISSING_FIELD": Finding.MALFORMED,
}


class SignatureVerifier:
    """Implements the port application.ports.signature_check.SignatureCheck."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float) -> None:
        self._stub = VerificationServiceStub(channel)
        self._timeout_s = timeout_s

    async def check(self, proof: TokenProof | CallProof, *, trace_id: str) -> Finding:
        try:
            await self._stub.Verify(
                _request(proof), timeout=self._timeout_s, metadata=call_metadata(trace_id)
            )
        except grpc.aio.AioRpcError as error:
            reason = from_rpc_error(error).reason
            finding = _FINDINGS.get(reason)
            if finding is None:
                raise NoFindingError(f"SIGNER_{reason}") from None
            return finding
        return Finding.GOOD


def _request(proof: TokenProof | CallProof) -> VerifyRequest:
    if isinstance(proof, TokenProof):
        return VerifyRequest(
            key_id=proof.key_id,
            signature=proof.signature,
            snap_token_asymmetric=scheme_pb2.SnapTokenAsymmetric(
                client_key=proof.client_key, timestamp=proof.timestamp
            ),
        )
    return VerifyRequest(
        key_id=proof.key_id,
        signature=proof.signature,
        received_body=proof.body,
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            method=proof.method,
            path=proof.path,
            access_token=proof.access_token,
            timestamp=proof.timestamp,
        ),
    )
