"""BCA's bank statement (14, fact sheet section 6.2): 31 days, 9,000 movements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import statement, text


@dataclass(frozen=True, slots=True)
class Statement:
    """Newest first; the remark of a transfer stands inside a line's remark."""

    profile: BCASnapProfile

    @property
    def most_lines(self) -> int:
        return self.profile.statement_lines

    def render(
        self, *, account_no: str, reference_no: str, first_day: date, last_day: date
    ) -> WireMessage:
        """Raises InvalidOrderError naming accountNo, fromDate or partnerReferenceNo."""
        text.exact_digits("accountNo", account_no, digits=self.profile.account_digits)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        text.days(first_day, last_day, limit=self.profile.statement_days)
        return statement.render(
            path=self.profile.statement_path,
            account_no=account_no,
            reference_no=reference_no,
            first_day=first_day,
            last_day=last_day,
        )
