"""The invariants of money, each a function from the books to what breaks it.

Every broken rule is a line of text; an empty list is the only good result.
The numbers are those of docs/transfer-life.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from books import Books
from erp_stream import Told

SETTLED = frozenset({"SETTLED", "RECONCILED"})
REFUSED = frozenset({"REJECTED", "CANCELLED"})
RESTING = SETTLED | REFUSED | {"RETURNED", "NEEDS_OPERATOR"}
# Ends of the paths of questions, of which only the audit is told; a token of SNAP has none.
QUESTIONS = ("bank-adapter", "balance-inquiry", "bank-statement", "statements")
# Paths of the older API, whose requests carry no external id.
WITHOUT_EXTERNAL_ID = "/banking/"


def broken(books: Books, told: Mapping[str, Told]) -> list[str]:
    """Every rule that the run broke."""
    return [
        *paid_once(books),
        *nothing_booked_that_is_not_ours(books),
        *told_the_truth(books),
        *nothing_lost(books, told),
        *nothing_left_sending(books),
        *every_attempt_is_audited(books),
        *same_bytes(books),
        *signed_what_was_sent(books),
        *([] if books.bank_balances else ["the bank's books do not balance"]),
    ]


def paid_once(books: Books) -> list[str]:
    """1: the bank debits each reference of a bank identity at most once."""
    return [
        f"{identity}: {reference} was debited {found['debits']} times"
        for (identity, reference), found in books.references.items()
        if found["debits"] > 1
    ]


def nothing_booked_that_is_not_ours(books: Books) -> list[str]:
    """1: no bank identity was debited under a reference that we never gave out."""
    ours = {(row.bank_identity, row.bank_partner_reference_no) for row in books.transfers}
    return [
        f"{identity} was debited under {reference}, which is no transfer of ours"
        for (identity, reference), found in books.references.items()
        if found["debits"] and (identity, reference) not in ours
    ]


def told_the_truth(books: Books) -> list[str]:
    """2: no transfer is SETTLED, REJECTED or RETURNED against the bank's ledger.

    What somebody else paid under our reference, to the same account and of the
    same amount, is by all that the bank can say our payment: asked by the
    reference it settles, and never pays again.
    """
    broken = []
    for row in books.transfers:
        found = books.of(row)
        standing = found["standing"]
        known = row.amount_minor in found["strangers"] and not standing
        right = (standing, found["amountMinor"]) == (1, row.amount_minor)
        if row.state in SETTLED and not (right or known):
            broken.append(f"{row.transfer_id} is {row.state} with {standing} debits standing")
        if row.state in REFUSED | {"RETURNED"} and standing:
            broken.append(f"{row.transfer_id} is {row.state} but its debit stands")
    return broken


def nothing_lost(books: Books, told: Mapping[str, Told]) -> list[str]:
    """3: what was acknowledged is there, once, as it was ordered and told."""
    by_reference: dict[str, list[Any]] = {}
    for row in books.transfers:
        by_reference.setdefault(row.partner_reference_no, []).append(row)
    return [
        f"{reference} {complaint}"
        for reference, heard in told.items()
        for complaint in _complaints(heard, by_reference.get(reference, []))
    ]


def _complaints(heard: Told, rows: list[Any]) -> Iterable[str]:
    if heard.refusals:
        yield f"was refused: {heard.refusals[0]}"
    if len(rows) != 1:
        yield f"has {len(rows)} transfers"
        return
    (row,) = rows
    if heard.transfer_ids != {row.transfer_id}:
        yield f"was told {heard.transfer_ids}"
    if f"{row.amount_minor // 100}.00" != heard.payment.amount:
        yield "has another amount"
    if row.bank != heard.payment.route.bank.bank_id:
        yield "was paid by another bank"
    if "SETTLED" in heard.states and row.state in REFUSED:
        yield f"was told SETTLED and is {row.state}"
    if "REJECTED" in heard.states and row.state in SETTLED:
        yield f"was told REJECTED and is {row.state}"


def nothing_left_sending(books: Books) -> list[str]:
    """4: nothing stays on its way."""
    return [
        f"{row.transfer_id} is still {row.state}"
        for row in books.transfers
        if row.state not in RESTING
    ]


def every_attempt_is_audited(books: Books) -> list[str]:
    """5: every attempt has an audit event, and the chain verifies."""
    missing = [
        f"attempt {row.attempt_id} ({row.kind}, {row.result}) is not in the audit"
        for row in books.attempts
        if row.attempt_id not in books.audited_attempts
    ]
    return missing + ([f"audit chain: {books.audit_complaint}"] if books.audit_complaint else [])


def same_bytes(books: Books) -> list[str]:
    """6: the bytes stored and hashed are the bytes that the bank received."""
    broken = [
        f"attempt {row.attempt_id}: stored digest is not of the stored bytes"
        for row in books.attempts
        if hashlib.sha256(row.body).digest() != row.body_sha256
    ]
    by_external_id = {row.external_id: (row.path, row.body) for row in books.attempts}
    stored = {(row.path, row.body) for row in books.attempts}
    for request in books.requests:
        received = (request["path"], request["body"].encode())
        if request["path"].startswith(WITHOUT_EXTERNAL_ID):
            if received not in stored:
                broken.append(f"the bank received {received}, which we never stored")
            continue
        ours = by_external_id.get(request["externalId"])
        if ours is None:
            broken.append(f"the bank received {request['externalId']}, which we never stored")
        elif ours != received:
            broken.append(f"{request['externalId']} reached the bank with other bytes")
    return broken


def signed_what_was_sent(books: Books) -> list[str]:
    """6: the signer's journal knows every message that left, by its bytes, and no other.

    A question that died with its asker before it was recorded (a token, a
    balance, a statement) leaves its signature alone; that moves no money.
    """
    return [
        f"signer's journal: {finding}"
        for finding in books.reconciled
        if not (
            finding.get("fault") == "SIGNATURE_WITHOUT_ATTEMPT"
            and finding["about"].endswith(QUESTIONS)
        )
    ]
