"""What the bank remembers of payment requests, by external id and by partner's reference.

An `Order` is what a partner asks; an `Instruction` is that order as the bank dealt with it. Status
inquiries read instructions; the rule about repeated references reads them too.
"""

from dataclasses import dataclass, field

from simulator.clock import jakarta_day, parse_instant
from simulator.exchange import Refused
from simulator.ledger import Entry

SUCCESS = "00"
PENDING = "03"
REFUNDED = "04"
FAILED = "06"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payment as asked for. `beneficiary_bank_code` is "" inside the bank."""

    service: str
    partner_reference_no: str
    amount_minor: int
    currency: str
    source_account: str
    beneficiary_account: str
    beneficiary_bank_code: str = ""
    beneficiary_name: str = ""
    transaction_date: str = ""
    remark: str = ""

    @property
    def substance(self) -> tuple[str, int, str, str, str, str]:
        """What makes two requests the same payment; the date and the remark do not count."""
        return (
            self.service,
            self.amount_minor,
            self.currency,
            self.source_account,
            self.beneficiary_account,
            self.beneficiary_bank_code,
        )


@dataclass(slots=True, kw_only=True)
class Instruction:
    """One order under one external id, and its status as service 36 tells it."""

    client_id: str
    external_id: str
    received_us: int
    order: Order
    reference_no: str
    status: str
    description: str
    entry: Entry | None = None
    inquiries_until_final: int = 0
    final_status: str = SUCCESS
    waits_for_morning: bool = False
    marks: dict[str, str] = field(default_factory=dict)
    number: int = -1

    @property
    def day(self) -> int:
        """The Jakarta day of the partner's transactionDate, else of the receipt."""
        try:
            return jakarta_day(parse_instant(self.order.transaction_date))
        except ValueError:
            return jakarta_day(self.received_us)


class InstructionBook:
    """Instructions of all partners, oldest first under each key."""

    def __init__(self) -> None:
        self.all: list[Instruction] = []
        self._by_external_id: dict[tuple[str, str, str], list[Instruction]] = {}
        self._by_reference: dict[tuple[str, str], list[Instruction]] = {}
        self._of_day: dict[tuple[str, int], int] = {}

    def remember(self, instruction: Instruction) -> None:
        """Keep an instruction; its number is its place among all."""
        order = instruction.order
        instruction.number = len(self.all)
        self.all.append(instruction)
        key = (instruction.client_id, order.service, instruction.external_id)
        self._by_external_id.setdefault(key, []).append(instruction)
        reference = (instruction.client_id, order.partner_reference_no)
        self._by_reference.setdefault(reference, []).append(instruction)
        if instruction.entry is not None:
            day = (instruction.client_id, jakarta_day(instruction.received_us))
            self._of_day[day] = self._of_day.get(day, 0) + 1

    def booked_on(self, client_id: str, day: int) -> int:
        """How many transfers of a partner were booked on a Jakarta day."""
        return self._of_day.get((client_id, day), 0)

    def by_external_id(
        self, *, client_id: str, service: str, external_id: str, day: int | None
    ) -> Instruction | None:
        """The latest instruction under an external id, of one Jakarta day when it is given."""
        found = self._by_external_id.get((client_id, service, external_id), ())
        for instruction in reversed(found):
            if day is None or instruction.day == day:
                return instruction
        return None

    def by_reference(self, client_id: str, reference: str) -> list[Instruction]:
        """All instructions under a partner's reference, oldest first."""
        return self._by_reference.get((client_id, reference), [])

    def refuse_repeat(
        self, client_id: str, order: Order, *, duplicates: bool, inconsistent: bool
    ) -> None:
        """Raise Refused when the reference was used for a payment that stands.

        409/01 for the same payment, 404/18 for another; each only when switched on.
        """
        for earlier in self.by_reference(client_id, order.partner_reference_no):
            if earlier.status not in {SUCCESS, PENDING}:
                continue
            if earlier.order.substance != order.substance:
                if inconsistent:
                    raise Refused(404, "18")
            elif duplicates:
                raise Refused(409, "01")
