"""`keys`: the RSA keys that sign tokens."""

from typing import Annotated, Any

import typer

from auth.application.ports import AlreadyExistsError
from auth.bootstrap import Parts
from auth.domain.signing_key import state_at
from auth.entrypoints.command_output import instant, show_facts, show_rows
from auth.entrypoints.command_run import (
    CommandError,
    ConfigOption,
    JSONOption,
    actor,
    run_with_parts,
)
from auth.limits import CLOCK_SKEW_S

app = typer.Typer(help="Keys that sign tokens.", no_args_is_help=True)

_US_PER_S = 1_000_000


@app.command("list")
def list_keys(*, config: ConfigOption, as_json: JSONOption = False) -> None:
    """Every key and where it is in its life."""

    async def work(parts: Parts) -> list[dict[str, Any]]:
        keys = await parts.signing_keys.every()
        now_us = parts.clock.now_us()
        longest_token_us = (parts.longest_token_s + CLOCK_SKEW_S) * _US_PER_S
        return [
            {
                "kid": key.kid,
                "generation": key.generation,
                "state": state_at(
                    key, keys, now_us=now_us, longest_token_us=longest_token_us
                ).value,
                "created": instant(key.created_us),
                "signs_from": instant(key.signs_from_us),
                "revoked": instant(key.revoked_us),
            }
            for key in keys
        ]

    show_rows(
        run_with_parts(config, work),
        as_json=as_json,
        empty="there is no key yet; the server makes the first one when it starts",
    )


@app.command()
def rotate(
    *,
    config: ConfigOption,
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised",
            help="Revoke every older key and sign with the new one at once. Every token given "
            "out so far becomes useless as soon as verifiers fetch the keys again.",
        ),
    ] = False,
    as_json: JSONOption = False,
) -> None:
    """Make the next key. It is published now and signs after the configured lead."""

    async def work(parts: Parts) -> dict[str, Any]:
        try:
            key = await parts.rotate_signing_key()(actor=actor(), compromised=compromised)
        except AlreadyExistsError:
            raise CommandError(
                "someone else rotated the keys at the same moment; keys list shows what is there"
            ) from None
        return {
            "kid": key.kid,
            "generation": key.generation,
            "signs_from": instant(key.signs_from_us),
        }

    show_facts(run_with_parts(config, work), as_json=as_json)
