"""The bank: all that its services share, and the way back from its journal.

Nothing here awaits. A service runs from its first check to its answer without another in between,
so a debit and the decision about its reply are one step.
"""

from dataclasses import asdict, replace
from typing import Any

from simulator import money
from simulator.clock import Clock
from simulator.config import AccountSetting, AccountStatus, Settings
from simulator.external_ids import ExternalIDs
from simulator.faults.book import FaultBook
from simulator.instructions import Instruction, InstructionBook
from simulator.journal import Journal, restore_instruction
from simulator.ledger import Account, Entry, EntryStatus, Ledger
from simulator.partners import know
from simulator.references import References
from simulator.requests_log import RequestLog
from simulator.tokens import TokenBook


class Bank:
    """State and rules; the dialects speak for it, the administrative API looks into it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.rules = settings.rules
        self.clock = clock
        self.partners = know(settings.partners)
        self.other_banks = {
            (account.bank_code, account.number): account for account in settings.other_bank_accounts
        }
        self.virtual_accounts = {bill.number: bill for bill in settings.virtual_accounts}
        self.journal = Journal(settings.journal_file, fsync=settings.journal_fsync)
        self._open_books()
        self._replay()

    def reset(self) -> None:
        """Start again from the configuration: books, tokens, faults, clock and journal."""
        self.journal.erase()
        self.clock.offset_us = 0
        self._open_books()

    def close(self) -> None:
        self.journal.close()

    def use_external_id(self, client_id: str, external_id: str, day: int) -> bool:
        """Take an X-EXTERNAL-ID for a Jakarta day; False when it was taken."""
        fresh = self.external_ids.use(client_id, external_id, day)
        if fresh:
            self.journal.external_id(client_id, external_id, day)
        return fresh or not self.rules.external_id_once_a_day

    def knows_external_id(self, client_id: str, external_id: str, day: int) -> bool:
        """Whether this id was used on a Jakarta day, where that matters."""
        used = self.external_ids.was_used(client_id, external_id, day)
        return used and self.rules.external_id_once_a_day

    def remember(self, instruction: Instruction) -> None:
        """Book an instruction's entry, if it has one, and keep the instruction."""
        if instruction.entry is not None:
            self.ledger.append(instruction.entry)
        self.instructions.remember(instruction)
        self.changed(instruction)

    def changed(self, instruction: Instruction) -> None:
        """Write down an instruction as it stands now."""
        self.journal.instruction(instruction)

    def change_rules(self, changes: dict[str, Any]) -> None:
        """Set rules by their names; a reset brings the configured ones back."""
        self.rules = replace(self.rules, **changes)

    def note_inquiry(self, client_id: str, reference: str, account: str) -> None:
        """An account was inquired under a reference; read only when inquiries are required."""
        if self.rules.inquiry_before_transfer:
            self._inquiries.add((client_id, reference, account))

    def was_inquired(self, client_id: str, reference: str, account: str) -> bool:
        return (client_id, reference, account) in self._inquiries

    def add_account(self, setting: AccountSetting) -> Account:
        """Open an account, or replace one that has no entries yet."""
        account = self.ledger.open(setting)
        self.journal.account(asdict(setting))
        return account

    def next_entry_id(self) -> int:
        return len(self.ledger.entries) + 1

    def _open_books(self) -> None:
        self.rules = self.settings.rules
        self.ledger = Ledger(self.settings.accounts)
        self.instructions = InstructionBook()
        self.external_ids = ExternalIDs()
        self.tokens = TokenBook()
        self.references = References()
        self.faults = FaultBook(magic_amounts=self.rules.magic_amounts)
        self.requests = RequestLog(self.rules.remembered_requests)
        self.notifications: list[dict[str, Any]] = []
        self.end_of_day = False
        self._inquiries: set[tuple[str, str, str]] = set()

    def _replay(self) -> None:
        latest: dict[int, Instruction] = {}
        for line in self.journal.read():
            match line["kind"]:
                case "instruction":
                    instruction = restore_instruction(line)
                    latest[instruction.number] = instruction
                case "external_id":
                    self.external_ids.use(line["client"], line["id"], line["day"])
                case "account":
                    members = {name: value for name, value in line.items() if name != "kind"}
                    members["status"] = AccountStatus(members["status"])
                    self.ledger.open(AccountSetting(**members))
        for number in sorted(latest):
            instruction = latest[number]
            if instruction.entry is not None:
                replay_entry(self.ledger, instruction.entry)
            self.instructions.remember(instruction)
        self.references.resume(one.reference_no for one in latest.values())


def replay_entry(ledger: Ledger, entry: Entry) -> None:
    """Book an entry again and bring it to the status it had."""
    reached = entry.status
    entry.status = EntryStatus.BOOKED if reached is EntryStatus.RETURNED else EntryStatus.PENDING
    ledger.append(entry)
    match reached:
        case EntryStatus.BOOKED:
            ledger.settle(entry, entry.closed_us)
        case EntryStatus.REVERSED:
            ledger.reverse(entry, entry.closed_us)
        case EntryStatus.RETURNED:
            ledger.give_back(entry, entry.closed_us)
        case EntryStatus.PENDING:
            pass


def account_view(account: Account) -> dict[str, str]:
    """An account as the administrative API shows it."""
    return {
        "number": account.number,
        "name": account.name,
        "owner": account.owner,
        "currency": account.currency,
        "status": account.status,
        "opening": money.render(account.opening_minor),
        "balance": money.render(account.balance_minor),
    }
