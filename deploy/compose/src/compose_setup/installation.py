"""Fills the folders of an installation: the authority's, the database's, each service's.

Everything begins with what lies there already. The authority's private key
stays in its own folder, which no service mounts.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pki.authority import Authority, Lives

from compose_setup.folders import GiveTo, ServiceFolder
from compose_setup.form import Form, form_of, settle
from compose_setup.parts import (
    DATABASE_OWNER,
    DEMO_BANK_SECRET,
    DEMO_BANK_SECRET_FILE,
    DEMO_CALLBACK_SECRET,
    DEMO_CALLBACK_SECRET_FILE,
    MIGRATE_OWNER,
    PARTS,
    SCHEMAS,
    Part,
    base32,
    text,
)

CA_COMMON_NAME = "Gerbang deployment CA"
# Renewed at an `up` in the last two months; docs/deploy/compose.md says when to restart.
LIVES = Lives(
    authority=dt.timedelta(days=3650),
    leaf=dt.timedelta(days=398),
    renew_before=dt.timedelta(days=60),
)
ROOT_PASSWORD_FILE = "root-password"  # noqa: S105 - the name of a file
PUBLIC_PREFIX = "public-"
# By which the simulator calls the edge; the network of a sandbox knows it.
SANDBOX_EDGE = "edge.gerbang.internal"
SIMULATOR_KEY_FILE = "callback-key.pem"
SIMULATOR_PUBLIC_KEY_FILE = "demo-callback-key.public.pem"
RSA_BITS = 2048
_CLIENT_FILE = """\
# For the health check: any client program of MySQL or MariaDB reads it.
[client]
user=root
password={password}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where everything is.

    root: one folder a part, each a volume of its own.
    share: the repository's configuration files, as laid out there.
    public_hosts: the names and addresses by which ERPs and browsers reach the edge.
    """

    root: Path
    share: Path
    public_hosts: tuple[str, ...]
    now: dt.datetime
    give_to: GiveTo = os.chown

    @property
    def authority_folder(self) -> Path:
        return self.root / "authority"

    def prepare(self) -> Form:
        """Makes what is absent; returns the installation's form."""
        form = form_of(self.authority_folder) or Form.PRODUCTION
        settle(self.authority_folder, form)
        authority = Authority(
            self.authority_folder, common_name=CA_COMMON_NAME, lives=LIVES, now=self.now
        )
        passwords = self._database_folders()
        for part in PARTS:
            if form is Form.SANDBOX or not part.sandbox_only:
                self._service_folder(part, form, authority, passwords)
        if form is Form.SANDBOX:
            self._introduce_simulator()
        return form

    def _folder(self, name: str, owner: int) -> ServiceFolder:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return ServiceFolder(path=path, owner=owner)

    def _database_folders(self) -> dict[str, bytes]:
        """Passwords of every database user. Only the migrate job has them all."""
        migrate = self._folder("migrate", MIGRATE_OWNER)
        root_password = migrate.keep(ROOT_PASSWORD_FILE, text)
        users = [user for schema in SCHEMAS for user in (schema.user, schema.migration_user)]
        passwords = {user: migrate.keep(password_file(user), text) for user in users}
        migrate.hand_over(self.give_to)

        database = self._folder("database", DATABASE_OWNER)
        database.put(ROOT_PASSWORD_FILE, root_password + b"\n")
        database.put("client.cnf", _CLIENT_FILE.format(password=root_password.decode()).encode())
        database.hand_over(self.give_to)
        return passwords

    def _service_folder(
        self, part: Part, form: Form, authority: Authority, passwords: dict[str, bytes]
    ) -> None:
        folder = self._folder(part.name, part.owner)
        authority.issue(part.name, folder=folder.path)
        folder.put("ca.pem", authority.certificate_file.read_bytes())
        configured = self.share / part.config_folder / f"{part.name}{form.suffix}.toml"
        folder.put(f"{part.name}.toml", configured.read_bytes())
        for name, make in part.secrets.items():
            folder.keep(name, make)
        password = passwords.get(part.name.replace("-", "_"))
        if password is not None:
            folder.put("database-password", password + b"\n")
        if part.name == "edge" and not has_own_certificate(folder.path):
            inside = (SANDBOX_EDGE,) if form is Form.SANDBOX else ()
            authority.issue_host(
                (*self.public_hosts, *inside), folder=folder.path, prefix=PUBLIC_PREFIX
            )
        if form is Form.SANDBOX:
            self._add_published_files(part, folder)
        folder.hand_over(self.give_to)

    def _add_published_files(self, part: Part, folder: ServiceFolder) -> None:
        for name, source in part.sandbox_files.items():
            folder.put(name, (self.share / source).read_bytes())
        if part.name == "signer":
            folder.put(DEMO_BANK_SECRET_FILE, DEMO_BANK_SECRET + b"\n")
            folder.put(DEMO_CALLBACK_SECRET_FILE, DEMO_CALLBACK_SECRET + b"\n")
        if part.name == "auth":
            folder.keep("demo-client-secret", text)
            folder.keep("demo-operator-password", text)
            folder.keep("demo-operator-totp", base32)

    def _introduce_simulator(self) -> None:
        """The simulator proves itself by a key of its own; the signer has the public half."""
        owners = {part.name: part.owner for part in PARTS}
        simulator = self._folder("simulator", owners["simulator"])
        pem = simulator.keep(SIMULATOR_KEY_FILE, rsa_key)
        simulator.hand_over(self.give_to)
        key = serialization.load_pem_private_key(pem, password=None)
        signer = self._folder("signer", owners["signer"])
        signer.put(
            SIMULATOR_PUBLIC_KEY_FILE,
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        )
        signer.hand_over(self.give_to)


def rsa_key() -> bytes:
    """A private key as PEM, without a passphrase."""
    return rsa.generate_private_key(65537, RSA_BITS).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def password_file(user: str) -> str:
    return f"{user}-password"


def has_own_certificate(folder: Path) -> bool:
    """Whether the edge shows the world a certificate that our authority did not make."""
    path = folder / f"{PUBLIC_PREFIX}cert.pem"
    if not path.exists():
        return False
    issuer = x509.load_pem_x509_certificates(path.read_bytes())[0].issuer
    names = issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return all(name.value != CA_COMMON_NAME for name in names)
