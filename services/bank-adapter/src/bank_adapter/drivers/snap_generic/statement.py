"""Bank statement (14), by whole days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.snap import statement, text


@dataclass(frozen=True, slots=True)
class Statement:
    profile: GenericProfile

    @property
    def most_lines(self) -> int:
        return self.profile.statement_lines

    def render(
        self, *, account_no: str, reference_no: str, first_day: date, last_day: date
    ) -> WireMessage:
        """Raises InvalidOrderError naming accountNo, fromDate or partnerReferenceNo."""
        text.account("accountNo", account_no, limit=self.profile.source_account_characters)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        text.days(first_day, last_day, limit=self.profile.statement_days)
        return statement.render(
            path=self.profile.statement_path,
            account_no=account_no,
            reference_no=reference_no,
            first_day=first_day,
            last_day=last_day,
        )
