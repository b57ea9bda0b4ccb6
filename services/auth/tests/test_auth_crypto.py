"""Hashes, seals, codes and signatures, each against something that is not ours."""

import asyncio
import base64
import os
import threading
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from auth.adapters.aes_sealer import AESSealer, read_encryption_key
from auth.adapters.argon2_hasher import Argon2Hasher
from auth.adapters.jwt_signer import JWTSigner
from auth.adapters.rsa_key_pairs import RSAKeyPairs
from auth.adapters.totp_codes import PyOTPCodes, is_totp_secret, provisioning_uri
from auth.application.key_ring import KeyRing
from auth.application.ports import TooBusyError
from auth.application.publish_jwks import PublishJWKS
from auth.bootstrap import Parts
from auth.limits import MAX_HASHES_WAITING
from servicekit.config import Mode
from servicekit.secret import Secret, SecretFileError

US_PER_S = 1_000_000
# RFC 6238, appendix B: the secret of its SHA-1 vectors, and the last six digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]


@pytest.fixture
def codes() -> PyOTPCodes:
    return PyOTPCodes(os.urandom)


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_codes_are_those_of_rfc_6238(codes: PyOTPCodes, seconds: int, code: str) -> None:
    step = codes.matching_step(RFC_SECRET, code, now_us=seconds * US_PER_S)

    assert step == seconds // 30


@pytest.mark.parametrize(
    ("drift_s", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_a_code_of_the_next_or_the_last_step_counts_and_no_other(
    codes: PyOTPCodes, drift_s: int, *, accepted: bool
) -> None:
    seconds, code = RFC_VECTORS[2]
    step = codes.matching_step(RFC_SECRET, code, now_us=(seconds + drift_s) * US_PER_S)

    assert step == (seconds // 30 if accepted else None)


@pytest.mark.parametrize("code", ["", "28708", "2870820", "28708x", "٢٨٧٠٨٢", " 287082"])
def test_what_is_not_six_digits_is_no_code(codes: PyOTPCodes, code: str) -> None:
    assert codes.matching_step(RFC_SECRET, code, now_us=59 * US_PER_S) is None


def test_a_new_totp_secret_has_160_bits_of_base32(codes: PyOTPCodes) -> None:
    secret = codes.new_secret()

    assert is_totp_secret(secret)
    assert len(base64.b32decode(secret)) == 20
    assert provisioning_uri(secret, operator="jane") == (
        f"otpauth://totp/Gerbang:jane?secret={secret}&issuer=Gerbang"
    )


@pytest.mark.parametrize("secret", ["", "ABC", "not base32!", "GEZDGNBV"])
def test_a_short_or_malformed_totp_secret_is_refused(secret: str) -> None:
    assert not is_totp_secret(secret)


@pytest.fixture
def sealer() -> AESSealer:
    return AESSealer(Secret(bytes(32)), os.urandom)


def test_what_is_sealed_opens_for_the_same_purpose(sealer: AESSealer) -> None:
    assert sealer.open(sealer.seal(b"clear", purpose="a"), purpose="a") == b"clear"


def test_a_seal_shows_nothing_and_never_repeats(sealer: AESSealer) -> None:
    first, second = (sealer.seal(b"clear text", purpose="a") for _ in range(2))

    assert b"clear" not in first
    assert first != second


def test_another_purpose_key_or_bit_does_not_open_it(sealer: AESSealer) -> None:
    sealed = sealer.seal(b"clear", purpose="a")
    other_key = AESSealer(Secret(b"\x01" * 32), os.urandom)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])

    for opener, value, purpose in (
        (sealer, sealed, "b"),
        (other_key, sealed, "a"),
        (sealer, changed, "a"),
        (sealer, b"\x02" + sealed[1:], "a"),
        (sealer, b"", "a"),
        (sealer, sealed[:5], "a"),
    ):
        with pytest.raises(ValueError, match="sealed value"):
            opener.open(value, purpose=purpose)


@pytest.mark.parametrize("text", ["", "ab", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)

    with pytest.raises(SecretFileError):
        read_encryption_key(path, Mode.DEVELOPMENT)


def test_in_production_a_key_file_open_to_everyone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("ab" * 32)
    path.chmod(0o644)

    with pytest.raises(SecretFileError, match="chmod"):
        read_encryption_key(path, Mode.PRODUCTION)


async def test_a_secret_matches_its_own_hash_only() -> None:
    hasher = Argon2Hasher(threads=1)
    encoded = await hasher.hash(Secret("right"))

    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, Secret("right"))
    assert not await hasher.verify(encoded, Secret("wrong"))
    assert not await hasher.verify(None, Secret("nobody"))
    assert not await hasher.verify("not a hash", Secret("right"))
    hasher.close()


class SlowArgon2:
    """Hashes until it is let go, and notes the thread it was called on."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.threads: set[str] = set()

    def verify(self, _hash: str, _secret: str) -> bool:
        self.threads.add(threading.current_thread().name)
        return self.let_go.wait(30)


async def test_hashing_leaves_the_event_loop_free_and_its_queue_is_bounded() -> None:
    hasher = Argon2Hasher(threads=2)
    slow = SlowArgon2()
    hasher._argon2 = slow  # type: ignore[assignment]
    tasks = [
        asyncio.create_task(hasher.verify("hash", Secret("secret")))
        for _ in range(2 + MAX_HASHES_WAITING)
    ]
    # The loop runs on while every thread is busy.
    for _ in range(10):
        await asyncio.sleep(0)

    with pytest.raises(TooBusyError):
        await hasher.verify("hash", Secret("secret"))
    slow.let_go.set()

    assert all(await asyncio.gather(*tasks))
    assert all(name.startswith("argon2") for name in slow.threads)
    assert len(slow.threads) <= 2
    hasher.close()


async def test_a_token_is_verified_by_the_published_keys_alone(parts: Parts) -> None:
    (key,) = await parts.signing_keys.every()
    token = JWTSigner(parts.sealer).sign({"sub": "erp", "aud": "x"}, key)
    ring = KeyRing(store=parts.signing_keys, clock=parts.clock, longest_token_s=300)
    published = jwt.PyJWKSet.from_dict(await PublishJWKS(keys=ring)())

    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, published[header["kid"]], algorithms=["RS256"], audience="x")
    assert header == {"alg": "RS256", "typ": "JWT", "kid": key.kid}
    assert claims == {"sub": "erp", "aud": "x"}


async def test_the_published_keys_hold_nothing_private(parts: Parts) -> None:
    ring = KeyRing(store=parts.signing_keys, clock=parts.clock, longest_token_s=300)
    (published,) = (await PublishJWKS(keys=ring)())["keys"]

    assert published.keys() == {"kty", "use", "alg", "kid", "n", "e"}
    assert (published["kty"], published["use"], published["alg"]) == ("RSA", "sig", "RS256")
    assert not published["n"].endswith("=")


async def test_the_private_half_is_sealed_in_the_database(
    parts: Parts, random_bytes: Callable[[int], bytes]
) -> None:
    (key,) = await parts.signing_keys.every()
    stranger = AESSealer(Secret(bytes(32)), random_bytes)

    with pytest.raises(ValueError, match="encryption key file"):
        JWTSigner(stranger).sign({"sub": "erp"}, key)


def test_two_key_pairs_differ() -> None:
    pairs = RSAKeyPairs()

    assert pairs.generate().modulus != pairs.generate().modulus
