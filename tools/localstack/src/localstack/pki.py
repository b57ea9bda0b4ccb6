"""The development CA and the identities it vouches for.

EC P-256. One certificate for each name, with its SPIFFE URI, good for both
ends of mTLS. Files are reused until they are close to their end, or until
their names or their CA change. `mode = "production"` refuses this CA by its
common name.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_COMMON_NAME = "Gerbang development CA"
CA_LIFE = dt.timedelta(days=3650)
LEAF_LIFE = dt.timedelta(days=90)
RENEW_BEFORE = dt.timedelta(days=14)
# A clock that is a little behind must not find the certificate in the future.
BACKDATE = dt.timedelta(minutes=5)
NAME_PATTERN = re.compile(r"(client/|operator/)?[a-z0-9](-?[a-z0-9]){0,62}")
# These two are called by programs outside the house, by the names of this machine.
LOCAL_NAMES = frozenset({"edge", "simulator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Where the files of one identity are."""

    name: str
    certificate_file: Path
    private_key_file: Path
    ca_file: Path

    @property
    def spiffe_id(self) -> str:
        return f"spiffe://gerbang/{self.name}"


class Authority:
    """The development CA below `folder`; made when it is not there."""

    def __init__(self, folder: Path, *, now: dt.datetime) -> None:
        self._folder = folder
        self._now = now
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"
        self._certificate, self._key = self._load() or self._make()

    def issue(self, name: str) -> Identity:
        """The identity `name` ("auth", "client/payroll"), made or reused."""
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(
                f"{name!r} is no identity: lower-case letters, digits and single hyphens, "
                "for example client/payroll"
            )
        folder = self._folder / name
        identity = Identity(
            name=name,
            certificate_file=folder / "cert.pem",
            private_key_file=folder / "key.pem",
            ca_file=self.certificate_file,
        )
        wanted = subject_names(name)
        if not self._is_good(identity, wanted):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self._sign(name, wanted, key.public_key())
            write_private(identity.private_key_file, private_pem(key))
            write_public(identity.certificate_file, certificate)
        return identity

    def _load(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        if not (self.certificate_file.exists() and self._key_file.exists()):
            return None
        certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        if certificate.not_valid_after_utc - RENEW_BEFORE - LEAF_LIFE < self._now:
            return None
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            return None
        return certificate, key

    def _make(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CA_COMMON_NAME)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - BACKDATE)
            .not_valid_after(self._now + CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256())
        )
        write_private(self._key_file, private_pem(key))
        write_public(self.certificate_file, certificate)
        return certificate, key

    def _sign(
        self, name: str, names: list[x509.GeneralName], public_key: ec.EllipticCurvePublicKey
    ) -> x509.Certificate:
        extended = x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        )
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - BACKDATE)
            .not_valid_after(self._now + LEAF_LIFE)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(ca=False), critical=True)
            .add_extension(extended, critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _is_good(self, identity: Identity, wanted: list[x509.GeneralName]) -> bool:
        if not (identity.certificate_file.exists() and identity.private_key_file.exists()):
            return False
        certificate = x509.load_pem_x509_certificate(identity.certificate_file.read_bytes())
        if certificate.not_valid_after_utc - RENEW_BEFORE < self._now:
            return False
        try:
            certificate.verify_directly_issued_by(self._certificate)
        except (InvalidSignature, ValueError):
            return False
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return list(names.value) == wanted


def subject_names(name: str) -> list[x509.GeneralName]:
    """SPIFFE URI and DNS name; this machine's names for what others call."""
    names: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(f"spiffe://gerbang/{name}"),
        x509.DNSName(f"{name.replace('/', '.')}.gerbang.internal"),
    ]
    if name in LOCAL_NAMES:
        names.append(x509.DNSName("localhost"))
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        names.append(x509.IPAddress(ipaddress.ip_address("::1")))
    return names


def usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def write_private(path: Path, content: bytes) -> None:
    """Writes a file only its owner can read; never readable in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    scratch.replace(path)


def write_public(path: Path, certificate: x509.Certificate) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
