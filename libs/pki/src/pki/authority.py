"""A CA of the house's own and the identities it vouches for.

EC P-256. An identity's certificate is good for both ends of mTLS; a host's
only for a server. Files are reused until they are close to their end, or until
their names or their CA change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki.files import private_pem, write_private, write_public
from pki.names import host_names, house_names

# A clock that is a little behind must not find the certificate in the future.
BACKDATE = dt.timedelta(minutes=5)
BOTH_ENDS = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
SERVER_ONLY = (ExtendedKeyUsageOID.SERVER_AUTH,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long certificates are good; `renew_before` their end they are made anew."""

    authority: dt.timedelta
    leaf: dt.timedelta
    renew_before: dt.timedelta


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
    """The CA below `folder` (ca.pem, ca.key); made when it is not there."""

    def __init__(self, folder: Path, *, common_name: str, lives: Lives, now: dt.datetime) -> None:
        self._folder = folder
        self._common_name = common_name
        self._lives = lives
        self._now = now
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"
        self._certificate, self._key = self._load() or self._make()

    def issue(
        self, name: str, *, folder: Path | None = None, hosts: Sequence[str] = ()
    ) -> Identity:
        """The identity `name` ("auth", "client/payroll"), made or reused.

        `folder` takes cert.pem and key.pem; without it, one below the CA's own.
        `hosts` are further names by which outsiders call it.
        """
        wanted = house_names(name) + host_names(hosts)
        return self._keep(name, wanted, BOTH_ENDS, folder=folder or self._folder / name, prefix="")

    def issue_host(self, hosts: Sequence[str], *, folder: Path, prefix: str) -> Identity:
        """A server certificate without an identity: `prefix`cert.pem and `prefix`key.pem."""
        return self._keep(hosts[0], host_names(hosts), SERVER_ONLY, folder=folder, prefix=prefix)

    def vouches_for(self, certificate: x509.Certificate) -> bool:
        """Whether this CA signed it."""
        try:
            certificate.verify_directly_issued_by(self._certificate)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _keep(
        self,
        name: str,
        wanted: list[x509.GeneralName],
        uses: Sequence[x509.ObjectIdentifier],
        *,
        folder: Path,
        prefix: str,
    ) -> Identity:
        identity = Identity(
            name=name,
            certificate_file=folder / f"{prefix}cert.pem",
            private_key_file=folder / f"{prefix}key.pem",
            ca_file=self.certificate_file,
        )
        if not self._is_good(identity, wanted):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self._sign(name, wanted, uses, key.public_key())
            write_private(identity.private_key_file, private_pem(key))
            write_public(identity.certificate_file, certificate)
        return identity

    def _load(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        if not (self.certificate_file.exists() and self._key_file.exists()):
            return None
        certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        last_issue = certificate.not_valid_after_utc - self._lives.leaf - self._lives.renew_before
        if last_issue < self._now:
            return None
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            return None
        return certificate, key

    def _make(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._common_name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - BACKDATE)
            .not_valid_after(self._now + self._lives.authority)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256())
        )
        write_private(self._key_file, private_pem(key))
        write_public(self.certificate_file, certificate)
        return certificate, key

    def _sign(
        self,
        name: str,
        names: list[x509.GeneralName],
        uses: Sequence[x509.ObjectIdentifier],
        public_key: ec.EllipticCurvePublicKey,
    ) -> x509.Certificate:
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - BACKDATE)
            .not_valid_after(self._now + self._lives.leaf)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _is_good(self, identity: Identity, wanted: list[x509.GeneralName]) -> bool:
        if not (identity.certificate_file.exists() and identity.private_key_file.exists()):
            return False
        certificate = x509.load_pem_x509_certificate(identity.certificate_file.read_bytes())
        if certificate.not_valid_after_utc - self._lives.renew_before < self._now:
            return False
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return self.vouches_for(certificate) and list(names.value) == wanted


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
