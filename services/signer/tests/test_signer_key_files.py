"""Key files: every form that people hand in, and a sentence for every mistake."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from servicekit.config import Mode
from signer.adapters.key_files import (
    KeyFileError,
    parse_private_key,
    parse_public_key,
    read_private_key,
    read_secret,
)
from signer.application.ports import KeyMaterial
from signer.domain.key_profile import Material

PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
OPENSSH = serialization.PrivateFormat.OpenSSH


def pem(
    material: KeyMaterial, form: serialization.PrivateFormat, passphrase: bytes | None = None
) -> bytes:
    key = serialization.load_der_private_key(material.secret.reveal(), password=None)
    encryption: Any = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase)
    )
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
@pytest.mark.parametrize("passphrase", [None, b"open sesame"])
def test_every_pem_form_gives_the_same_key(
    fresh_rsa: KeyMaterial, form: serialization.PrivateFormat, passphrase: bytes | None
) -> None:
    read = parse_private_key(pem(fresh_rsa, form, passphrase), passphrase=passphrase, name="k")
    assert read.kind is Material.RSA_PRIVATE
    assert read.fingerprint == fresh_rsa.fingerprint
    assert read.secret.reveal() == fresh_rsa.secret.reveal()


def said(content: bytes, passphrase: bytes | None = None) -> str:
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(content, passphrase=passphrase, name="key.pem")
    return str(caught.value)


@pytest.mark.parametrize("glue", [b" ", b"", b"\\n"])
def test_lost_newlines_are_explained(fresh_rsa: KeyMaterial, glue: bytes) -> None:
    pasted = glue.join(pem(fresh_rsa, PKCS8).splitlines())
    assert "lost its line breaks" in said(pasted)


def test_windows_newlines_are_fine(fresh_rsa: KeyMaterial) -> None:
    windows = pem(fresh_rsa, PKCS8).replace(b"\n", b"\r\n")
    assert parse_private_key(windows, passphrase=None, name="k").digest == fresh_rsa.digest


def test_mistakes_are_told_apart(fresh_rsa: KeyMaterial) -> None:
    good = pem(fresh_rsa, PKCS8)
    lines = good.splitlines(keepends=True)
    locked = pem(fresh_rsa, PKCS8, b"open sesame")
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, PKCS8, serialization.NoEncryption()
    )
    assert "give --passphrase-file" in said(locked)
    assert "does not open with this passphrase" in said(locked, b"wrong")
    assert "BEGIN PRIVATE KEY" in said(b"hello")
    assert "looks like DER" in said(fresh_rsa.secret.reveal())
    assert "is missing" in said(b"".join(lines[:-1]))
    assert "may be missing" in said(b"".join(lines[:5] + lines[8:]))
    assert "not an RSA key" in said(elliptic)
    assert "OpenSSH" in said(pem(fresh_rsa, OPENSSH))
    assert "`PRIVATE KEY` is needed" in said(
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    )


def content_of(lines: list[bytes]) -> list[bytes]:
    return [line.strip() for line in lines]


def test_an_error_never_quotes_the_key(fresh_rsa: KeyMaterial) -> None:
    lines = pem(fresh_rsa, PKCS8).splitlines(keepends=True)
    for content in (
        b"".join(lines[:-1]),
        b"".join(lines[:5] + lines[8:]),
        b" ".join(content_of(lines)),
    ):
        text = said(content)
        assert not any(line.strip().decode() in text for line in lines[1:-1])


def test_a_weak_key_is_refused() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    content = weak.private_bytes(serialization.Encoding.PEM, PKCS8, serialization.NoEncryption())
    assert "1024 bits" in said(content)


def test_a_public_key_is_read(key_a: KeyMaterial, vectors: dict[str, Any]) -> None:
    read = parse_public_key(vectors["keys"]["KEY-A"]["public"].encode(), name="bank.pem")
    assert read.kind is Material.RSA_PUBLIC
    assert read.fingerprint == key_a.fingerprint
    assert read.secret.reveal() == b""


def test_a_private_key_where_a_public_one_belongs_is_an_alarm(fresh_rsa: KeyMaterial) -> None:
    with pytest.raises(KeyFileError, match="must be replaced"):
        parse_public_key(pem(fresh_rsa, PKCS8), name="bank.pem")


def test_files_are_read(fresh_rsa: KeyMaterial, tmp_path: Path) -> None:
    key, words, shared = tmp_path / "k.pem", tmp_path / "words", tmp_path / "secret"
    key.write_bytes(pem(fresh_rsa, PKCS8, b"open sesame"))
    words.write_text("open sesame\n")
    shared.write_text("a-shared-secret\n")
    read = read_private_key(key, passphrase_file=words, mode=Mode.DEVELOPMENT)
    assert read.digest == fresh_rsa.digest
    assert read_secret(shared, mode=Mode.DEVELOPMENT).secret.reveal() == b"a-shared-secret"
    shared.write_bytes(b"a" * 70_000)
    with pytest.raises(KeyFileError, match="is it a key"):
        read_secret(shared, mode=Mode.DEVELOPMENT)
