"""`gerbang-ops statements`: what the banks' statements show, against the ledger."""

from __future__ import annotations

from typing import Annotated

import typer
from gerbang.bank_adapter.v1 import reconciliation_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Transfer

from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import BANK_ADAPTER, RECONCILE_S, reach, run
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, print_json, to_plain
from gerbang_ops.session import JSONOption, opened
from gerbang_ops.statement_view import print_account_day, print_days

statements_app = typer.Typer(
    no_args_is_help=True,
    help="Banks' statements against the ledger: list the days, show one, read one now. Exit code 6 "
    "when money moved that no transfer explains, or a settled transfer lacks its debit.",
)
_PAGE = 200

BankArgument = Annotated[str, typer.Argument(metavar="BANK", help="Its id, for example bca.")]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The source account.")]
DayArgument = Annotated[str, typer.Argument(metavar="DAY", help="Jakarta day, 2026-11-21.")]


@statements_app.command("list")
def list_command(
    context: typer.Context,
    *,
    first_day: Annotated[str, typer.Option("--from", help="Default: a week ago.")] = "",
    last_day: Annotated[str, typer.Option("--to", help="Default: today.")] = "",
    as_json: JSONOption = False,
) -> None:
    """Every account's days and what came of them."""
    with opened(context) as settings:
        days = run(_days(settings, first_day, last_day))
        if as_json:
            print_json([to_plain(day) for day in days])
        else:
            print_days(console(), days)
        _alarm(days)


@statements_app.command("show")
def show_command(
    context: typer.Context,
    bank: BankArgument,
    account: AccountArgument,
    day: DayArgument,
    *,
    as_json: JSONOption = False,
) -> None:
    """One account's day: debits that transfers explain, and what is left on either side."""
    with opened(context) as settings:
        lines, unmatched = run(_account_day(settings, bank, account, day))
        if as_json:
            print_json(
                {
                    "bank": bank,
                    "accountNo": account,
                    "day": day,
                    "lines": [to_plain(line) for line in lines],
                    "unmatchedTransfers": [to_plain(transfer) for transfer in unmatched],
                }
            )
        else:
            print_account_day(console(), lines, unmatched)
        unknown = sum(line.kind == pb.KeptLine.UNKNOWN for line in lines)
        if unknown:
            raise OpsError(f"ALARM: {unknown} debits that no transfer explains", ExitCode.ALARM)


@statements_app.command("run")
def run_command(
    context: typer.Context,
    bank: BankArgument,
    account: AccountArgument,
    *,
    day: Annotated[str, typer.Option("--day", help="The last day to read. Default: today.")] = "",
    as_json: JSONOption = False,
) -> None:
    """Reads the statement now and does what the daily job does. Moves no money."""
    with opened(context) as settings:
        done = run(_reconcile(settings, bank, account, day))
        if as_json:
            print_json(to_plain(done))
        else:
            print_days(console(), [done])
        if done.progress == pb.Reconciliation.FAILED:
            raise OpsError(f"the bank gave no statement: {done.problem}", ExitCode.UNREACHABLE)
        _alarm([done])


def _alarm(days: list[pb.Reconciliation]) -> None:
    unknown = sum(day.unknown_count for day in days)
    contradicted = sum(day.contradicted_count for day in days)
    if unknown or contradicted:
        raise OpsError(
            f"ALARM: {unknown} debits that no transfer explains, {contradicted} transfers that "
            "need a person",
            ExitCode.ALARM,
        )


async def _days(settings: OpsSettings, first_day: str, last_day: str) -> list[pb.Reconciliation]:
    found: list[pb.Reconciliation] = []
    token = ""
    async with reach(settings, BANK_ADAPTER) as service:
        while True:
            page = await service.ask(
                service.reconciliations().ListReconciliations,
                pb.ListReconciliationsRequest(
                    first_day=first_day, last_day=last_day, page_size=_PAGE, page_token=token
                ),
            )
            found += page.reconciliations
            token = page.next_page_token
            if not token:
                return found


async def _account_day(
    settings: OpsSettings, bank: str, account: str, day: str
) -> tuple[list[pb.KeptLine], list[Transfer]]:
    lines: list[pb.KeptLine] = []
    unmatched: list[Transfer] = []
    async with reach(settings, BANK_ADAPTER) as service:
        token = ""
        while True:
            page = await service.ask(
                service.reconciliations().ListStatementLines,
                pb.ListStatementLinesRequest(
                    bank=bank, account_no=account, day=day, page_size=_PAGE, page_token=token
                ),
            )
            lines += page.lines
            token = page.next_page_token
            if not token:
                break
        while True:
            left = await service.ask(
                service.reconciliations().ListUnmatchedTransfers,
                pb.ListUnmatchedTransfersRequest(
                    bank=bank, account_no=account, day=day, page_token=token
                ),
                timeout_s=RECONCILE_S,
            )
            unmatched += left.transfers
            token = left.next_page_token
            if not token:
                return lines, unmatched


async def _reconcile(settings: OpsSettings, bank: str, account: str, day: str) -> pb.Reconciliation:
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(
            service.reconciliations().ReconcileAccount,
            pb.ReconcileAccountRequest(bank=bank, account_no=account, day=day),
            timeout_s=RECONCILE_S,
        )
