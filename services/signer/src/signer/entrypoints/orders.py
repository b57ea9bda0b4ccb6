"""Wire requests as orders of the application. The only place that reads these messages."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gerbang.signer.v1 import probe_service_pb2, signing_service_pb2, verification_service_pb2

from signer.application.probe_key import ProbeOrder
from signer.application.sign_calls import SignOrder
from signer.application.verify_call import VerifyOrder
from signer.domain.body import body_digest, legacy_body_digest
from signer.domain.call import (
    BasicClientCredentials,
    BCALegacy,
    Call,
    Signable,
    SNAPToken,
    SNAPTransactionAsymmetric,
    SNAPTransactionSymmetric,
)
from signer.domain.refusal import Reason, Refusal, invalid
from signer.domain.scheme import Scheme
from signer.limits import (
    ATTEMPT_ID_MAX_CHARS,
    KEY_ID_MAX_CHARS,
    OPERATOR_MAX_CHARS,
    RECEIVED_BODY_MAX_BYTES,
    SIGNATURE_MAX_CHARS,
)

Wire = signing_service_pb2.SignRequest | verification_service_pb2.VerifyRequest


def sign_order(request: signing_service_pb2.SignRequest) -> SignOrder:
    """Never raises: what is wrong stands in the order as a Refusal."""
    key_id, attempt_id = request.key_id, request.attempt_id
    call: Signable | Refusal
    try:
        _check_text("key_id", key_id, KEY_ID_MAX_CHARS)
        if attempt_id:
            _check_text("attempt_id", attempt_id, ATTEMPT_ID_MAX_CHARS)
        call = _call(request)
    except Refusal as refusal:
        call = refusal
        key_id, attempt_id = _cut(key_id, KEY_ID_MAX_CHARS), _cut(attempt_id, ATTEMPT_ID_MAX_CHARS)
    return SignOrder(key_id=key_id, attempt_id=attempt_id, call=call)


def verify_order(request: verification_service_pb2.VerifyRequest) -> VerifyOrder:
    """Never raises. The body's digest is taken from the bytes as received."""
    call: Call | Refusal
    try:
        _check_text("key_id", request.key_id, KEY_ID_MAX_CHARS)
        _check_text("signature", request.signature, SIGNATURE_MAX_CHARS)
        received = _call(request, received_body=request.received_body)
        if isinstance(received, BasicClientCredentials):
            raise invalid("scheme", "is nothing to verify")
        call = received
    except Refusal as refusal:
        call = refusal
    return VerifyOrder(
        key_id=_cut(request.key_id, KEY_ID_MAX_CHARS), signature=request.signature, call=call
    )


def probe_order(
    request: probe_service_pb2.SignProbeCallRequest | probe_service_pb2.ReportProbeAnswerRequest,
) -> ProbeOrder:
    """Raises Refusal for an operator's name that is none; the call is as in `sign_order`."""
    _check_text("operator", request.operator, OPERATOR_MAX_CHARS)
    return ProbeOrder(
        sign=sign_order(request.call), number=request.version, operator=request.operator
    )


def _check_text(field: str, value: str, max_chars: int) -> None:
    if not value:
        raise Refusal(Reason.MISSING_FIELD, f"{field} must be given", field=field)
    if len(value) > max_chars or not (value.isascii() and value.isprintable()):
        raise invalid(field, f"must be at most {max_chars} printable ASCII characters")


def _cut(value: str, max_chars: int) -> str:
    """What of a caller's bad text goes into the journal: printable ASCII, bounded."""
    return "".join(c for c in value[:max_chars] if c.isascii() and c.isprintable())


def _call(request: Wire, *, received_body: bytes | None = None) -> Signable:
    """The call that a request names. Raises Refusal."""
    scheme = request.WhichOneof("scheme")
    if scheme is None:
        raise Refusal(Reason.MISSING_FIELD, "scheme must be given", field="scheme")
    message = getattr(request, scheme)
    if received_body is None:
        digest = getattr(message, "body_sha256", b"")
    else:
        digest = _digest_of(received_body, scheme, message)
    try:
        return _CALLS[scheme](message, digest)
    except Refusal as refusal:
        raise Refusal(
            refusal.reason, f"{scheme}.{refusal.message}", field=f"{scheme}.{refusal.field}"
        ) from None


def _digest_of(received_body: bytes, scheme: str, message: Any) -> bytes:
    """The received body's digest, where a caller of Sign would give one. Raises Refusal."""
    if scheme == Scheme.SNAP_TOKEN_ASYMMETRIC:
        return b""  # a token request's body is not signed
    if message.body_sha256:
        field = f"{scheme}.body_sha256"
        raise invalid(field, "must be empty; give received_body")
    if len(received_body) > RECEIVED_BODY_MAX_BYTES:
        raise invalid("received_body", f"must be at most {RECEIVED_BODY_MAX_BYTES} bytes")
    if scheme == Scheme.BCA_LEGACY_SYMMETRIC:
        return legacy_body_digest(received_body)
    return body_digest(received_body)


def _token(message: Any, _: bytes) -> SNAPToken:
    return SNAPToken(client_key=message.client_key, timestamp=message.timestamp)


def _basic(message: Any, _: bytes) -> BasicClientCredentials:
    return BasicClientCredentials(client_id=message.client_id)


def _asymmetric(message: Any, digest: bytes) -> SNAPTransactionAsymmetric:
    return SNAPTransactionAsymmetric(
        method=message.method,
        path=message.path,
        body_sha256=digest,
        timestamp=message.timestamp,
    )


def _symmetric(
    kind: type[SNAPTransactionSymmetric], message: Any, digest: bytes
) -> SNAPTransactionSymmetric:
    return kind(
        method=message.method,
        path=message.path,
        access_token=message.access_token,
        body_sha256=digest,
        timestamp=message.timestamp,
    )


# Field by field and not by descriptor: this runs for every signature.
_CALLS: dict[str, Callable[[Any, bytes], Signable]] = {
    Scheme.SNAP_TOKEN_ASYMMETRIC.value: _token,
    Scheme.SNAP_TRANSACTION_SYMMETRIC.value: partial(_symmetric, SNAPTransactionSymmetric),
    Scheme.SNAP_TRANSACTION_ASYMMETRIC.value: _asymmetric,
    Scheme.BCA_LEGACY_SYMMETRIC.value: partial(_symmetric, BCALegacy),
    Scheme.BASIC_CLIENT_CREDENTIALS.value: _basic,
}
