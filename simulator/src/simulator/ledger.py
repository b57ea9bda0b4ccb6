"""The books: accounts and entries, the referee of every test.

Every booking moves an amount between two accounts and appends one entry; nothing is removed, an
entry only changes its status. Money of other banks passes over one clearing account, so the sum
of all balances never changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from simulator import money
from simulator.config import AccountSetting, AccountStatus

CLEARING = "CLEARING"


class EntryStatus(StrEnum):
    """BOOKED is final; PENDING holds the debit; REVERSED and RETURNED gave the money back."""

    BOOKED = "BOOKED"
    PENDING = "PENDING"
    REVERSED = "REVERSED"
    RETURNED = "RETURNED"


@dataclass(slots=True, kw_only=True)
class Account:
    number: str
    name: str
    owner: str
    currency: str
    status: AccountStatus
    opening_minor: int
    balance_minor: int


@dataclass(slots=True, kw_only=True)
class Entry:
    """One movement: who paid whom, under which names, and what became of it."""

    entry_id: int
    booked_us: int
    debit_account: str
    credit_account: str
    amount_minor: int
    currency: str
    client_id: str
    service: str
    partner_reference_no: str
    external_id: str
    reference_no: str
    remark: str
    status: EntryStatus
    closed_us: int = 0

    @property
    def holds_money(self) -> bool:
        """Whether the debit stands: what may be true once for each partnerReferenceNo."""
        return self.status in {EntryStatus.BOOKED, EntryStatus.PENDING}


class Ledger:
    """Accounts by number and entries in the order of booking."""

    def __init__(self, accounts: Iterable[AccountSetting]) -> None:
        self.accounts: dict[str, Account] = {}
        self.entries: list[Entry] = []
        for setting in accounts:
            self.open(setting)
        self._clearing = Account(
            number=CLEARING,
            name="CLEARING",
            owner="",
            currency="IDR",
            status=AccountStatus.ACTIVE,
            opening_minor=0,
            balance_minor=0,
        )

    def open(self, setting: AccountSetting) -> Account:
        """Open an account. Raises ValueError for a number that entries already name."""
        if any(setting.number in {e.debit_account, e.credit_account} for e in self.entries):
            raise ValueError("the account has entries")
        opening = money.parse(setting.balance)
        account = Account(
            number=setting.number,
            name=setting.name,
            owner=setting.owner,
            currency=setting.currency,
            status=setting.status,
            opening_minor=opening,
            balance_minor=opening,
        )
        self.accounts[setting.number] = account
        return account

    @property
    def clearing(self) -> Account:
        return self._clearing

    def append(self, entry: Entry) -> None:
        """Book an entry as its status says. The caller has checked the funds."""
        self.entries.append(entry)
        self.accounts[entry.debit_account].balance_minor -= entry.amount_minor
        if entry.status is EntryStatus.BOOKED:
            self._creditor(entry).balance_minor += entry.amount_minor
        else:
            self._clearing.balance_minor += entry.amount_minor

    def settle(self, entry: Entry, now_us: int) -> None:
        """PENDING becomes BOOKED: the beneficiary is credited."""
        self._require(entry, EntryStatus.PENDING)
        self._clearing.balance_minor -= entry.amount_minor
        self._creditor(entry).balance_minor += entry.amount_minor
        entry.status = EntryStatus.BOOKED
        entry.closed_us = now_us

    def reverse(self, entry: Entry, now_us: int) -> None:
        """PENDING becomes REVERSED: the payer has the money again."""
        self._require(entry, EntryStatus.PENDING)
        self._clearing.balance_minor -= entry.amount_minor
        self.accounts[entry.debit_account].balance_minor += entry.amount_minor
        entry.status = EntryStatus.REVERSED
        entry.closed_us = now_us

    def give_back(self, entry: Entry, now_us: int) -> None:
        """BOOKED becomes RETURNED: a late rejection took the money back from the beneficiary."""
        self._require(entry, EntryStatus.BOOKED)
        self._creditor(entry).balance_minor -= entry.amount_minor
        self.accounts[entry.debit_account].balance_minor += entry.amount_minor
        entry.status = EntryStatus.RETURNED
        entry.closed_us = now_us

    def total_minor(self) -> int:
        """The sum of all balances; it equals the sum of the opening balances at any time."""
        balances = sum(account.balance_minor for account in self.accounts.values())
        return balances + self._clearing.balance_minor

    def _creditor(self, entry: Entry) -> Account:
        return self.accounts.get(entry.credit_account, self._clearing)

    def _require(self, entry: Entry, status: EntryStatus) -> None:
        if entry.status is not status:
            raise ValueError(f"entry {entry.entry_id} is {entry.status}, not {status}")
