"""One suite for both custodies: software, and a real PKCS#11 token (SoftHSM2)."""

import hashlib
import hmac
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pkcs11 import Attribute, ObjectClass
from pkcs11.exceptions import PKCS11Error
from servicekit.config import Mode
from servicekit.testing import FakeClock
from signer.adapters.pkcs11_keys import Token, TokenCustody
from signer.adapters.software_keys import SoftwareCustody, verify_rsa
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.add_key import AddKey, NewKey
from signer.application.destroy_key import DestroyKey
from signer.application.key_ring import make_ring
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import (
    CustodyError,
    Kept,
    KeyCustody,
    KeyMaterial,
    StoredVersion,
)
from signer.domain.key_profile import Material
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.scheme import Algorithm
from signer.testing import hmac_profile, rsa_profile, secret

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL = "gerbang-test"


@pytest.fixture(scope="session")
def token_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh SoftHSM2 token; the library reads its place from the environment, once."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    (folder / "pin").write_text("87654321\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    program = shutil.which("softhsm2-util")
    assert program is not None, "softhsm2 is part of the environment"
    subprocess.run(  # noqa: S603 - a fixed program
        [program, "--init-token", "--free", "--label", LABEL, "--pin", "87654321",
         "--so-pin", "12345678"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    yield folder
    del os.environ["SOFTHSM2_CONF"]


@pytest.fixture(scope="session")
def token(token_folder: Path) -> Iterator[Token]:
    opened = Token(
        module_file=MODULE,
        token_label=LABEL,
        pin_file=token_folder / "pin",
        mode=Mode.DEVELOPMENT,
    )
    yield opened
    opened.close()


@pytest.fixture(params=["software", "pkcs11"])
def custody(request: pytest.FixtureRequest) -> KeyCustody:
    if request.param == "software":
        return SoftwareCustody()
    return TokenCustody(request.getfixturevalue("token"))


def stored(custody: KeyCustody, kept: Kept) -> StoredVersion:
    version = KeyVersion(
        key_id="k", number=1, state=KeyState.ACTIVE, fingerprint=kept.fingerprint,
        public_key=kept.public_key, created_us=0, changed_us=0,
    )  # fmt: skip
    return StoredVersion(version=version, custody=custody.kind, kept=kept.kept)


def test_an_imported_rsa_key_signs_as_it_did_before(
    custody: KeyCustody, fresh_rsa: KeyMaterial
) -> None:
    handle = custody.open(
        stored(custody, custody.keep(fresh_rsa, label="k:1")), Material.RSA_PRIVATE
    )
    key = serialization.load_der_private_key(fresh_rsa.secret.reveal(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    expected = key.sign(b"client|time", padding.PKCS1v15(), hashes.SHA256())
    assert handle.sign(Algorithm.RSA_SHA256, b"client|time") == expected
    assert handle.verify(Algorithm.RSA_SHA256, b"client|time", expected)
    assert not handle.verify(Algorithm.RSA_SHA256, b"client|tame", expected)


@pytest.mark.parametrize("length", [8, 36, 63, 64, 65, 128, 200])
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [(Algorithm.HMAC_SHA256, hashlib.sha256), (Algorithm.HMAC_SHA512, hashlib.sha512)],
)
def test_a_secret_of_any_length_gives_the_hmac_of_the_standard(
    custody: KeyCustody, length: int, algorithm: Algorithm, digest: Any
) -> None:
    text = ("a-secret" * 30)[:length]
    handle = custody.open(
        stored(custody, custody.keep(secret(text), label="k:1")), Material.HMAC_SECRET
    )
    expected = hmac.new(text.encode(), b"message", digest).digest()
    assert handle.sign(algorithm, b"message") == expected
    assert handle.verify(algorithm, b"message", expected)
    assert not handle.verify(algorithm, b"message", expected[:-1])


def test_a_generated_rsa_key_signs_for_the_public_key_it_came_with(custody: KeyCustody) -> None:
    kept = custody.generate_rsa(label="k:1", bits=2048)
    handle = custody.open(stored(custody, kept), Material.RSA_PRIVATE)
    public = serialization.load_der_public_key(kept.public_key)
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048
    assert verify_rsa(public, b"text", handle.sign(Algorithm.RSA_SHA256, b"text"))


def test_a_generated_secret_is_used_again_after_opening_it_anew(custody: KeyCustody) -> None:
    kept = stored(custody, custody.generate_hmac(label="k:1", size_bytes=48))
    signed = custody.open(kept, Material.HMAC_SECRET).sign(Algorithm.HMAC_SHA512, b"text")
    assert len(signed) == 64
    assert custody.open(kept, Material.HMAC_SECRET).verify(Algorithm.HMAC_SHA512, b"text", signed)


def test_forgetting_twice_is_no_error(custody: KeyCustody) -> None:
    kept = stored(custody, custody.generate_hmac(label="k:1", size_bytes=48))
    custody.forget(kept)
    custody.forget(kept)


def test_threads_share_a_key(custody: KeyCustody) -> None:
    kept = stored(custody, custody.generate_rsa(label="k:1", bits=2048))
    handle = custody.open(kept, Material.RSA_PRIVATE)
    with ThreadPoolExecutor(4) as pool:
        signed = set(pool.map(lambda _: handle.sign(Algorithm.RSA_SHA256, b"text"), range(40)))
    assert len(signed) == 1


def test_what_is_in_the_token_cannot_be_read_back(token: Token, fresh_rsa: KeyMaterial) -> None:
    custody = TokenCustody(token)
    imported = custody.keep(fresh_rsa, label="k:1").kept.reveal()
    generated = custody.generate_rsa(label="k:2", bits=2048).kept.reveal()
    shared = custody.keep(secret("a-shared-secret"), label="k:3").kept.reveal()
    for key_id, kind, attribute in (
        (imported, ObjectClass.PRIVATE_KEY, Attribute.PRIVATE_EXPONENT),
        (generated, ObjectClass.PRIVATE_KEY, Attribute.PRIVATE_EXPONENT),
        (shared, ObjectClass.SECRET_KEY, Attribute.VALUE),
    ):
        key = token.find(kind, key_id)
        assert (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(PKCS11Error):
            key[attribute]


def test_a_destroyed_key_is_gone_from_the_token(
    token: Token, store: SQLKeyStore, clock: FakeClock
) -> None:
    custody, software = TokenCustody(token), SoftwareCustody()
    both: dict[str, KeyCustody] = {"pkcs11": custody, "software": software}
    adding = AddKey(
        store=store, custody=custody, software=software, mode=Mode.DEVELOPMENT, clock=clock
    )
    adding.generate_key(NewKey(profile=rsa_profile(), operator="ani"), rsa_bits=2048)
    adding.import_key(NewKey(profile=hmac_profile(), operator="ani"), secret("a-shared-secret"))
    assert len(make_ring(store.load(), both).keys) == 2
    key_id = store.load().versions[0].kept.reveal()
    which = KeyOrder(key_id="bca-token", number=1, operator="ani")
    MoveKey(store=store, clock=clock).retire(which)
    destroying = DestroyKey(store=store, custodies=both, clock=clock, actor="signer")
    destroying.schedule(which, due_us=clock.now_us() + 8 * 86_400 * 1_000_000)
    destroying.confirm(KeyOrder(key_id="bca-token", number=1, operator="budi"))
    clock.advance(9 * 86_400)
    destroying.run_due()
    with pytest.raises(CustodyError, match="holds no key"):
        token.find(ObjectClass.PRIVATE_KEY, key_id)


def test_a_key_that_the_token_lost_stops_the_start(
    token: Token, store: SQLKeyStore, clock: FakeClock
) -> None:
    custody = TokenCustody(token)
    adding = AddKey(
        store=store, custody=custody, software=SoftwareCustody(), mode=Mode.DEVELOPMENT, clock=clock
    )
    adding.import_key(NewKey(profile=hmac_profile(), operator="ani"), secret("a-shared-secret"))
    content = store.load()
    custody.forget(content.versions[0])
    with pytest.raises(CustodyError, match="holds no key"):
        make_ring(content, {"pkcs11": custody})
    with pytest.raises(CustodyError, match="not configured"):
        make_ring(content, {"software": SoftwareCustody()})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token_label": "another"}, "no token labelled"),
        ({"module_file": Path("/nowhere/libpkcs11.so")}, "cannot be opened"),
    ],
)
def test_a_missing_token_is_named(
    token: Token, token_folder: Path, changes: dict[str, Any], said: str
) -> None:
    parts: dict[str, Any] = {
        "module_file": MODULE,
        "token_label": LABEL,
        "pin_file": token_folder / "pin",
        "mode": Mode.DEVELOPMENT,
    }
    with pytest.raises(CustodyError, match=said):
        Token(**{**parts, **changes})


def test_a_wrong_pin_is_named(token: Token, token_folder: Path, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("00000000")
    with pytest.raises(CustodyError, match=r"cannot be opened|does not accept this PIN"):
        Token(module_file=MODULE, token_label=LABEL, pin_file=pin, mode=Mode.DEVELOPMENT)
