"""Wire requests as orders of the application. The only place that reads these messages."""

from typing import Any

from gerbang.signer.v1 import signing_service_pb2, verification_service_pb2

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
    RECEIVED_BODY_MAX_BYTES,
    SIGNATURE_MAX_CHARS,
)

Wire = signing_service_pb2.SignRequest | verification_service_pb2.VerifyRequest


def sign_order(request: signing_service_pb2.SignRequest) -> SignOrder:
    """Never raises: what is wrong stands in the order as a Refusal."""
    call: Signable | Refusal
    try:
        _check_text("key_id", request.key_id, KEY_ID_MAX_CHARS)
        _check_text("attempt_id", request.attempt_id, ATTEMPT_ID_MAX_CHARS, may_be_empty=True)
        call = _call(request)
    except Refusal as refusal:
        call = refusal
    return SignOrder(
        key_id=_cut(request.key_id, KEY_ID_MAX_CHARS),
        attempt_id=_cut(request.attempt_id, ATTEMPT_ID_MAX_CHARS),
        call=call,
    )


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


def _check_text(field: str, value: str, max_chars: int, *, may_be_empty: bool = False) -> None:
    if not value and not may_be_empty:
        raise Refusal(Reason.MISSING_FIELD, f"{field} must be given", field=field)
    if len(value) > max_chars or not (value.isascii() and (value.isprintable() or not value)):
        raise invalid(field, f"must be at most {max_chars} printable ASCII characters")


def _cut(value: str, max_chars: int) -> str:
    """What of a caller's text goes into the journal: printable ASCII, bounded."""
    return "".join(c for c in value[:max_chars] if c.isascii() and c.isprintable())


def _call(request: Wire, *, received_body: bytes | None = None) -> Signable:
    """Raises Refusal."""
    chosen = request.WhichOneof("scheme")
    if chosen is None:
        raise Refusal(Reason.MISSING_FIELD, "scheme must be given", field="scheme")
    scheme = Scheme(chosen)
    given: dict[str, Any] = {
        field.name: getattr(getattr(request, chosen), field.name)
        for field in getattr(request, chosen).DESCRIPTOR.fields
    }
    if received_body is not None:
        _take_digest(scheme, given, received_body)
    try:
        return _CALLS[scheme](**given)
    except Refusal as refusal:
        if refusal.field is None:
            raise
        raise Refusal(
            refusal.reason, f"{chosen}.{refusal.message}", field=f"{chosen}.{refusal.field}"
        ) from None


def _take_digest(scheme: Scheme, given: dict[str, Any], received_body: bytes) -> None:
    """Puts the received body's digest where a caller of Sign would give it."""
    if scheme is Scheme.SNAP_TOKEN_ASYMMETRIC:
        return  # a token request's body is not signed
    if given["body_sha256"]:
        field = f"{scheme.value}.body_sha256"
        raise invalid(field, "must be empty; give received_body")
    if len(received_body) > RECEIVED_BODY_MAX_BYTES:
        raise invalid("received_body", f"must be at most {RECEIVED_BODY_MAX_BYTES} bytes")
    legacy = scheme is Scheme.BCA_LEGACY_SYMMETRIC
    given["body_sha256"] = (
        legacy_body_digest(received_body) if legacy else body_digest(received_body)
    )


_CALLS: dict[Scheme, type[Signable]] = {
    Scheme.SNAP_TOKEN_ASYMMETRIC: SNAPToken,
    Scheme.SNAP_TRANSACTION_SYMMETRIC: SNAPTransactionSymmetric,
    Scheme.SNAP_TRANSACTION_ASYMMETRIC: SNAPTransactionAsymmetric,
    Scheme.BCA_LEGACY_SYMMETRIC: BCALegacy,
    Scheme.BASIC_CLIENT_CREDENTIALS: BasicClientCredentials,
}
