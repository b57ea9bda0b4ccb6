"""The root of `gerbang-ops` and the options that stand before every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from servicekit import log

from gerbang_ops.approvals import approvals_app
from gerbang_ops.audit import audit_app
from gerbang_ops.config import ENVIRONMENT, Overrides
from gerbang_ops.hold import hold_app
from gerbang_ops.journal import journal_app
from gerbang_ops.key_commands import keys_app
from gerbang_ops.key_life import life_app
from gerbang_ops.outcomes import EXIT_CODES
from gerbang_ops.reconcile import reconcile_command
from gerbang_ops.session import Session
from gerbang_ops.statements import statements_app
from gerbang_ops.transfers import transfers_app

app = typer.Typer(
    name="gerbang-ops",
    help="What people do with Gerbang: transfers that wait for a decision, keys, the logs.",
    epilog=EXIT_CODES.replace("\n", " "),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
TargetOption = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Instead of the file's.")
]


@app.callback()
def root(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            envvar=ENVIRONMENT,
            dir_okay=False,
            help="Where the services are and who you are (TOML). Without it: gerbang/ops.toml in "
            "your configuration folder.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Your certificate, PEM.")
    ] = None,
    private_key: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Its private key, PEM.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(dir_okay=False, help="The authority of the house, PEM.")
    ] = None,
    bank_adapter: TargetOption = None,
    signer: TargetOption = None,
    audit: TargetOption = None,
) -> None:
    log.configure("gerbang-ops", "error")
    targets = {"bank-adapter": bank_adapter, "signer": signer, "audit": audit}
    context.obj = Session(
        config=config,
        overrides=Overrides(
            certificate=certificate,
            private_key=private_key,
            ca=ca,
            targets={name: target for name, target in targets.items() if target is not None},
        ),
    )


keys_app.add_typer(life_app)
transfers_app.add_typer(approvals_app)
app.add_typer(transfers_app, name="transfers")
app.add_typer(hold_app, name="hold")
app.add_typer(statements_app, name="statements")
app.add_typer(keys_app, name="keys")
app.add_typer(journal_app, name="journal")
app.add_typer(audit_app, name="audit")
app.command("reconcile")(reconcile_command)
