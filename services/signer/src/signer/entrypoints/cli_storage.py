"""What the commands about keys share: options, the storage, the operator's name."""

import getpass
from typing import Annotated

import typer
from servicekit.clock import SystemClock

from signer.bootstrap import Storage, open_storage
from signer.config import SignerSettings
from signer.domain.refusal import invalid
from signer.limits import OPERATOR_MAX_CHARS, REASON_MAX_CHARS

KeyIdOption = Annotated[str, typer.Option("--key-id", help="The key's id, e.g. bca-token.")]
OperatorOption = Annotated[
    str | None, typer.Option("--operator", help="Who does this [default: the login name].")
]


def one_line(reason: str) -> str:
    if len(reason) > REASON_MAX_CHARS or not (reason.isprintable() or not reason):
        raise typer.BadParameter(f"must be one line of at most {REASON_MAX_CHARS} characters")
    return reason


ReasonOption = Annotated[
    str, typer.Option("--reason", help="Written to the journal.", callback=one_line)
]


def operator_name(name: str | None) -> str:
    """`local:<name>`. Raises Refusal INVALID_FIELD for what would not fit the audit."""
    chosen = name or getpass.getuser()
    if len(chosen) > OPERATOR_MAX_CHARS or not (chosen.isascii() and chosen.isprintable()):
        raise invalid("operator", f"must be at most {OPERATOR_MAX_CHARS} printable characters")
    return f"local:{chosen}"


def open_(settings: SignerSettings, operator: str) -> Storage:
    storage = open_storage(settings, SystemClock())
    storage.store.create(actor=operator)
    return storage
