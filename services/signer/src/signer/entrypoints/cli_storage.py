"""What the commands about keys share: options, the storage, the operator's name."""

import getpass
from typing import Annotated

import typer
from servicekit.clock import SystemClock

from signer.bootstrap import Storage, open_storage
from signer.config import SignerSettings

KeyIdOption = Annotated[str, typer.Option("--key-id", help="The key's id, e.g. bca-token.")]
OperatorOption = Annotated[
    str | None, typer.Option("--operator", help="Who does this [default: the login name].")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Written to the journal.")]


def operator_name(name: str | None) -> str:
    return f"local:{name or getpass.getuser()}"


def open_(settings: SignerSettings, operator: str) -> Storage:
    storage = open_storage(settings, SystemClock())
    storage.store.create(actor=operator)
    return storage
