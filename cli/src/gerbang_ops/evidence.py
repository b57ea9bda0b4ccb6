"""A transfer's evidence as a person reads it, and what each decision will do."""

from __future__ import annotations

from collections.abc import Sequence

from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Attempt, Rail, Transfer
from rich.console import Console

from gerbang_ops.output import moment, plain, print_table

_WHY = {
    "INQUIRIES_EXHAUSTED": "The bank was asked to the end of the schedule: no final word.",
    "BANK_CONTRADICTS": "The bank said the opposite of what was final before.",
    "NOT_ON_STATEMENT": "It was settled, and the bank's statements do not show its debit.",
    "DEBIT_ON_STATEMENT": (
        "The statement shows its debit, and here it was never sent, or refused. Do not resume it."
    ),
    "SEND_BY_PASSED": "A person had it sent again, and it could not be sent in time.",
}
_COLLIDED = "The bank holds our reference for a payment that we never sent."
_OPTIONS = {pb.SETTLED: "--settled", pb.REJECTED: "--rejected", pb.RESUMED: "--resume"}
_DOES = {
    pb.SETTLED: "The ERP will see SETTLED: the money moved. It will not be paid again.",
    pb.REJECTED: (
        "The ERP will see REJECTED: no money moved. It may pay again under a new reference. "
        "If this payment did arrive, that is a double payment."
    ),
    pb.RESUMED: (
        "The payment is SENT AGAIN at once under the same bank reference. If the first attempt "
        "did arrive, only the bank's own check of that reference prevents a double payment."
    ),
}


def state_name(evidence: pb.TransferEvidence) -> str:
    return Transfer.State.Name(evidence.transfer.state)


def money(transfer: Transfer) -> str:
    return f"{transfer.amount.currency} {transfer.amount.value}"


def print_waiting(out: Console, waiting: Sequence[pb.WaitingTransfer]) -> None:
    if not waiting:
        out.print("No transfer waits for a person.")
        return
    rows = [
        (
            one.transfer.transfer_id,
            moment(one.wait_start_time),
            one.client_id,
            one.transfer.partner_reference_no,
            one.transfer.bank,
            money(one.transfer),
            one.transfer.state_reason,
        )
        for one in waiting
    ]
    headings = ("transfer", "waits since", "client", "reference", "bank", "amount", "why")
    print_table(out, headings, rows)
    out.print(f"{len(waiting)} waiting. Look at one: gerbang-ops transfers show TRANSFER_ID")


def print_evidence(out: Console, evidence: pb.TransferEvidence) -> None:
    """Everything, in the order a person asks: what, why, what the bank said, what now."""
    _print_payment(out, evidence)
    _print_attempts(out, evidence)
    _print_events(out, evidence)
    for told in evidence.notifications:
        rejected = f"a rejection, {told.reject_reason}" if told.rejected else "no rejection"
        out.print(
            plain(
                f"The bank told us ({told.service_code}) at {moment(told.receive_time)}: "
                f"{rejected} {told.mismatch} [{told.handling}]"
            )
        )
        out.print(plain(f"  {told.body}"))
    if evidence.HasField("statement"):
        _print_statement(out, evidence.statement)
    for decision in evidence.decisions:
        out.print(
            f"Decided before: {pb.Resolution.Name(decision.resolution)} by {decision.operator} at "
            f"{moment(decision.decide_time)}: {plain(decision.reason)}"
        )
    allowed = [_OPTIONS[one] for one in evidence.allowed_resolutions if one in _OPTIONS]
    out.print(
        f"\nYou may decide: {', '.join(allowed)}"
        if allowed
        else "\nNothing to decide: it does not wait for a person."
    )


def consequence(evidence: pb.TransferEvidence, resolution: pb.Resolution.ValueType) -> str:
    """What the decision will do, for the last question."""
    transfer = evidence.transfer
    return (
        f"\n{money(transfer)} to {plain(transfer.beneficiary_account_no)} "
        f"({plain(transfer.beneficiary_account_name)}), reference "
        f"{plain(transfer.partner_reference_no)}\n{_DOES[resolution]}"
    )


def why(evidence: pb.TransferEvidence) -> str:
    """The reason in a sentence, with its name."""
    name = evidence.transfer.state_reason
    for start, sentence in _WHY.items():
        if name.startswith(start):
            return f"{sentence} ({plain(name)})"
    if any(event.kind == "COLLIDE" for event in evidence.transfer.events):
        return _COLLIDED
    return plain(name) or "-"


def _print_payment(out: Console, evidence: pb.TransferEvidence) -> None:
    transfer = evidence.transfer
    out.print(f"Transfer {transfer.transfer_id}: {state_name(evidence)}", style="bold")
    beneficiary = f"{transfer.beneficiary_account_no} {transfer.beneficiary_account_name}"
    lines = (
        ("why", why(evidence)),
        ("amount", money(transfer)),
        ("from", transfer.source_account_no),
        ("to", f"{beneficiary} {transfer.beneficiary_bank_code}"),
        ("bank, rail", f"{transfer.bank}, {Rail.Name(transfer.rail)}"),
        ("client", f"{evidence.client_id}, reference {transfer.partner_reference_no}"),
        ("the bank knows it as", transfer.bank_partner_reference_no),
        ("the bank calls it", transfer.bank_reference_no or "-"),
        ("the network calls it", transfer.network_reference_no or "-"),
        ("remark", transfer.remark or "-"),
        ("created", moment(transfer.create_time)),
        ("attempts that may have arrived", str(evidence.exposed_count)),
    )
    for name, value in lines:
        out.print(f"  {name}: {value if name == 'why' else plain(value)}")


def _print_attempts(out: Console, evidence: pb.TransferEvidence) -> None:
    out.print("\nAttempts and inquiries", style="bold")
    for number, one in enumerate(evidence.attempts, start=1):
        attempt = one.attempt
        bank_word = f"HTTP {attempt.http_status} {attempt.response_code} {one.response_message}"
        out.print(
            plain(
                f"  {number}. {moment(attempt.start_time)} {Attempt.Kind.Name(attempt.kind)} "
                f"({attempt.service_code}) {Attempt.Result.Name(attempt.result)}: "
                f"{attempt.verdict} {one.reason}"
            )
        )
        out.print(plain(f"     X-EXTERNAL-ID {attempt.external_id}"))
        if attempt.http_status:
            out.print(plain(f"     {bank_word}"))
        if one.reply:
            out.print(plain(f"     {one.reply}"))


def _print_events(out: Console, evidence: pb.TransferEvidence) -> None:
    out.print("\nEvents", style="bold")
    rows = [
        (
            str(event.sequence),
            moment(event.occur_time),
            event.kind,
            f"{event.from_state} > {event.to_state}" if event.from_state != event.to_state else "",
            event.reason,
            event.actor,
        )
        for event in evidence.transfer.events
    ]
    print_table(out, ("", "at", "event", "from > to", "reason", "by"), rows)


def _print_statement(out: Console, statement: pb.StatementEvidence) -> None:
    days = f"{statement.first_day} to {statement.last_day}"
    out.print(f"\nStatement of the account, {days}", style="bold")
    if statement.problem:
        out.print(f"  The bank gave none: {plain(statement.problem)}. Ask the bank by telephone.")
        return
    for debit in statement.debits:
        out.print(
            plain(
                f"  debit {debit.amount.currency} {debit.amount.value} "
                f"{moment(debit.transaction_time)} {debit.remark} {debit.transaction_id}"
            )
        )
        if debit.names_transfer:
            out.print("    ^ NAMES THIS TRANSFER: the money moved.", style="bold red")
        elif debit.same_remark:
            out.print("    ^ has this transfer's remark; look whether another payment has it too")
    if not statement.debits:
        out.print("  No debit of this amount.")
    if not statement.complete:
        out.print("  NOT COMPLETE: that a debit is missing here proves nothing.", style="bold")
