"""The administrative API: what tests read and set. Plain HTTP on loopback, never for a partner.

Bodies are strict JSON in camelCase; a wrong one is a 400 that names its member.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from aiohttp import web

from simulator import views
from simulator.bank import Bank, account_view
from simulator.callbacks import LateRejections
from simulator.clock import SECOND_US
from simulator.config import AccountSetting
from simulator.door import Door
from simulator.faults.kinds import KINDS
from simulator.faults.order import FaultOrder
from simulator.notifier import Notifier
from simulator.partners import read_public_key
from simulator.requests_log import describe
from simulator.strict import ShapeError, build, camel
from simulator.transfers import end_the_night

T = TypeVar("T")
_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """Seconds the bank's clock is ahead of the machine's; negative is behind."""

    offset_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChange:
    """Habits that a running bank may change."""

    reply_delay_ms: int | None = None
    strict_body: bool | None = None
    timestamp_tolerance_s: int | None = None
    lenient_timestamps: bool | None = None
    duplicate_reference_conflict: bool | None = None
    inconsistent_reference_refused: bool | None = None
    external_id_once_a_day: bool | None = None
    new_token_revokes_old: bool | None = None
    inquiry_before_transfer: bool | None = None
    account_infos_as_object: bool | None = None
    clearing_pending_inquiries: int | None = None
    virtual_account_pending_inquiries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGift:
    """A token of a known text, for worked examples."""

    client_id: str
    token: str
    expires_in_s: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class NextKeys:
    """What a partner registers beside its key and secret, for a rotation."""

    client_id: str
    public_key_pem: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfDay:
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChange:
    """Whether partners can connect from now on. Those that are connected are cut off."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """The payment to reject late, by its partnerReferenceNo."""

    client_id: str
    partner_reference_no: str


def application(
    bank: Bank, late: LateRejections, notifier: Notifier, door: Door
) -> web.Application:
    """The administrative application."""
    desk = _Admin(bank, late, notifier, door)
    app = web.Application(middlewares=[_tell_shape_errors])
    app.add_routes(
        [
            web.get("/admin/ledger", desk.ledger),
            web.get("/admin/references", desk.references),
            web.get("/admin/instructions", desk.instructions),
            web.get("/admin/requests", desk.requests),
            web.get("/admin/notifications", desk.notifications),
            web.get("/admin/accounts", desk.accounts),
            web.post("/admin/accounts", desk.open_account),
            web.get("/admin/stats", desk.stats),
            web.get("/admin/health", desk.health),
            web.get("/admin/faults", desk.faults),
            web.post("/admin/faults", desk.arm),
            web.delete("/admin/faults", desk.disarm_all),
            web.delete("/admin/faults/{number}", desk.disarm),
            web.get("/admin/fault-kinds", desk.fault_kinds),
            web.post("/admin/clock", desk.set_clock),
            web.get("/admin/clock", desk.clock),
            web.post("/admin/rules", desk.change_rules),
            web.post("/admin/tokens", desk.give_token),
            web.delete("/admin/tokens", desk.revoke_tokens),
            web.post("/admin/partner-keys", desk.register_keys),
            web.post("/admin/end-of-day", desk.end_of_day),
            web.post("/admin/reject", desk.reject),
            web.post("/admin/notify", desk.notify),
            web.post("/admin/door", desk.door),
            web.post("/admin/reset", desk.reset),
        ]
    )
    return app


class _Admin:
    """One method a path."""

    def __init__(self, bank: Bank, late: LateRejections, notifier: Notifier, door: Door) -> None:
        self._bank = bank
        self._late = late
        self._notifier = notifier
        self._door = door

    async def health(self, _request: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def ledger(self, request: web.Request) -> web.Response:
        """Entries, newest last; `partnerReferenceNo`, `externalId` and `limit` narrow them."""
        return _json(
            views.ledger(
                self._bank,
                reference=request.query.get("partnerReferenceNo"),
                external_id=request.query.get("externalId"),
                limit=_limit(request),
            )
        )

    async def references(self, request: web.Request) -> web.Response:
        """Debits that stand for each partnerReferenceNo: the referee's own summary."""
        minimum = int(request.query.get("minimumDebits", "0"))
        client_id = request.query.get("clientId")
        return _json(views.references(self._bank, client_id=client_id, minimum_debits=minimum))

    async def instructions(self, request: web.Request) -> web.Response:
        return _json(
            views.instructions(
                self._bank,
                reference=request.query.get("partnerReferenceNo"),
                external_id=request.query.get("externalId"),
                limit=_limit(request),
            )
        )

    async def requests(self, request: web.Request) -> web.Response:
        found = self._bank.requests.find(
            external_id=request.query.get("externalId"), service=request.query.get("service")
        )
        shown = found[-_limit(request) :]
        return _json({"count": len(found), "requests": [describe(record) for record in shown]})

    async def notifications(self, _request: web.Request) -> web.Response:
        sent = self._bank.notifications
        return _json({"count": len(sent), "notifications": sent[-_SHOWN:]})

    async def accounts(self, _request: web.Request) -> web.Response:
        ledger = self._bank.ledger
        return _json(
            {
                "accounts": [account_view(account) for account in ledger.accounts.values()],
                "clearing": account_view(ledger.clearing),
            }
        )

    async def open_account(self, request: web.Request) -> web.Response:
        setting = await _body(request, AccountSetting)
        try:
            account = self._bank.add_account(setting)
        except ValueError as error:
            raise ShapeError(f"number: {error}") from error
        return _json(account_view(account))

    async def stats(self, _request: web.Request) -> web.Response:
        return _json(views.stats(self._bank))

    async def faults(self, _request: web.Request) -> web.Response:
        armed = self._bank.faults.armed()
        return _json({"faults": [views.fault(one) for one in armed]})

    async def fault_kinds(self, _request: web.Request) -> web.Response:
        return _json({"kinds": sorted(KINDS)})

    async def arm(self, request: web.Request) -> web.Response:
        order = await _body(request, FaultOrder)
        try:
            armed = self._bank.faults.arm(order)
        except ValueError as error:
            raise ShapeError(f"kind: {error}") from error
        return _json(views.fault(armed), status=201)

    async def disarm_all(self, _request: web.Request) -> web.Response:
        return _json({"removed": self._bank.faults.disarm()})

    async def disarm(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        gone = self._bank.faults.disarm(int(number)) if number.isdigit() else 0
        return _json({"removed": gone}, status=200 if gone else 404)

    async def set_clock(self, request: web.Request) -> web.Response:
        change = await _body(request, ClockChange)
        self._bank.clock.offset_us = round(change.offset_seconds * SECOND_US)
        return await self.clock(request)

    async def clock(self, _request: web.Request) -> web.Response:
        return _json(views.clock(self._bank))

    async def change_rules(self, request: web.Request) -> web.Response:
        self._bank.change_rules(views.given(await _body(request, RulesChange)))
        return _json(views.rules(self._bank))

    async def give_token(self, request: web.Request) -> web.Response:
        gift = await _body(request, TokenGift)
        if gift.client_id not in self._bank.partners:
            raise ShapeError("clientId: no such partner")
        expires_us = self._bank.clock.now_us() + gift.expires_in_s * SECOND_US
        self._bank.tokens.install(gift.token, gift.client_id, expires_us)
        return _json({})

    async def revoke_tokens(self, request: web.Request) -> web.Response:
        return _json({"revoked": self._bank.tokens.revoke_all(request.query.get("clientId"))})

    async def register_keys(self, request: web.Request) -> web.Response:
        """The partner's next key and secret are good from now on, beside those it has."""
        keys = await _body(request, NextKeys)
        partner = self._bank.partners.get(keys.client_id)
        if partner is None:
            raise ShapeError("clientId: no such partner")
        changes: dict[str, Any] = {}
        if keys.secret is not None:
            changes["next_secret"] = keys.secret.encode()
        if keys.public_key_pem is not None:
            try:
                changes["next_public_key"] = read_public_key(keys.public_key_pem.encode())
            except ValueError as error:
                raise ShapeError(f"publicKeyPem: {error}") from error
        self._bank.partners[keys.client_id] = replace(partner, **changes)
        return _json({})

    async def end_of_day(self, request: web.Request) -> web.Response:
        """Begin or end the bank's night; at its end the waiting payments are settled."""
        self._bank.end_of_day = (await _body(request, EndOfDay)).on
        settled = 0 if self._bank.end_of_day else end_the_night(self._bank)
        return _json({"endOfDay": self._bank.end_of_day, "settled": settled})

    async def reject(self, request: web.Request) -> web.Response:
        """Reject a booked payment late and notify the partner."""
        wanted = await _body(request, Rejection)
        found = self._bank.instructions.by_reference(wanted.client_id, wanted.partner_reference_no)
        booked = [one for one in found if one.entry is not None]
        if not booked:
            return _json({"error": "no booked payment under this reference"}, status=404)
        try:
            answer = await self._late.reject(booked[-1])
        except ValueError as error:
            return _json({"error": str(error)}, status=409)
        return _json({"notification": answer})

    async def notify(self, _request: web.Request) -> web.Response:
        """Notify again about everything that no partner has thanked for."""
        repeated = await self._notifier.repeat()
        return _json({"repeated": repeated, "unheard": self._notifier.unheard})

    async def door(self, request: web.Request) -> web.Response:
        """Cut every partner's connection; admit new ones, or nobody until it is opened again."""
        wanted = await _body(request, DoorChange)
        cut = await self._door.open() if wanted.open else await self._door.shut()
        return _json({"open": wanted.open, "cut": cut})

    async def reset(self, _request: web.Request) -> web.Response:
        self._bank.reset()
        return _json({})


@web.middleware
async def _tell_shape_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except ShapeError as error:
        return _json({"error": str(error)}, status=400)


async def _body(request: web.Request, model: type[T]) -> T:
    try:
        source = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise ShapeError(f"document: {error}") from error
    return build(model, source, rename=camel)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(_SHOWN))
    if not text.isdigit() or text == "0":
        raise ShapeError("limit: a positive number")
    return int(text)


def _json(body: dict[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS),
        status=status,
        content_type="application/json",
    )
