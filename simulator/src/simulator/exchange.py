"""One request and its reply, between the HTTP server and the dialects.

A `Call` is filled as it passes the gate; a `Refused` is a refusal with its case code; a `Route`
says how one path of one dialect is admitted, performed and refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator import codes
from simulator.faults.plan import Plan

if TYPE_CHECKING:
    from simulator.bank import Bank
    from simulator.instructions import Order
    from simulator.partners import KnownPartner


class Refused(Exception):  # noqa: N818 - the bank's word, an ordinary answer
    """The bank says no: HTTP status, case code and the sentence shown."""

    __slots__ = ("case", "message", "status")

    def __init__(self, status: int, case: str, message: str | None = None) -> None:
        super().__init__(status, case)
        self.status = status
        self.case = case
        self.message = codes.message(status, case) if message is None else message


@dataclass(slots=True)
class Reply:
    """An HTTP status and a JSON object; written to the wire by the server."""

    status: int
    body: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Call:
    """A request as received. The lower part is known once the gate has let it in.

    `source_account` is set by dialects whose calls do not name it.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_us: int
    token: str = ""
    external_id: str = ""
    source_account: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    _partner: "KnownPartner | None" = None

    @property
    def partner(self) -> "KnownPartner":
        """Who calls. Asking before the gate knows is an error of the simulator."""
        if self._partner is None:
            raise RuntimeError("the caller is not known yet")
        return self._partner

    @partner.setter
    def partner(self, partner: "KnownPartner") -> None:
        self._partner = partner

    @property
    def is_admitted(self) -> bool:
        return self._partner is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One service of one dialect.

    `admit` checks who calls and the form of what they say; `perform` does it, at once and whole;
    `refuse` renders a refusal; `order` reads the payment out of an admitted call, for the services
    that move money.
    """

    service: str
    dialect: str
    path: str
    method: str
    admit: "Callable[[Bank, Call, Route], None]"
    perform: "Callable[[Bank, Call], Reply]"
    refuse: "Callable[[Bank, Call, Route, Refused], Reply]"
    order: "Callable[[Call], Order] | None" = None
