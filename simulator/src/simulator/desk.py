"""The bank's front desk: takes a request from the server to its route, and under a fault if told.

Carrying out a request never awaits; only a fault's delays and writing do.
"""

import asyncio
from collections.abc import Iterable
from functools import partial

from aiohttp import web
from aiohttp.web_request import BaseRequest

from simulator import wire
from simulator.bank import Bank
from simulator.callbacks import LateRejections
from simulator.codes import message, response_code
from simulator.exchange import Call, Refused, Reply, Route
from simulator.faults.plan import Answer, Plan, Wire
from simulator.requests_log import Record
from simulator.routes import Routes
from simulator.transfers import remember_failed, remember_stranger


class Desk:
    """The handler of the bank's port."""

    def __init__(self, bank: Bank, routes: Iterable[Route], late: LateRejections) -> None:
        self._bank = bank
        self._routes = Routes(routes)
        self._late = late

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer one request. Every request leaves a record, answered or not."""
        bank = self._bank
        call = Call(
            method=request.method,
            path=request.raw_path,
            headers=request.headers,
            body=await request.read(),
            received_us=bank.clock.now_us(),
        )
        route = self._routes.find(call)
        if isinstance(route, Reply):
            self._record(call, "", route, "")
            return wire.whole(route, call.received_us)
        try:
            route.admit(bank, call, route)
            order = partial(route.order, call) if route.order is not None else None
            plan = bank.faults.choose(route.service, call.document, order)
            if plan is not None:
                return await self._under(plan, call, route, request)
            reply = route.perform(bank, call)
        except Refused as refused:
            reply = route.refuse(bank, call, route, refused)
        self._record(call, route.service, reply, "")
        if bank.rules.reply_delay_ms:
            await asyncio.sleep(bank.rules.reply_delay_ms / 1000)
        return wire.whole(reply, call.received_us)

    async def _under(
        self, plan: Plan, call: Call, route: Route, request: BaseRequest
    ) -> web.StreamResponse:
        """Answer as a fault wants it."""
        call.plan = plan
        if plan.wait_before_s:
            await asyncio.sleep(plan.wait_before_s)
        reply = self._outcome(plan, call, route)
        answered = plan.wire not in {
            Wire.CLOSED,
            Wire.CUT_IN_HEADERS,
            Wire.CUT_IN_BODY,
        }
        self._record(call, route.service, reply if answered else Reply(0, {}), plan.kind)
        if plan.wait_after_s and plan.wire is not Wire.SLOW:
            await asyncio.sleep(plan.wait_after_s)
        response = await wire.broken(request, reply, plan, self._bank.clock.now_us())
        if response is None:
            raise asyncio.CancelledError
        return response

    def _outcome(self, plan: Plan, call: Call, route: Route) -> Reply:
        """Carry the request out, or not, and the reply that the plan makes of it."""
        bank = self._bank
        if plan.revokes_token:
            bank.tokens.revoke(call.token)
        if plan.known_as is not None and route.order is not None:
            remember_stranger(bank, call, route.order(call), plan.known_as)
        reply = self._carried_out(plan, call, route)
        if plan.answer is not None:
            return self._forced(plan.answer, call, route, reply)
        if plan.rewrite is not None and reply.status < 300:  # noqa: PLR2004 - HTTP
            plan.rewrite(reply.body)
        return reply

    def _forced(self, answer: Answer, call: Call, route: Route, reply: Reply) -> Reply:
        """The answer of a plan: a success in other words keeps its body, an error has its own."""
        if max(answer.status, reply.status) < 300 and "responseCode" in reply.body:  # noqa: PLR2004 - HTTP
            reply.status = answer.status
            reply.body["responseCode"] = response_code(answer.status, route.service, answer.case)
            reply.body["responseMessage"] = answer.message or message(answer.status, answer.case)
        else:
            refused = Refused(answer.status, answer.case, answer.message)
            reply = route.refuse(self._bank, call, route, refused)
        if answer.response_code is not None:
            reply.body["responseCode"] = answer.response_code
        return reply

    def _carried_out(self, plan: Plan, call: Call, route: Route) -> Reply:
        bank = self._bank
        if not plan.carries_out:
            if plan.remembers_failure and route.order is not None:
                remember_failed(bank, call, route.order(call), "Transaction Failed")
            return Reply(200, {})
        try:
            reply = route.perform(bank, call)
        except Refused as refused:
            return route.refuse(bank, call, route, refused)
        if plan.late_rejection_s is not None:
            self._late.schedule(call, route.service, plan.late_rejection_s)
        return reply

    def _record(self, call: Call, service: str, reply: Reply, fault: str) -> None:
        code = str(reply.body.get("responseCode") or reply.body.get("ErrorCode", ""))
        self._bank.requests.add(Record(call, service, reply.status, code, fault))
