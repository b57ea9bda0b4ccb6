"""What the commands about keys share: options, and finding a version."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from gerbang.signer.v1 import key_admin_service_pb2 as pb
from servicekit.config import Mode
from servicekit.secret import Secret, SecretFileError, read_secret_file

from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import SIGNER, reach
from gerbang_ops.outcomes import ExitCode, OpsError


class Scheme(StrEnum):
    """What a key signs; names as in the signer's contract."""

    SNAP_TOKEN_ASYMMETRIC = "snap_token_asymmetric"  # noqa: S105 - a scheme's name
    SNAP_TRANSACTION_SYMMETRIC = "snap_transaction_symmetric"
    SNAP_TRANSACTION_ASYMMETRIC = "snap_transaction_asymmetric"
    BCA_LEGACY_SYMMETRIC = "bca_legacy_symmetric"
    BASIC_CLIENT_CREDENTIALS = "basic_client_credentials"

    @property
    def symmetric(self) -> bool:
        """Of a secret shared with the bank, not of an RSA key."""
        return self not in (Scheme.SNAP_TOKEN_ASYMMETRIC, Scheme.SNAP_TRANSACTION_ASYMMETRIC)


class Purpose(StrEnum):
    SIGN = "sign"
    VERIFY = "verify"


class Encoding(StrEnum):
    BASE64 = "base64"
    HEX = "hex"


class TimestampForm(StrEnum):
    ANY = "any"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, e.g. bca-token.")]
VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="As `list` shows.")]
NoteOption = Annotated[
    str, typer.Option("--reason", help="Why. Written to the signer's journal for good.")
]
SchemeOption = Annotated[
    list[Scheme], typer.Option("--scheme", help="What the key is for; may be given again.")
]
PurposeOption = Annotated[
    list[Purpose] | None,
    typer.Option("--purpose", help="[default: sign; verify for a public key]"),
]
EncodingOption = Annotated[Encoding, typer.Option(help="How its signatures are written.")]
FormOption = Annotated[TimestampForm, typer.Option(help="Which timestamps it takes.")]
ToleranceOption = Annotated[
    int, typer.Option(min=0, help="How far a verified timestamp may be off, in seconds.")
]
BitsOption = Annotated[int, typer.Option("--rsa-bits", help="2048, 3072 or 4096.")]
PrivateKeyOption = Annotated[
    Path | None, typer.Option("--private-key-file", dir_okay=False, help="RSA private key, PEM.")
]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", dir_okay=False, help="If it is encrypted.")
]
SecretOption = Annotated[
    Path | None,
    typer.Option("--secret-file", dir_okay=False, help="HMAC secret as the bank gave it."),
]
PublicKeyOption = Annotated[
    Path | None,
    typer.Option("--public-key-file", dir_okay=False, help="Another party's public key, PEM."),
]


class KeyFiles:
    """The files a key may come from; at most one of the three."""

    def __init__(
        self,
        *,
        private_key: Path | None = None,
        passphrase: Path | None = None,
        secret: Path | None = None,
        public_key: Path | None = None,
    ) -> None:
        given = {
            "rsa_private": private_key,
            "hmac_secret": secret,
            "rsa_public": public_key,
        }
        self._given = {kind: path for kind, path in given.items() if path is not None}
        self._passphrase = passphrase
        if len(self._given) > 1:
            raise OpsError("give one key file only", ExitCode.USAGE)
        if passphrase is not None and private_key is None:
            raise OpsError("a passphrase belongs to a private key", ExitCode.USAGE)

    @property
    def material(self) -> str | None:
        """The material's name in the contract; None when no file was given."""
        return next(iter(self._given), None)

    def fill(self, request: pb.ImportKeyRequest) -> pb.ImportKeyRequest:
        """Puts the file's content into the request. Raises OpsError."""
        for kind, path in self._given.items():
            if kind == "rsa_public":
                request.public_key_pem = path.read_bytes()
                continue
            content = read_private(path).reveal()
            if kind == "rsa_private":
                request.private_key_pem = content
            else:
                request.secret = content
        if self._passphrase is not None:
            request.passphrase = read_private(self._passphrase).reveal()
        return request


def read_private(path: Path) -> Secret[bytes]:
    """A file that others cannot read. Raises OpsError."""
    try:
        return read_secret_file(path, Mode.PRODUCTION)
    except SecretFileError as error:
        raise OpsError(str(error)) from None


async def list_versions(settings: OpsSettings) -> list[pb.KeyVersion]:
    """Every version of every key, by key id, then version."""
    async with reach(settings, SIGNER) as service:
        answer = await service.ask(service.keys().ListKeys, pb.ListKeysRequest())
    return list(answer.versions)
