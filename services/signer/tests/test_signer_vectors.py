"""Known answers: every SNAP vector, byte for byte, both ways, and openssl agrees."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from servicekit.testing import FakeClock
from signer.application.ports import KeyMaterial
from signer.application.sign_calls import SignOrder
from signer.application.verify_call import VerifyOrder
from signer.domain.body import body_digest, legacy_body_digest
from signer.domain.call import (
    BCALegacy,
    Call,
    SNAPToken,
    SNAPTransactionAsymmetric,
    SNAPTransactionSymmetric,
)
from signer.domain.key_version import KeyVersion
from signer.testing import ADAPTER, Desk, hmac_profile, legacy_profile, rsa_profile, secret

VECTORS = json.loads((Path(__file__).parent / "vectors" / "snap-vectors.json").read_text("utf-8"))
ALL = {vector["id"]: vector for part in ("published", "computed") for vector in VECTORS[part]}


def call_of(vector: dict[str, Any]) -> Call:
    """Takes a vector's string apart from its ends, and leaves joining to the code under test."""
    text: str = vector["string_to_sign"]
    if "|" in text:
        client_key, timestamp = text.split("|")
        return SNAPToken(client_key=client_key, timestamp=timestamp)
    digest = bytes.fromhex(vector["body_sha256"])
    before, timestamp = text.split(f":{vector['body_sha256']}:")
    method, rest = before.split(":", 1)
    if "RSA" in vector["alg"]:
        return SNAPTransactionAsymmetric(
            method=method, path=rest, body_sha256=digest, timestamp=timestamp
        )
    path, token = rest.rsplit(":", 1)
    made = BCALegacy if "HMAC-SHA256" in vector["alg"] else SNAPTransactionSymmetric
    return made(
        method=method, path=path, access_token=token, body_sha256=digest, timestamp=timestamp
    )


def profile_and_material(vector: dict[str, Any], key_a: KeyMaterial) -> tuple[Any, KeyMaterial]:
    if "RSA" in vector["alg"]:
        return rsa_profile("vector"), key_a
    if "HMAC-SHA256" in vector["alg"]:
        return legacy_profile("vector"), secret(vector["key"])
    return hmac_profile("vector"), secret(vector["key"])


@pytest.mark.parametrize("name", ALL)
def test_string_to_sign_is_the_vectors(name: str) -> None:
    vector = ALL[name]
    assert call_of(vector).string_to_sign() == vector["string_to_sign"].encode()


@pytest.mark.parametrize(
    "name", [name for name in ALL if len(ALL[name].get("body_sha256", "")) == 64]
)
def test_body_digest_is_the_vectors(name: str) -> None:
    vector = ALL[name]
    body = vector["body_as_hashed"].encode()
    digest = legacy_body_digest(body) if "HMAC-SHA256" in vector["alg"] else body_digest(body)
    assert digest.hex() == vector["body_sha256"]


@pytest.mark.parametrize("name", ALL)
async def test_signature_is_the_vectors_and_verifies(
    name: str,
    key_a: KeyMaterial,
    put_key: Callable[..., KeyVersion],
    open_desk: Callable[..., Desk],
    clock: FakeClock,
) -> None:
    vector = ALL[name]
    call = call_of(vector)
    put_key(*profile_and_material(vector, key_a))
    desk = open_desk()
    order = SignOrder(key_id="vector", attempt_id="attempt-1", call=call)
    signed = await desk.sign.one(desk.asking, order)
    assert signed.signature == vector["signature"]
    when_us = int(datetime.fromisoformat(call.timestamp).timestamp()) * 1_000_000
    clock.advance((when_us - clock.now_us()) / 1_000_000)
    verify = VerifyOrder(key_id="vector", signature=vector["signature"], call=call)
    assert await desk.verify(desk.asking, verify) == 1
    assert desk.asking.caller == ADAPTER


def openssl(*arguments: str, text: bytes) -> bytes:
    program = shutil.which("openssl")
    assert program is not None, "openssl is part of the environment"
    return subprocess.run([program, *arguments], input=text, capture_output=True, check=True).stdout  # noqa: S603 - a fixed program


@pytest.mark.parametrize("name", ALL)
def test_openssl_makes_the_same_signature(
    name: str, vectors: dict[str, Any], tmp_path: Path
) -> None:
    vector = ALL[name]
    text = call_of(vector).string_to_sign()
    if "RSA" in vector["alg"]:
        key = tmp_path / "key-a.pem"
        key.write_text(vectors["keys"]["KEY-A"]["private"])
        raw = openssl("dgst", "-sha256", "-sign", str(key), "-binary", text=text)
        assert base64.b64encode(raw).decode() == vector["signature"]
        return
    digest = "sha256" if "HMAC-SHA256" in vector["alg"] else "sha512"
    raw = openssl("dgst", f"-{digest}", "-hmac", vector["key"], "-binary", text=text)
    encoded = raw.hex() if "hex" in vector["alg"] else base64.b64encode(raw).decode()
    assert encoded == vector["signature"]


def test_the_demo_key_is_marked_as_published(vectors: dict[str, Any], key_a: KeyMaterial) -> None:
    assert vectors["keys"]["KEY-A"]["published_demo_key"] is True
    assert key_a.digest == hashlib.sha256(key_a.public_key).hexdigest()
