"""What the administrative API shows of the bank, as plain JSON documents."""

from dataclasses import asdict, fields
from typing import Any

from simulator import money
from simulator.bank import Bank
from simulator.clock import jakarta_day, snap_timestamp
from simulator.faults.book import Armed
from simulator.instructions import Instruction
from simulator.ledger import Entry
from simulator.strict import camel
from simulator.transfers import STRANGER


def ledger(
    bank: Bank, *, reference: str | None, external_id: str | None, limit: int
) -> dict[str, Any]:
    """Entries in the order of booking, with their count before the limit."""
    found = [
        one
        for one in bank.ledger.entries
        if (reference is None or one.partner_reference_no == reference)
        and (external_id is None or one.external_id == external_id)
    ]
    return {"count": len(found), "entries": [entry(one) for one in found[-limit:]]}


def entry(one: Entry) -> dict[str, Any]:
    return {
        "entryId": one.entry_id,
        "time": snap_timestamp(one.booked_us),
        "timeUs": one.booked_us,
        "debitAccount": one.debit_account,
        "creditAccount": one.credit_account,
        "amount": money.document(one.amount_minor, one.currency),
        "amountMinor": one.amount_minor,
        "clientId": one.client_id,
        "service": one.service,
        "partnerReferenceNo": one.partner_reference_no,
        "externalId": one.external_id,
        "referenceNo": one.reference_no,
        "status": one.status,
        "closedUs": one.closed_us,
    }


def references(bank: Bank, *, client_id: str | None, minimum_debits: int) -> dict[str, Any]:
    """For each partnerReferenceNo of one partner: its debits, and how many of them stand.

    `debits` counts every booking that was ever made, also those given back; `standing` those that
    hold money now. More than one in `debits` is what a gateway must never cause. What somebody else
    booked under the reference (fault `known_reference`) is not among them: `strangers` are its
    amounts.
    """
    summary: dict[str, dict[str, Any]] = {}
    for one in bank.instructions.all:
        if client_id not in {None, one.client_id}:
            continue
        seen = summary.setdefault(
            one.order.partner_reference_no,
            {
                "debits": 0,
                "standing": 0,
                "amountMinor": 0,
                "statuses": [],
                "externalIds": [],
                "strangers": [],
            },
        )
        if STRANGER in one.marks:
            seen["strangers"].append(one.order.amount_minor)
            continue
        seen["statuses"].append(one.status)
        seen["externalIds"].append(one.external_id)
        if one.entry is not None:
            seen["debits"] += 1
            if one.entry.holds_money:
                seen["standing"] += 1
                seen["amountMinor"] += one.entry.amount_minor
    shown = {name: seen for name, seen in summary.items() if seen["debits"] >= minimum_debits}
    return {"count": len(shown), "references": shown}


def instructions(
    bank: Bank, *, reference: str | None, external_id: str | None, limit: int
) -> dict[str, Any]:
    found = [
        one
        for one in bank.instructions.all
        if (reference is None or one.order.partner_reference_no == reference)
        and (external_id is None or one.external_id == external_id)
    ]
    return {"count": len(found), "instructions": [instruction(one) for one in found[-limit:]]}


def instruction(one: Instruction) -> dict[str, Any]:
    order = one.order
    return {
        "clientId": one.client_id,
        "service": order.service,
        "partnerReferenceNo": order.partner_reference_no,
        "externalId": one.external_id,
        "referenceNo": one.reference_no,
        "amount": money.document(order.amount_minor, order.currency),
        "sourceAccountNo": order.source_account,
        "beneficiaryAccountNo": order.beneficiary_account,
        "beneficiaryBankCode": order.beneficiary_bank_code,
        "transactionDate": order.transaction_date,
        "receivedUs": one.received_us,
        "status": one.status,
        "description": one.description,
        "entryId": one.entry.entry_id if one.entry is not None else None,
        "entryStatus": one.entry.status if one.entry is not None else None,
    }


def stats(bank: Bank) -> dict[str, Any]:
    """Counts of everything, and whether the books balance."""
    books = bank.ledger
    opened = sum(account.opening_minor for account in books.accounts.values())
    standing: dict[str, int] = {}
    for one in books.entries:
        standing[one.status.value] = standing.get(one.status.value, 0) + 1
    return {
        "requests": bank.requests.received,
        "answers": [
            {"service": service, "answer": answer, "count": count}
            for (service, answer), count in sorted(bank.requests.by_answer.items())
        ],
        "faults": dict(bank.requests.by_fault),
        "entries": len(books.entries),
        "entriesByStatus": standing,
        "instructions": len(bank.instructions.all),
        "booksBalance": books.total_minor() == opened,
    }


def fault(armed: Armed) -> dict[str, Any]:
    document = {camel(name): value for name, value in asdict(armed.order).items()}
    return {"id": armed.number, "matched": armed.matched, "hit": armed.hit, **document}


def clock(bank: Bank) -> dict[str, Any]:
    now_us = bank.clock.now_us()
    return {
        "now": snap_timestamp(now_us),
        "nowUs": now_us,
        "offsetSeconds": bank.clock.offset_us / 1_000_000,
        "jakartaDay": jakarta_day(now_us),
    }


def rules(bank: Bank) -> dict[str, Any]:
    return {camel(name): value for name, value in asdict(bank.rules).items()}


def given(change: Any) -> dict[str, Any]:
    """The members of a change that were said, by their names in the rules."""
    said = {field.name: getattr(change, field.name) for field in fields(change)}
    return {name: value for name, value in said.items() if value is not None}
