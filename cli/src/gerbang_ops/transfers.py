"""`gerbang-ops transfers`: what waits for a person, the evidence, the decision."""

from __future__ import annotations

from typing import Annotated

import typer
from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Transfer

from gerbang_ops.config import OpsSettings
from gerbang_ops.confirm import type_to_confirm
from gerbang_ops.connection import BANK_ADAPTER, BANK_S, USUAL_S, reach, run
from gerbang_ops.evidence import consequence, print_evidence, print_waiting, state_name
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, print_json, to_plain
from gerbang_ops.session import IdArgument, JSONOption, ReasonOption, YesOption, opened

transfers_app = typer.Typer(
    no_args_is_help=True,
    help="Payments that need a person: list, show, resolve; to-approve, approve, decline. Never "
    "pay again by hand while one waits here.",
)
_PAGE = 200

StatementOption = Annotated[
    bool,
    typer.Option(
        "--statement/--no-statement",
        help="Ask the bank for the account's movements and show the debits of the same amount.",
    ),
]


@transfers_app.command("list")
def list_command(context: typer.Context, *, as_json: JSONOption = False) -> None:
    """What waits for a person, of every client, the longest waiting first."""
    with opened(context) as settings:
        waiting = run(_waiting(settings))
        if as_json:
            print_json([to_plain(one) for one in waiting])
        else:
            print_waiting(console(), waiting)


@transfers_app.command("show")
def show_command(
    context: typer.Context,
    transfer_id: IdArgument,
    *,
    statement: StatementOption = False,
    as_json: JSONOption = False,
) -> None:
    """One transfer with everything that speaks for and against it. Changes nothing."""
    with opened(context) as settings:
        evidence = run(_evidence(settings, transfer_id, statement=statement))
        if as_json:
            print_json(to_plain(evidence))
        else:
            print_evidence(console(), evidence)


@transfers_app.command("resolve")
def resolve_command(
    context: typer.Context,
    transfer_id: IdArgument,
    *,
    reason: ReasonOption,
    settled: Annotated[
        bool, typer.Option("--settled", help="The money moved. The ERP sees SETTLED.")
    ] = False,
    rejected: Annotated[
        bool,
        typer.Option(
            "--rejected",
            help="The money did not move and never will. The ERP sees REJECTED and may pay again "
            "under a new reference.",
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="The money did not move: send it again now, under the same bank reference.",
        ),
    ] = False,
    despite_debit: Annotated[
        bool,
        typer.Option(
            "--despite-debit",
            help="Reject or resume although the statement shows a debit that names the transfer.",
        ),
    ] = False,
    statement: StatementOption = True,
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Decides about one waiting transfer, under your name, for good.

    Shows the evidence first and asks for confirmation. Give exactly one of
    --settled, --rejected and --resume. If anything happens to the transfer
    after the evidence was read, nothing is changed and you are told to look
    again.
    """
    with opened(context) as settings:
        resolution = _chosen(settled=settled, rejected=rejected, resume=resume)
        evidence = run(_evidence(settings, transfer_id, statement=statement))
        print_evidence(console(stderr=as_json), evidence)
        _check(evidence, resolution, despite_debit=despite_debit)
        word = pb.Resolution.Name(resolution).lower()
        type_to_confirm(word, what=consequence(evidence, resolution), yes=yes)
        transfer = run(_resolve(settings, evidence, resolution, reason))
        if as_json:
            print_json(to_plain(transfer))
        else:
            console().print(
                f"{transfer.transfer_id} is {Transfer.State.Name(transfer.state)} now; "
                "your decision is recorded."
            )


def _chosen(*, settled: bool, rejected: bool, resume: bool) -> pb.Resolution.ValueType:
    said = {pb.SETTLED: settled, pb.REJECTED: rejected, pb.RESUMED: resume}
    chosen = [resolution for resolution, given in said.items() if given]
    if len(chosen) != 1:
        raise OpsError("give exactly one of --settled, --rejected and --resume", ExitCode.USAGE)
    return chosen[0]


def _check(
    evidence: pb.TransferEvidence, resolution: pb.Resolution.ValueType, *, despite_debit: bool
) -> None:
    """Raises OpsError when the decision cannot be taken or flies in the face of the bank."""
    if not evidence.allowed_resolutions:
        raise OpsError(
            f"the transfer is {state_name(evidence)} and does not wait for a person",
            ExitCode.REFUSED,
        )
    if resolution not in evidence.allowed_resolutions:
        raise OpsError(
            "the bank holds this reference for another payment, so it cannot be sent again; "
            "reject it and let the ERP pay under a new reference",
            ExitCode.REFUSED,
        )
    named = any(debit.names_transfer for debit in evidence.statement.debits)
    if named and resolution != pb.SETTLED and not despite_debit:
        raise OpsError(
            "the statement shows a debit that names this transfer: the money moved. Nothing was "
            "changed. If you know better, say --despite-debit",
            ExitCode.REFUSED,
        )


async def _waiting(settings: OpsSettings) -> list[pb.WaitingTransfer]:
    found: list[pb.WaitingTransfer] = []
    token = ""
    async with reach(settings, BANK_ADAPTER) as service:
        while True:
            page = await service.ask(
                service.operators().ListWaitingTransfers,
                pb.ListWaitingTransfersRequest(page_size=_PAGE, page_token=token),
            )
            found += page.transfers
            token = page.next_page_token
            if not token:
                return found


async def _evidence(
    settings: OpsSettings, transfer_id: str, *, statement: bool
) -> pb.TransferEvidence:
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(
            service.operators().GetTransferEvidence,
            pb.GetTransferEvidenceRequest(transfer_id=transfer_id, ask_statement=statement),
            timeout_s=BANK_S if statement else USUAL_S,
        )


async def _resolve(
    settings: OpsSettings,
    evidence: pb.TransferEvidence,
    resolution: pb.Resolution.ValueType,
    reason: str,
) -> Transfer:
    seen = max((event.sequence for event in evidence.transfer.events), default=0)
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(
            service.operators().ResolveTransfer,
            pb.ResolveTransferRequest(
                transfer_id=evidence.transfer.transfer_id,
                resolution=resolution,
                reason=reason,
                seen_sequence=seen,
            ),
        )
