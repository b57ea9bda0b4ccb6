"""Known answers made by Node's crypto and openssl: valid ones match, invalid ones are refused."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2, verification_service_pb2
from servicekit.testing import FakeClock
from signer.adapters.key_files import parse_private_key
from signer.application.published_keys import PUBLISHED_DIGESTS
from signer.domain.body import body_digest, legacy_body_digest
from signer.domain.key_profile import KeyProfile
from signer.domain.key_version import KeyVersion
from signer.domain.refusal import Reason, Refusal
from signer.entrypoints.orders import sign_order, verify_order
from signer.testing import Desk, hmac_profile, legacy_profile, rsa_profile, secret

FOLDER = Path(__file__).parent / "vectors"
FILE: dict[str, Any] = json.loads((FOLDER / "cross-vectors.json").read_text("utf-8"))
BY_ID: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in FILE["vectors"]}
VALID = [name for name, vector in BY_ID.items() if vector["valid"]]
INVALID = [name for name, vector in BY_ID.items() if not vector["valid"]]
MESSAGES: dict[str, Any] = {
    "snap_token_asymmetric": scheme_pb2.SnapTokenAsymmetric,
    "snap_transaction_symmetric": scheme_pb2.SnapTransactionSymmetric,
    "snap_transaction_asymmetric": scheme_pb2.SnapTransactionAsymmetric,
    "bca_legacy_symmetric": scheme_pb2.BcaLegacySymmetric,
}


def profile_of(vector: dict[str, Any]) -> KeyProfile:
    if vector["key"].startswith("test-rsa"):
        return rsa_profile("vector")
    legacy = vector["scheme"] == "bca_legacy_symmetric"
    return legacy_profile("vector") if legacy else hmac_profile("vector")


@pytest.fixture
def desk_for(
    put_key: Callable[..., KeyVersion], open_desk: Callable[..., Desk], clock: FakeClock
) -> Callable[[dict[str, Any]], Desk]:
    """A desk that holds the vector's key, at the vector's time."""

    def open_(vector: dict[str, Any]) -> Desk:
        name = vector["key"]
        if name.startswith("test-rsa"):
            pem = (FOLDER / f"{name}.pem").read_bytes()
            put_key(profile_of(vector), parse_private_key(pem, passphrase=None, name=name))
        else:
            put_key(profile_of(vector), secret(FILE["secrets"][name]))
        when_us = int(datetime.fromisoformat(vector["timestamp"]).timestamp()) * 1_000_000
        clock.advance((when_us - clock.now_us()) / 1_000_000)
        return open_desk()

    return open_


def message_of(vector: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = ("client_key", "method", "path", "access_token", "timestamp")
    fields = {name: vector[name] for name in names if name in vector}
    return {vector["scheme"]: MESSAGES[vector["scheme"]](**fields, **more)}


async def test_there_are_enough_of_them() -> None:
    assert len(VALID) >= 40
    assert len(INVALID) >= 30


@pytest.mark.parametrize("name", VALID)
async def test_a_valid_vector_is_made_and_verified(
    name: str, desk_for: Callable[[dict[str, Any]], Desk]
) -> None:
    vector = BY_ID[name]
    desk = desk_for(vector)
    more: dict[str, Any] = {}
    received = vector.get("received", "").encode()
    if "received" in vector:
        legacy = vector["scheme"] == "bca_legacy_symmetric"
        more["body_sha256"] = legacy_body_digest(received) if legacy else body_digest(received)
    order = sign_order(
        signing_service_pb2.SignRequest(key_id="vector", **message_of(vector, **more))
    )
    assert not isinstance(order.call, Refusal)
    assert order.call.string_to_sign() == vector["string_to_sign"].encode()
    assert (await desk.sign.one(desk.asking, order)).signature == vector["signature"]
    verify = verification_service_pb2.VerifyRequest(
        key_id="vector",
        signature=vector["signature"],
        received_body=received,
        **message_of(vector),
    )
    assert await desk.verify(desk.asking, verify_order(verify)) == 1


@pytest.mark.parametrize("name", INVALID)
async def test_an_invalid_vector_is_refused(
    name: str, desk_for: Callable[[dict[str, Any]], Desk]
) -> None:
    vector = BY_ID[name]
    desk = desk_for(vector)
    request = verification_service_pb2.VerifyRequest(
        key_id="vector",
        signature=vector["signature"],
        received_body=vector.get("received", "").encode(),
        **message_of(vector),
    )
    with pytest.raises(Refusal) as caught:
        await desk.verify(desk.asking, verify_order(request))
    assert caught.value.reason is Reason.SIGNATURE_INVALID, vector["why"]


async def test_a_digest_in_a_request_to_verify_is_refused() -> None:
    vector = BY_ID[next(name for name in VALID if "symmetric" in name and "token" not in name)]
    request = verification_service_pb2.VerifyRequest(
        key_id="vector", signature="x", **message_of(vector, body_sha256=bytes(32))
    )
    call = verify_order(request).call
    assert isinstance(call, Refusal)
    assert call.field == f"{vector['scheme']}.body_sha256"


@pytest.mark.parametrize("name", FILE["digests"])
def test_production_knows_the_test_keys(name: str) -> None:
    assert FILE["digests"][name] in PUBLISHED_DIGESTS
