"""Stand-ins for tests of every service: a clock, certificates, the edge. Never in production."""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from google.api import httpbody_pb2

from servicekit.config import TLSSettings
from servicekit.identity import list_claim
from servicekit.rpc_policy import TRUST_DOMAIN

# 2026-01-01T00:00:00Z.
FAKE_NOW_US = 1_767_225_600_000_000
_MICROSECONDS = 1_000_000


class FakeClock:
    """Time that moves only when told to."""

    def __init__(self, now_us: int = FAKE_NOW_US, monotonic_s: float = 1_000.0) -> None:
        self._now_us = now_us
        self._monotonic_s = monotonic_s

    def now_us(self) -> int:
        return self._now_us

    def monotonic(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Move both times forward."""
        self._now_us += round(seconds * _MICROSECONDS)
        self._monotonic_s += seconds


def edge_claims(
    client_id: str, scopes: Iterable[str], accounts: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """The metadata that the edge sends for a client's token."""
    return (
        ("x-gerbang-claim-sub", client_id),
        ("x-gerbang-claim-scp", list_claim(tuple(scopes))),
        ("x-gerbang-claim-accounts", list_claim(tuple(accounts))),
    )


def json_document(text: str, content_type: str = "application/json") -> httpbody_pb2.HttpBody:
    """A client's body as the edge hands it on in `document`."""
    return httpbody_pb2.HttpBody(data=text.encode(), content_type=content_type)


def issue_test_pki(folder: Path, names: Iterable[str]) -> dict[str, TLSSettings]:
    """A throw-away authority and one certificate per name, valid for a day.

    A name is a SPIFFE path: "bank-adapter", "edge", "client/erp",
    "operator/jane". Its DNS name replaces "/" by "-":
    "bank-adapter.gerbang.internal". Each certificate also names localhost, for
    HTTP servers in tests. Another call makes another authority.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    issued = {}
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _leaf(name, key.public_key(), authority_key)
        stem = name.replace("/", "-")
        certificate_file, key_file = folder / f"{stem}.pem", folder / f"{stem}.key"
        certificate_file.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        issued[name] = TLSSettings(
            certificate_file=certificate_file, private_key_file=key_file, ca_file=ca_file
        )
    return issued


def _builder(
    subject: str, issuer: str, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


_AUTHORITY_NAME = "Gerbang test authority"


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _builder(_AUTHORITY_NAME, _AUTHORITY_NAME, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    names = x509.SubjectAlternativeName(
        [
            x509.UniformResourceIdentifier(TRUST_DOMAIN + name),
            x509.DNSName(f"{name.replace('/', '-')}.gerbang.internal"),
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
    )
    purposes = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    )
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(name, _AUTHORITY_NAME, public_key)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(purposes, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
