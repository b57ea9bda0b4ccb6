"""Every signing step becomes the signer's scheme of the same meaning."""

from __future__ import annotations

from typing import Any

import pytest
from bank_adapter.adapters.signer_stream import sign_request
from bank_adapter.domain.conversation import (
    AuthorizeClient,
    Signature,
    SignLegacy,
    SignStep,
    SignToken,
    SignTransaction,
    SignTransactionAsymmetric,
)

CALL: dict[str, Any] = {
    "key_id": "key-1",
    "method": "POST",
    "path": "/v1/pay",
    "body_sha256": b"d" * 32,
    "timestamp": "2026-11-21T10:30:24+07:00",
}


@pytest.mark.parametrize(
    ("step", "scheme"),
    [
        (SignToken(key_id="key-1", client_key="c", timestamp="t"), "snap_token_asymmetric"),
        (SignTransaction(access_token="a", **CALL), "snap_transaction_symmetric"),
        (SignTransactionAsymmetric(**CALL), "snap_transaction_asymmetric"),
        (SignLegacy(access_token="a", **CALL), "bca_legacy_symmetric"),
        (AuthorizeClient(key_id="key-1", client_id="c"), "basic_client_credentials"),
    ],
)
def test_step_is_carried_whole(step: SignStep, scheme: str) -> None:
    request = sign_request(step, "attempt-1")

    assert (request.key_id, request.attempt_id) == ("key-1", "attempt-1")
    assert request.WhichOneof("scheme") == scheme
    message = getattr(request, scheme)
    for field in message.DESCRIPTOR.fields:
        assert getattr(message, field.name) == getattr(step, field.name)


def test_what_the_signer_made_is_not_shown() -> None:
    assert "c2VjcmV0" not in repr(Signature("c2VjcmV0"))
