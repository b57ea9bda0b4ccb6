"""The kinds of fault: one small function each, from an order to a plan, in one registry."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator import money
from simulator.faults.order import FaultOrder
from simulator.faults.plan import Answer, Known, Pending, Plan, Wire

_DEFAULT_DELAY_S = 5.0
_JUDGED = frozenset({403, 404, 500, 502, 504})
"""Answers given after the bank took the payment up, so that an inquiry knows it as failed."""
_ACCOUNT_FIELDS = (
    "beneficiaryAccountNo",
    "beneficiaryAccountNumber",
    "virtualAccountNo",
    "accountNo",
    "BeneficiaryAccountNumber",
)
_REFERENCE_FIELDS = (
    "partnerReferenceNo",
    "originalPartnerReferenceNo",
    "originalExternalId",
    "TransactionID",
    "transaction_id",
)


def _delay(_order: FaultOrder) -> Plan:
    return Plan(kind="delay")


def _delay_before_booking(order: FaultOrder) -> Plan:
    return Plan(kind="delay_before_booking", wait_before_s=_seconds(order))


def _drop_before_booking(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, carries_out=False, wire=Wire.CLOSED)


def _drop_after_booking(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, wire=Wire.CLOSED)


def _answer(order: FaultOrder, status: int, case: str) -> Plan:
    """An error answer; the order's own status and case go first."""
    status = order.http_status or status
    case = order.case_code or case
    judged = status in _JUDGED and (status, case) != (404, "18")
    return Plan(
        kind=order.kind,
        carries_out=order.booked,
        remembers_failure=order.remembered and not order.booked and judged,
        answer=Answer(
            status=status,
            case=case,
            message=order.message,
            response_code=order.response_code,
        ),
    )


def _refused_at_the_door(order: FaultOrder, status: int, case: str) -> Plan:
    """An error answer before the bank looked at the payment: nothing booked or remembered."""
    return replace(_answer(replace(order, booked=False), status, case), remembers_failure=False)


def _html_502(order: FaultOrder) -> Plan:
    return replace(_answer(order, 502, "00"), wire=Wire.HTML)


def _wrong_echo(order: FaultOrder) -> Plan:
    rewrites = {"amount": _other_amount, "account": _other_account, "reference": _other_reference}
    return Plan(kind=order.kind, rewrite=rewrites[order.field])


def _token_revoked(order: FaultOrder) -> Plan:
    return replace(_refused_at_the_door(order, 401, "01"), revokes_token=True)


def _known_reference(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, known_as=Known.SAME if order.booked else Known.OTHER_AMOUNT)


def _pending_then_final(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, pending=Pending(inquiries=order.times, final=order.final))


def _accepted_202(order: FaultOrder) -> Plan:
    return replace(_answer(replace(order, booked=True), 202, "00"), remembers_failure=False)


def _late_rejection(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, late_rejection_s=order.delay_ms / 1000)


def _status(order: FaultOrder) -> Plan:
    return Plan(kind=order.kind, status_shown=order.status)


def _redirect_307(order: FaultOrder) -> Plan:
    return Plan(
        kind=order.kind,
        carries_out=order.booked,
        answer=Answer(status=order.http_status or 307, case="00"),
        wire=Wire.REDIRECT,
        location=order.location,
    )


def _on_the_wire(wire: Wire) -> Callable[[FaultOrder], Plan]:
    def plan(order: FaultOrder) -> Plan:
        return Plan(kind=order.kind, wire=wire, size_bytes=order.size_bytes)

    return plan


def _rewriting(rewrite: Callable[[dict[str, Any]], None]) -> Callable[[FaultOrder], Plan]:
    def plan(order: FaultOrder) -> Plan:
        return Plan(kind=order.kind, rewrite=rewrite)

    return plan


def _other_amount(body: dict[str, Any]) -> None:
    for name in ("amount", "paidAmount"):
        amount = body.get(name)
        if isinstance(amount, dict) and isinstance(amount.get("value"), str):
            body[name] = {**amount, "value": money.render(money.parse(amount["value"]) + 100)}
    if isinstance(body.get("Amount"), str):
        body["Amount"] = money.render(money.parse(body["Amount"]) + 100)


def _other_account(body: dict[str, Any]) -> None:
    for name in _ACCOUNT_FIELDS:
        _turn_last_digit(body, name)


def _other_reference(body: dict[str, Any]) -> None:
    for name in _REFERENCE_FIELDS:
        _turn_last_digit(body, name)


def _turn_last_digit(body: dict[str, Any], name: str) -> None:
    value = body.get(name)
    if isinstance(value, str) and value:
        body[name] = value[:-1] + ("0" if value[-1] == "9" else "9")


def _foreign_service_code(body: dict[str, Any]) -> None:
    code = str(body.get("responseCode", ""))
    foreign = "51" if code[3:5] != "51" else "50"
    body["responseCode"] = code[:3] + foreign + code[5:]


def _response_code_as_number(body: dict[str, Any]) -> None:
    if str(body.get("responseCode", "")).isdigit():
        body["responseCode"] = int(body["responseCode"])


def _account_infos_as_object(body: dict[str, Any]) -> None:
    infos = body.get("accountInfos")
    if isinstance(infos, list) and infos:
        body["accountInfos"] = infos[0]


def _expires_in_as_number(body: dict[str, Any]) -> None:
    for name in ("expiresIn", "expires_in"):
        if str(body.get(name, "")).isdigit():
            body[name] = int(body[name])


def _unknown_fields(body: dict[str, Any]) -> None:
    body["additionalRemark"] = "a field of next year"
    body["additionalInfo"] = {**(body.get("additionalInfo") or {}), "trace": {"hops": [1, 2]}}


KINDS: dict[str, Callable[[FaultOrder], Plan]] = {
    "answer": lambda order: _answer(order, 500, "00"),
    "delay": _delay,
    "delay_before_booking": _delay_before_booking,
    "drop_before_booking": _drop_before_booking,
    "drop_after_booking": _drop_after_booking,
    "http_500": lambda order: _answer(order, 500, "00"),
    "http_504": lambda order: _answer(order, 504, "00"),
    "html_502": _html_502,
    "wrong_echo": _wrong_echo,
    "token_revoked": _token_revoked,
    "known_reference": _known_reference,
    "not_found": lambda order: _refused_at_the_door(order, 404, "01"),
    "pending_then_final": _pending_then_final,
    "status": _status,
    "late_rejection": _late_rejection,
    "accepted_202": _accepted_202,
    "truncated_body": _on_the_wire(Wire.CUT_IN_BODY),
    "reset_in_headers": _on_the_wire(Wire.CUT_IN_HEADERS),
    "slow_body": _on_the_wire(Wire.SLOW),
    "empty_body": _on_the_wire(Wire.EMPTY),
    "huge_body": _on_the_wire(Wire.HUGE),
    "redirect_307": _redirect_307,
    "foreign_service_code": _rewriting(_foreign_service_code),
    "response_code_as_number": _rewriting(_response_code_as_number),
    "account_infos_as_object": _rewriting(_account_infos_as_object),
    "expires_in_as_number": _rewriting(_expires_in_as_number),
    "unknown_fields": _rewriting(_unknown_fields),
    "unauthorized": lambda order: _refused_at_the_door(order, 401, "00"),
    "rate_429": lambda order: _refused_at_the_door(order, 429, "00"),
    "conflict_409": lambda order: _answer(replace(order, remembered=False), 409, "00"),
}
"""Every kind that an order may name."""


def plan_of(order: FaultOrder) -> Plan:
    """The plan of an order. Raises ValueError for a kind that is not registered."""
    make = KINDS.get(order.kind)
    if make is None:
        raise ValueError(f"kind is one of {', '.join(sorted(KINDS))}")
    plan = make(order)
    if plan.kind in {"delay_before_booking", "late_rejection"}:
        return plan
    if plan.kind in {"delay", "slow_body"}:
        return replace(plan, wait_after_s=_seconds(order))
    return replace(plan, wait_after_s=order.delay_ms / 1000)


def _seconds(order: FaultOrder) -> float:
    return order.delay_ms / 1000 if order.delay_ms else _DEFAULT_DELAY_S
