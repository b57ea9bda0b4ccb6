"""`clients`: the programs that may ask for tokens."""

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from auth.application.change_client import ChangeClient, ClientChange
from auth.application.create_client import CreateClient, NewClient
from auth.application.ports import AlreadyExistsError
from auth.application.rotate_client_secret import RotateClientSecret
from auth.application.set_client_status import SetClientStatus
from auth.bootstrap import Parts
from auth.domain.client import Client, ClientStatus
from auth.entrypoints.command_output import instant, show_facts, show_rows
from auth.entrypoints.command_run import (
    CommandError,
    ConfigOption,
    IfAbsentOption,
    JSONOption,
    actor,
    run_with_parts,
)
from auth.entrypoints.given_secret import GivenSecret, secret_from
from auth.limits import CLIENT_SECRET_RANDOM_BYTES
from auth.production import refuse_demo_client_id

app = typer.Typer(help="Programs that may ask for tokens.", no_args_is_help=True)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", show_default=False)]
ScopeOption = Annotated[
    list[str] | None, typer.Option("--scope", help="A scope, as in transfers.read; repeatable.")
]
OriginOption = Annotated[
    list[str] | None,
    typer.Option("--origin", help="An Origin, as in https://erp.example.com; repeatable."),
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option("--account", help="A source account, as in bca:1234567890; repeatable."),
]
SecretFileOption = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        help="Take the secret from this file or, when there is none, write the new one there. "
        "Without it the secret is printed once.",
    ),
]
NameOption = Annotated[str | None, typer.Option("--name", help="What people call it.")]
# Prefixed, so that scanners for leaked secrets can know it.
_SECRET_PREFIX = "gbs_"  # noqa: S105 - no secret


@app.command()
def create(
    client_id: ClientArgument,
    *,
    config: ConfigOption,
    scope: ScopeOption = None,
    origin: OriginOption = None,
    account: AccountOption = None,
    name: NameOption = None,
    secret_file: SecretFileOption = None,
    if_absent: IfAbsentOption = False,
    as_json: JSONOption = False,
) -> None:
    """Make a client and its secret."""

    async def work(parts: Parts) -> dict[str, Any]:
        if if_absent and await parts.clients.find(client_id) is not None:
            return _present(client_id, secret_file)
        mode = parts.settings.mode
        refuse_demo_client_id(mode, client_id)
        given = secret_from(secret_file, mode=mode, generate=_new_secret)
        new = NewClient(
            client_id=client_id,
            name=name or client_id,
            scopes=frozenset(scope or ()),
            origins=frozenset(origin or ()),
            accounts=frozenset(account or ()),
            secret=given.value,
        )
        use_case = CreateClient(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
        try:
            await use_case(new, actor=actor())
        except AlreadyExistsError:
            if not if_absent:
                raise
            return _present(client_id, secret_file)
        return {"client_id": client_id, "created": True, **_secret_facts(given)}

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command("list")
def list_clients(*, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Every client, one a line."""

    async def work(parts: Parts) -> list[dict[str, Any]]:
        return [
            {
                "client_id": client.client_id,
                "name": client.name,
                "status": client.status.value,
                "scopes": sorted(client.scopes),
                "accounts": len(client.accounts),
                "updated": instant(client.updated_us),
            }
            for client in await parts.clients.every()
        ]

    show_rows(
        run_with_parts(config, work),
        as_json=as_json,
        empty="there is no client yet; make one with: clients create",
    )


@app.command()
def show(client_id: ClientArgument, *, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Everything about one client but its secret."""

    async def work(parts: Parts) -> dict[str, Any]:
        return _facts(await _found(parts, client_id), parts.clock.now_us())

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command()
def change(
    client_id: ClientArgument,
    *,
    config: ConfigOption,
    scope: ScopeOption = None,
    origin: OriginOption = None,
    account: AccountOption = None,
    name: NameOption = None,
    as_json: JSONOption = False,
) -> None:
    """Replace a client's scopes, origins or accounts; what is not named stays."""

    async def work(parts: Parts) -> dict[str, Any]:
        client = await _found(parts, client_id)
        use_case = ChangeClient(clients=parts.clients, clock=parts.clock)
        changed = await use_case(
            client,
            ClientChange(
                name=name,
                scopes=None if scope is None else frozenset(scope),
                origins=None if origin is None else frozenset(origin),
                accounts=None if account is None else frozenset(account),
            ),
            actor=actor(),
        )
        return _facts(changed, parts.clock.now_us())

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command()
def rotate(
    client_id: ClientArgument,
    *,
    config: ConfigOption,
    overlap_s: Annotated[
        int,
        typer.Option(help="How long the old secret stays good, in seconds; 0 ends it at once."),
    ] = 86_400,
    secret_file: SecretFileOption = None,
    as_json: JSONOption = False,
) -> None:
    """Give a client a new secret."""

    async def work(parts: Parts) -> dict[str, Any]:
        client = await _found(parts, client_id)
        given = secret_from(secret_file, mode=parts.settings.mode, generate=_new_secret)
        use_case = RotateClientSecret(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
        rotated = await use_case(client, given.value, overlap_s=overlap_s, actor=actor())
        previous = rotated.previous_secret
        until = None if previous is None else instant(previous.valid_until_us)
        return {
            "client_id": client_id,
            "old_secret_good_until": until,
            **_secret_facts(given),
        }

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command()
def disable(
    client_id: ClientArgument, *, config: ConfigOption, as_json: JSONOption = False
) -> None:
    """Give a client no more tokens. One that it holds is good for at most five minutes."""
    _set_status(client_id, ClientStatus.DISABLED, config=config, as_json=as_json)


@app.command()
def enable(client_id: ClientArgument, *, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Let a disabled client in again."""
    _set_status(client_id, ClientStatus.ACTIVE, config=config, as_json=as_json)


def _set_status(client_id: str, status: ClientStatus, *, config: Path, as_json: bool) -> None:
    async def work(parts: Parts) -> dict[str, Any]:
        if status is ClientStatus.ACTIVE:
            refuse_demo_client_id(parts.settings.mode, client_id)
        client = await _found(parts, client_id)
        use_case = SetClientStatus(clients=parts.clients, clock=parts.clock)
        changed = await use_case(client, status, actor=actor())
        return {"client_id": client_id, "status": changed.status.value}

    show_facts(run_with_parts(config, work), as_json=as_json)


async def _found(parts: Parts, client_id: str) -> Client:
    client = await parts.clients.find(client_id)
    if client is None:
        raise CommandError(f"there is no client {client_id}; clients list shows all")
    return client


def _present(client_id: str, secret_file: Path | None) -> dict[str, Any]:
    if secret_file is not None and not secret_file.exists():
        raise CommandError(
            f"client {client_id} exists, but its secret is not in {secret_file} and cannot be "
            f"read back; give it a new one with: clients rotate {client_id} --overlap-s 0 "
            f"--secret-file {secret_file}"
        )
    return {"client_id": client_id, "created": False}


def _secret_facts(given: GivenSecret) -> dict[str, Any]:
    if given.shown is not None:
        return {"secret": given.shown, "note": "the secret is not shown again; keep it now"}
    return {"secret_file": str(given.file)}


def _facts(client: Client, now_us: int) -> dict[str, Any]:
    previous = client.previous_secret_at(now_us)
    return {
        "client_id": client.client_id,
        "name": client.name,
        "status": client.status.value,
        "scopes": sorted(client.scopes),
        "origins": sorted(client.origins),
        "accounts": sorted(client.accounts),
        "old_secret_good_until": None if previous is None else instant(previous.valid_until_us),
        "version": client.version,
        "created": instant(client.created_us),
        "updated": instant(client.updated_us),
    }


def _new_secret() -> str:
    return _SECRET_PREFIX + secrets.token_urlsafe(CLIENT_SECRET_RANDOM_BYTES)
