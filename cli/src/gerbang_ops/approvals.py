"""`gerbang-ops transfers to-approve|approve|decline`: the second pair of eyes."""

from __future__ import annotations

import typer
from gerbang.bank_adapter.v1 import approval_service_pb2 as pb
from gerbang.bank_adapter.v1.operator_service_pb2 import WaitingTransfer
from gerbang.bank_adapter.v1.transfer_pb2 import Rail, Transfer

from gerbang_ops.config import OpsSettings
from gerbang_ops.confirm import type_to_confirm
from gerbang_ops.connection import BANK_ADAPTER, reach, run
from gerbang_ops.evidence import money
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, moment, plain, print_json, print_table, to_plain
from gerbang_ops.session import IdArgument, JSONOption, ReasonOption, YesOption, opened

approvals_app = typer.Typer()
_PAGE = 200


@approvals_app.command("to-approve")
def to_approve_command(context: typer.Context, *, as_json: JSONOption = False) -> None:
    """What waits for approval, of every client, the longest waiting first."""
    with opened(context) as settings:
        waiting = run(_waiting(settings))
        if as_json:
            print_json([to_plain(one) for one in waiting])
        else:
            _print(waiting)


@approvals_app.command("approve")
def approve_command(
    context: typer.Context,
    transfer_id: IdArgument,
    *,
    reason: ReasonOption,
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Lets a waiting transfer be sent, under your name, for good."""
    _decide(context, transfer_id, reason, word="approve", yes=yes, as_json=as_json)


@approvals_app.command("decline")
def decline_command(
    context: typer.Context,
    transfer_id: IdArgument,
    *,
    reason: ReasonOption,
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Ends a waiting transfer: no money moves. The ERP may pay again under a new reference."""
    _decide(context, transfer_id, reason, word="decline", yes=yes, as_json=as_json)


def _decide(
    context: typer.Context, transfer_id: str, reason: str, *, word: str, yes: bool, as_json: bool
) -> None:
    with opened(context) as settings:
        waiting = run(_waiting(settings))
        found = next((one for one in waiting if one.transfer.transfer_id == transfer_id), None)
        if found is None:
            raise OpsError("no such transfer waits for approval", ExitCode.REFUSED)
        type_to_confirm(word, what=_what(found, word), yes=yes)
        transfer = run(_say(settings, transfer_id, reason, word=word))
        if as_json:
            print_json(to_plain(transfer))
        else:
            console().print(
                f"{transfer.transfer_id} is {Transfer.State.Name(transfer.state)} now; "
                "your decision is recorded."
            )


def _what(waiting: WaitingTransfer, word: str) -> str:
    transfer = waiting.transfer
    does = {
        "approve": "It is SENT as soon as the bank can be reached. It cannot be called back.",
        "decline": "The ERP will see REJECTED, DECLINED. No money moves.",
    }
    beneficiary = f"{transfer.beneficiary_account_no} {transfer.beneficiary_account_name}"
    lines = (
        f"{money(transfer)} from {transfer.source_account_no}",
        f"to {beneficiary} {transfer.beneficiary_bank_code}",
        f"client {waiting.client_id}, reference {transfer.partner_reference_no}",
        f"{transfer.bank} {Rail.Name(transfer.rail)}, remark {transfer.remark or '-'}",
    )
    return "\n".join([*map(plain, lines), does[word]])


def _print(waiting: list[WaitingTransfer]) -> None:
    out = console()
    if not waiting:
        out.print("No transfer waits for approval.")
        return
    rows = [
        (
            one.transfer.transfer_id,
            moment(one.wait_start_time),
            moment(one.send_by_time),
            one.client_id,
            one.transfer.partner_reference_no,
            f"{one.transfer.beneficiary_account_no} {one.transfer.beneficiary_account_name}",
            money(one.transfer),
        )
        for one in waiting
    ]
    headings = ("transfer", "waits since", "ends at", "client", "reference", "to", "amount")
    print_table(out, headings, rows)


async def _waiting(settings: OpsSettings) -> list[WaitingTransfer]:
    found: list[WaitingTransfer] = []
    token = ""
    async with reach(settings, BANK_ADAPTER) as service:
        while True:
            page = await service.ask(
                service.approvals().ListTransfersToApprove,
                pb.ListTransfersToApproveRequest(page_size=_PAGE, page_token=token),
            )
            found += page.transfers
            token = page.next_page_token
            if not token:
                return found


async def _say(settings: OpsSettings, transfer_id: str, reason: str, *, word: str) -> Transfer:
    async with reach(settings, BANK_ADAPTER) as service:
        if word == "approve":
            return await service.ask(
                service.approvals().ApproveTransfer,
                pb.ApproveTransferRequest(transfer_id=transfer_id, reason=reason),
            )
        return await service.ask(
            service.approvals().DeclineTransfer,
            pb.DeclineTransferRequest(transfer_id=transfer_id, reason=reason),
        )
