"""TLS toward the bank: wrong authority, wrong name, old version, no TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.application.ports.bank_wire import NotSent
from bank_adapter.domain.conversation import Answer, Send
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

STEP = Send(method="POST", path="/x", headers=(), body=b"{}")


@dataclass(frozen=True)
class SelfSigned:
    certificate_file: Path
    key_file: Path

    def context(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = version
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def self_signed(folder: Path, address: str) -> SelfSigned:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    made = SelfSigned(folder / "certificate.pem", folder / "key.pem")
    made.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@asynccontextmanager
async def bank_of(
    settings_of: dict[str, object], context: ssl.SSLContext | None
) -> AsyncIterator[tuple[BankHTTP, list[bytes]]]:
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    settings = BankHTTPSettings(base_url=f"https://127.0.0.1:{port}", **settings_of)
    bank = BankHTTP(settings)
    await bank.start()
    try:
        yield bank, received
    finally:
        await bank.close()
        server.close()


async def send(bank: BankHTTP):
    return await bank.send(STEP, timeout_s=10, before_first_byte=lambda: None)


async def test_known_authority_is_answered(tmp_path: Path):
    bank_key = self_signed(tmp_path / "bank", "127.0.0.1")
    context = bank_key.context(ssl.TLSVersion.TLSv1_3)
    async with bank_of({"ca_file": bank_key.certificate_file}, context) as (bank, _):
        assert isinstance(await send(bank), Answer)


async def test_unknown_authority_is_not_sent(tmp_path: Path):
    bank_key = self_signed(tmp_path / "bank", "127.0.0.1")
    other = self_signed(tmp_path / "other", "127.0.0.1")
    context = bank_key.context(ssl.TLSVersion.TLSv1_3)
    async with bank_of({"ca_file": other.certificate_file}, context) as (bank, received):
        assert await send(bank) == NotSent("CERTIFICATE_REFUSED")
        assert received == []


async def test_certificate_of_another_address_is_not_sent(tmp_path: Path):
    bank_key = self_signed(tmp_path / "bank", "127.0.0.2")
    context = bank_key.context(ssl.TLSVersion.TLSv1_3)
    async with bank_of({"ca_file": bank_key.certificate_file}, context) as (bank, received):
        assert await send(bank) == NotSent("CERTIFICATE_REFUSED")
        assert received == []


@pytest.mark.parametrize(("allow", "expected"), [(False, NotSent), (True, Answer)])
async def test_tls_1_2_needs_the_exception(tmp_path: Path, allow: bool, expected: type):  # noqa: FBT001  parameter of the table
    bank_key = self_signed(tmp_path / "bank", "127.0.0.1")
    context = bank_key.context(ssl.TLSVersion.TLSv1_2)
    settings = {"ca_file": bank_key.certificate_file, "allow_tls_1_2": allow}
    async with bank_of(settings, context) as (bank, _):
        assert isinstance(await send(bank), expected)


async def test_plain_server_is_not_sent(tmp_path: Path):
    bank_key = self_signed(tmp_path / "bank", "127.0.0.1")
    async with bank_of({"ca_file": bank_key.certificate_file}, None) as (bank, _):
        assert isinstance(await send(bank), NotSent)


async def test_session_keys_are_not_written_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    key_log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(key_log))
    bank_key = self_signed(tmp_path / "bank", "127.0.0.1")
    context = bank_key.context(ssl.TLSVersion.TLSv1_3)
    async with bank_of({"ca_file": bank_key.certificate_file}, context) as (bank, _):
        await send(bank)
    assert not key_log.exists()
