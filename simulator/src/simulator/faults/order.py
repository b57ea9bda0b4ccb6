"""A fault as a test asks for it over the administrative API or by a magic amount."""

from dataclasses import dataclass
from typing import Literal

ANY_SERVICE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOrder:
    """Which requests are hit, how often, and the particulars of the kind.

    A request is hit when its service matches, the first `skip` matches are past, fewer than
    `count` were hit (none: no end) and a random number seeded by `seed` is under `probability`.
    `delay_ms` delays the answer of any kind. The rest is read by the kinds that need it.
    """

    kind: str
    service: str = ANY_SERVICE
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    seed: int = 0
    beneficiary_account: str | None = None
    partner_reference_no: str | None = None
    delay_ms: int = 0
    booked: bool = False
    remembered: bool = True
    http_status: int | None = None
    case_code: str | None = None
    response_code: str | None = None
    message: str | None = None
    times: int = 1
    final: Literal["00", "04", "05", "06"] = "00"
    field: Literal["amount", "account", "reference"] = "amount"
    status: str = "03"
    size_bytes: int = 8 * 1024 * 1024
    location: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError("probability is between 0 and 1")
        if min(self.skip, self.delay_ms, self.times, self.size_bytes) < 0:
            raise ValueError("numbers are not negative")
        if self.count is not None and self.count < 1:
            raise ValueError("count is at least 1, or absent")
        if self.http_status is not None and not 100 < self.http_status < 600:  # noqa: PLR2004 - HTTP
            raise ValueError("httpStatus is an HTTP status")
