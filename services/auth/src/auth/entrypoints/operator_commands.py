"""`operators`: the people who may open the dashboard."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from servicekit.config import Mode
from servicekit.secret import Secret

from auth.adapters.totp_codes import is_totp_secret, provisioning_uri
from auth.application.create_operator import CreateOperator, NewOperator
from auth.application.ports import AlreadyExistsError
from auth.application.reset_operator_password import ResetOperatorPassword
from auth.application.reset_operator_totp import ResetOperatorTOTP
from auth.application.set_operator_status import SetOperatorStatus
from auth.bootstrap import Parts
from auth.domain.operator import Operator, OperatorStatus, Role
from auth.entrypoints.command_output import instant, show_facts, show_rows
from auth.entrypoints.command_run import (
    CommandError,
    ConfigOption,
    IfAbsentOption,
    JSONOption,
    actor,
    run_with_parts,
)
from auth.entrypoints.given_secret import GivenSecret, read_text_secret, secret_from

app = typer.Typer(help="People who may open the dashboard.", no_args_is_help=True)

OperatorArgument = Annotated[str, typer.Argument(metavar="OPERATOR", show_default=False)]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option("--password-file", help="Take the password from this file; else it is asked for."),
]
TOTPFileOption = Annotated[
    Path | None,
    typer.Option(
        "--totp-secret-file",
        help="Take the TOTP secret (base32) from this file or, when there is none, write the new "
        "one there. Without it the secret is printed once.",
    ),
]


@app.command()
def create(
    name: OperatorArgument,
    *,
    config: ConfigOption,
    role: Annotated[list[Role], typer.Option("--role", help="Repeatable.")],
    password_file: PasswordFileOption = None,
    totp_secret_file: TOTPFileOption = None,
    if_absent: IfAbsentOption = False,
    as_json: JSONOption = False,
) -> None:
    """Make an operator with a password and an authenticator."""

    async def work(parts: Parts) -> dict[str, Any]:
        if if_absent and await parts.operators.find(name) is not None:
            return {"operator": name, "created": False}
        mode = parts.settings.mode
        password = _password(password_file, mode)
        given = _totp_secret(parts, totp_secret_file)
        use_case = CreateOperator(
            operators=parts.operators, hasher=parts.hasher, sealer=parts.sealer, clock=parts.clock
        )
        new = NewOperator(
            name=name, roles=frozenset(role), password=password, totp_secret=given.value
        )
        try:
            await use_case(new, actor=actor())
        except AlreadyExistsError:
            if not if_absent:
                raise
            return {"operator": name, "created": False}
        return {"operator": name, "created": True, **_totp_facts(given, name)}

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command("list")
def list_operators(*, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Every operator, one a line."""

    async def work(parts: Parts) -> list[dict[str, Any]]:
        now_us = parts.clock.now_us()
        return [
            {
                "operator": operator.name,
                "status": operator.status.value,
                "roles": sorted(operator.roles),
                "locked_until": (
                    instant(operator.locked_until_us) if operator.locked_until_us > now_us else None
                ),
                "updated": instant(operator.updated_us),
            }
            for operator in await parts.operators.every()
        ]

    show_rows(
        run_with_parts(config, work),
        as_json=as_json,
        empty="there is no operator yet; make one with: operators create",
    )


@app.command()
def disable(name: OperatorArgument, *, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Shut an operator out. An open session ends when its cookie does, within the hour."""
    _set_status(name, OperatorStatus.DISABLED, config=config, as_json=as_json)


@app.command()
def enable(name: OperatorArgument, *, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Let a disabled operator in again."""
    _set_status(name, OperatorStatus.ACTIVE, config=config, as_json=as_json)


@app.command("reset-totp")
def reset_totp(
    name: OperatorArgument,
    *,
    config: ConfigOption,
    totp_secret_file: TOTPFileOption = None,
    as_json: JSONOption = False,
) -> None:
    """Give an operator a new authenticator; the old one counts no more."""

    async def work(parts: Parts) -> dict[str, Any]:
        operator = await _found(parts, name)
        given = _totp_secret(parts, totp_secret_file)
        use_case = ResetOperatorTOTP(
            operators=parts.operators, sealer=parts.sealer, clock=parts.clock
        )
        await use_case(operator, given.value, actor=actor())
        return {"operator": name, **_totp_facts(given, name)}

    show_facts(run_with_parts(config, work), as_json=as_json)


@app.command("reset-password")
def reset_password(
    name: OperatorArgument,
    *,
    config: ConfigOption,
    password_file: PasswordFileOption = None,
    as_json: JSONOption = False,
) -> None:
    """Give an operator a new password; the old one counts no more."""

    async def work(parts: Parts) -> dict[str, Any]:
        operator = await _found(parts, name)
        use_case = ResetOperatorPassword(
            operators=parts.operators, hasher=parts.hasher, clock=parts.clock
        )
        password = _password(password_file, parts.settings.mode)
        await use_case(operator, password, actor=actor())
        return {"operator": name, "password": "changed"}

    show_facts(run_with_parts(config, work), as_json=as_json)


def _set_status(name: str, status: OperatorStatus, *, config: Path, as_json: bool) -> None:
    async def work(parts: Parts) -> dict[str, Any]:
        operator = await _found(parts, name)
        use_case = SetOperatorStatus(operators=parts.operators, clock=parts.clock)
        changed = await use_case(operator, status, actor=actor())
        return {"operator": name, "status": changed.status.value}

    show_facts(run_with_parts(config, work), as_json=as_json)


async def _found(parts: Parts, name: str) -> Operator:
    operator = await parts.operators.find(name)
    if operator is None:
        raise CommandError(f"there is no operator {name}; operators list shows all")
    return operator


def _password(path: Path | None, mode: Mode) -> Secret[str]:
    if path is not None:
        return read_text_secret(path, mode=mode)
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask for a password; give --password-file")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return Secret(answer)


def _totp_secret(parts: Parts, path: Path | None) -> GivenSecret:
    given = secret_from(path, mode=parts.settings.mode, generate=parts.codes.new_secret)
    if not is_totp_secret(given.value.reveal()):
        raise CommandError(f"{path}: is not base32 of at least 16 bytes")
    return given


def _totp_facts(given: GivenSecret, name: str) -> dict[str, Any]:
    if given.shown is None:
        return {"totp_secret_file": str(given.file)}
    return {
        "totp_secret": given.shown,
        "totp_uri": provisioning_uri(given.shown, operator=name),
        "note": "put it into the authenticator app now; it is not shown again",
    }
