"""`gerbang-ops hold`: nothing is sent while a person says so."""

from __future__ import annotations

from typing import Annotated

import typer
from gerbang.bank_adapter.v1 import hold_service_pb2 as pb

from gerbang_ops.config import OpsSettings
from gerbang_ops.confirm import type_to_confirm
from gerbang_ops.connection import BANK_ADAPTER, reach, run
from gerbang_ops.output import console, moment, print_json, print_table, to_plain
from gerbang_ops.session import JSONOption, ReasonOption, YesOption, opened

hold_app = typer.Typer(
    no_args_is_help=True,
    help="Stop sending payments, or let it go: on, off, show. Payments are taken and wait; "
    "inquiries go on.",
)
BankOption = Annotated[str, typer.Option("--bank", help="Only this bank. Without it: every bank.")]


@hold_app.command("show")
def show_command(context: typer.Context, *, as_json: JSONOption = False) -> None:
    """What is on hold, since when, by whom and why."""
    with opened(context) as settings:
        holds = run(_holds(settings))
        if as_json:
            print_json([to_plain(hold) for hold in holds])
        else:
            _print(holds)


@hold_app.command("on")
def on_command(
    context: typer.Context,
    *,
    reason: ReasonOption,
    bank: BankOption = "",
    after_restore: Annotated[
        bool,
        typer.Option(
            "--after-restore",
            help="The database is a copy: payments older than now neither expire nor can they be "
            "cancelled or approved, because they may have been sent.",
        ),
    ] = False,
    as_json: JSONOption = False,
) -> None:
    """Sends nothing more from now on. What is on its way is carried to its end."""
    with opened(context) as settings:
        kind = pb.Hold.RESTORE if after_restore else pb.Hold.INCIDENT
        _told(run(_place(settings, bank, kind, reason)), as_json=as_json)


@hold_app.command("off")
def off_command(
    context: typer.Context,
    *,
    reason: ReasonOption,
    bank: BankOption = "",
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Lets payments go: everything that waits is sent, or ends as expired."""
    with opened(context) as settings:
        what = (
            "Everything that waits will be sent. After a restored backup: are the statements "
            "compared, and does no unknown debit belong to a payment that waits?"
        )
        type_to_confirm("release", what=what, yes=yes)
        _told(run(_release(settings, bank, reason)), as_json=as_json)


def _told(hold: pb.Hold, *, as_json: bool) -> None:
    if as_json:
        print_json(to_plain(hold))
    else:
        _print([hold])


def _print(holds: list[pb.Hold]) -> None:
    out = console()
    if not holds:
        out.print("Nothing was ever on hold.")
        return
    rows = [
        (
            "every bank" if hold.scope == "*" else hold.scope,
            "ON HOLD" if hold.on else "sending",
            pb.Hold.Kind.Name(hold.kind),
            moment(hold.change_time),
            hold.operator,
            hold.reason,
        )
        for hold in holds
    ]
    print_table(out, ("bank", "now", "kind", "since", "by", "why"), rows)


async def _holds(settings: OpsSettings) -> list[pb.Hold]:
    async with reach(settings, BANK_ADAPTER) as service:
        answer = await service.ask(service.holds().ListHolds, pb.ListHoldsRequest())
        return list(answer.holds)


async def _place(
    settings: OpsSettings, bank: str, kind: pb.Hold.Kind.ValueType, reason: str
) -> pb.Hold:
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(
            service.holds().PlaceHold, pb.PlaceHoldRequest(bank=bank, kind=kind, reason=reason)
        )


async def _release(settings: OpsSettings, bank: str, reason: str) -> pb.Hold:
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(
            service.holds().ReleaseHold, pb.ReleaseHoldRequest(bank=bank, reason=reason)
        )
