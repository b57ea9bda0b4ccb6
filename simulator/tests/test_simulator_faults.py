"""Every kind of fault does what the README says, and the ledger tells the truth about it."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from simulator.faults.kinds import KINDS
from simulator.faults.magic import MAGIC_AMOUNTS
from simulator.faults.order import FaultOrder

EXTERNAL_ID = "20261121103005000000000000000002"


@pytest.fixture
def bench(partner: Any, admin: Any) -> tuple[Any, Any]:
    """Who calls the bank, and who looks into it."""
    return partner, admin


async def shows_no_answer(sent: Awaitable[Any]) -> None:
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await sent


async def status_of(partner: Any) -> str:
    """latestTransactionStatus, or the response code when there is none."""
    heard = await partner.status(EXTERNAL_ID)
    return str(heard.body.get("latestTransactionStatus") or heard.code)


async def test_drop_before_booking_leaves_no_trace(partner: Any, admin: Any) -> None:
    await admin.fault("17", "drop_before_booking", count=1)
    await shows_no_answer(partner.transfer("1", external_id=EXTERNAL_ID))
    assert await admin.debits("1") == 0
    assert await status_of(partner) == "4043601"


async def test_drop_after_booking_keeps_the_debit(partner: Any, admin: Any) -> None:
    await admin.fault("17", "drop_after_booking", count=1)
    await shows_no_answer(partner.transfer("1", external_id=EXTERNAL_ID))
    assert await admin.debits("1") == 1
    assert await status_of(partner) == "00"


@pytest.mark.parametrize("kind", ["reset_in_headers", "truncated_body"])
async def test_cut_answer_keeps_the_debit(partner: Any, admin: Any, kind: str) -> None:
    await admin.fault("17", kind, count=1)
    await shows_no_answer(partner.transfer("1"))
    assert await admin.debits("1") == 1


@pytest.mark.parametrize("error", [("http_500", "00"), ("http_500", "01"), ("http_504", "00")])
@pytest.mark.parametrize(("booked", "debits", "status"), [(True, 1, "00"), (False, 0, "06")])
async def test_server_error_with_and_without_booking(
    bench: Any, error: tuple[str, str], booked: Any, debits: int, status: str
) -> None:
    partner, admin = bench
    kind, case = error
    await admin.fault("17", kind, caseCode=case, booked=booked, count=1)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    assert heard.code == f"{kind[-3:]}17{case}"
    assert await admin.debits("1") == debits
    assert await status_of(partner) == status


async def test_server_error_may_be_forgotten(partner: Any, admin: Any) -> None:
    await admin.fault("17", "http_500", remembered=False, count=1)
    await partner.transfer("1", external_id=EXTERNAL_ID)
    assert await status_of(partner) == "4043601"


@pytest.mark.parametrize(("booked", "debits"), [(True, 1), (False, 0)])
async def test_html_502(partner: Any, admin: Any, booked: Any, debits: int) -> None:
    await admin.fault("17", "html_502", booked=booked)
    heard = await partner.transfer("1")
    assert (heard.status, heard.headers["Content-Type"]) == (502, "text/html")
    assert b"<html>" in heard.raw
    assert await admin.debits("1") == debits


@pytest.mark.parametrize(
    ("field", "name", "shown"),
    [
        ("amount", "amount", {"value": "10001.00", "currency": "IDR"}),
        ("account", "beneficiaryAccountNo", "8010001579"),
        ("reference", "partnerReferenceNo", "19"),
    ],
)
async def test_wrong_echo_is_only_on_the_wire(
    partner: Any, admin: Any, field: str, name: str, shown: Any
) -> None:
    await admin.fault("17", "wrong_echo", field=field)
    heard = await partner.transfer("11")
    entry = (await admin.get("/admin/ledger"))["entries"][0]
    assert heard.body[name] == shown
    assert (entry["partnerReferenceNo"], entry["amountMinor"], entry["creditAccount"]) == (
        "11",
        1_000_000,
        "8010001575",
    )


async def test_wrong_echo_of_a_status_inquiry(partner: Any, admin: Any) -> None:
    await partner.transfer("11", external_id=EXTERNAL_ID)
    await admin.fault("36", "wrong_echo", field="amount")
    assert (await partner.status(EXTERNAL_ID)).body["amount"]["value"] == "10001.00"


async def test_revoked_token_stays_dead(partner: Any, admin: Any) -> None:
    await admin.fault("17", "token_revoked", count=1)
    token = await partner.token()
    first = await partner.transfer("1", token=token)
    second = await partner.transfer("1", token=token)
    third = await partner.transfer("1")
    assert [first.code, second.code, third.code] == ["4011701", "4011701", "2001700"]


async def test_not_found_n_times(partner: Any, admin: Any) -> None:
    await partner.transfer("1", external_id=EXTERNAL_ID)
    await admin.fault("36", "not_found", count=2)
    assert [await status_of(partner) for _ in range(3)] == ["4043601", "4043601", "00"]


@pytest.mark.parametrize(("final", "entry"), [("00", "BOOKED"), ("06", "REVERSED")])
async def test_pending_then_final(partner: Any, admin: Any, final: str, entry: str) -> None:
    await admin.fault("17", "pending_then_final", times=2, final=final)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    held = (await admin.get("/admin/ledger"))["entries"][0]["status"]
    seen = [await status_of(partner) for _ in range(4)]
    ended = (await admin.get("/admin/ledger"))["entries"][0]["status"]
    assert heard.code == "2021700"
    assert seen == ["03", "03", final, final]
    assert (held, ended) == ("PENDING", entry)
    assert (await admin.get("/admin/stats"))["booksBalance"] is True


async def test_reversed_payment_gives_the_money_back(partner: Any, admin: Any) -> None:
    await admin.fault("17", "pending_then_final", times=0, final="06")
    await partner.transfer("1", external_id=EXTERNAL_ID)
    await partner.status(EXTERNAL_ID)
    accounts = (await admin.get("/admin/accounts"))["accounts"]
    assert {one["number"]: one["balance"] for one in accounts}["1234567890"] == "1000000000.00"


async def test_status_shown_contradicts_the_books(partner: Any, admin: Any) -> None:
    await partner.transfer("1", external_id=EXTERNAL_ID)
    await admin.fault("36", "status", status="06", count=1)
    assert [await status_of(partner), await status_of(partner)] == ["06", "00"]


async def test_accepted_202_is_booked(partner: Any, admin: Any) -> None:
    await admin.fault("17", "accepted_202")
    heard = await partner.transfer("1")
    entry = (await admin.get("/admin/ledger"))["entries"][0]
    assert (heard.status, heard.code) == (202, "2021700")
    assert heard.body["referenceNo"] == entry["referenceNo"]


async def test_redirect_307_points_at_the_same_path(partner: Any, admin: Any) -> None:
    await admin.fault("17", "redirect_307", count=1)
    heard = await partner.transfer("1")
    assert (heard.status, heard.headers["Location"]) == (307, "/openapi/v1.0/transfer-intrabank")
    assert await admin.debits("1") == 0


@pytest.mark.parametrize(
    ("kind", "code"),
    [("unauthorized", "4011700"), ("rate_429", "4291700"), ("conflict_409", "4091700")],
)
async def test_refusal_at_the_door_books_nothing(
    partner: Any, admin: Any, kind: str, code: str
) -> None:
    await admin.fault("17", kind, count=1)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    assert heard.code == code
    assert await status_of(partner) == "4043601"


async def test_empty_body(partner: Any, admin: Any) -> None:
    await admin.fault("17", "empty_body")
    heard = await partner.transfer("1")
    assert (heard.status, heard.raw) == (200, b"")


async def test_huge_body_is_valid_json(partner: Any, admin: Any) -> None:
    await admin.fault("17", "huge_body", sizeBytes=300_000)
    heard = await partner.transfer("1")
    assert len(heard.raw) > 300_000
    assert heard.code == "2001700"


async def test_slow_body_arrives_whole(partner: Any, admin: Any) -> None:
    await admin.fault("17", "slow_body", delayMs=50)
    assert (await partner.transfer("1")).code == "2001700"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("foreign_service_code", "2005100"), ("response_code_as_number", 2001700)],
)
async def test_response_code_is_disfigured(partner: Any, admin: Any, kind: str, shown: Any) -> None:
    await admin.fault("17", kind)
    assert (await partner.transfer("1")).code == shown


async def test_token_lifetime_as_number(partner: Any, admin: Any) -> None:
    await admin.fault("73", "expires_in_as_number")
    assert (await partner.ask_token()).body["expiresIn"] == 900


async def test_account_infos_as_object(partner: Any, admin: Any) -> None:
    await admin.fault("11", "account_infos_as_object")
    heard = await partner.call(
        "/openapi/v1.0/balance-inquiry", {"partnerReferenceNo": "1", "accountNo": "1234567890"}
    )
    assert heard.body["accountInfos"]["amount"]["value"] == "1000000000.00"


async def test_unknown_fields_are_added(partner: Any, admin: Any) -> None:
    await admin.fault("17", "unknown_fields")
    assert "trace" in (await partner.transfer("1")).body["additionalInfo"]


async def test_late_answer_was_booked_before(partner: Any, admin: Any) -> None:
    await admin.fault("17", "delay", delayMs=60_000)
    sent = asyncio.create_task(partner.transfer("1"))
    while await admin.debits("1") == 0:
        continue
    assert not sent.done()
    sent.cancel()


async def test_late_booking_happens_though_the_client_left(partner: Any, admin: Any) -> None:
    await admin.fault("17", "delay_before_booking", delayMs=100)
    token = await partner.token()
    sent = asyncio.create_task(partner.transfer("1", external_id=EXTERNAL_ID, token=token))
    while (await admin.get("/admin/faults"))["faults"][0]["hit"] == 0:
        continue
    assert await status_of(partner) == "4043601"
    sent.cancel()
    while await admin.debits("1") == 0:
        continue
    assert await status_of(partner) == "00"


async def test_late_rejection_returns_the_money(partner: Any, admin: Any) -> None:
    await admin.fault("17", "late_rejection", delayMs=0)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    while await status_of(partner) != "06":
        continue
    entry = (await admin.get("/admin/ledger"))["entries"][0]
    assert (heard.code, entry["status"]) == ("2001700", "RETURNED")


async def test_misprinted_code_can_be_produced(partner: Any, admin: Any) -> None:
    await admin.fault("17", "answer", httpStatus=404, responseCode="4041802")
    assert (await partner.transfer("1")).code == "4041802"


async def test_chance_is_seeded(partner: Any, admin: Any) -> None:
    token = await partner.token()

    async def refused() -> list[bool]:
        await admin.fault("17", "rate_429", probability=0.5, seed=7)
        heard = [await partner.transfer(str(number), token=token) for number in range(12)]
        await admin.ask("DELETE", "/admin/faults")
        await admin.post("/admin/rules", {"duplicateReferenceConflict": False})
        return [one.status == 429 for one in heard]

    first, second = await refused(), await refused()
    assert first == second
    assert 0 < sum(first) < 12


async def test_skip_and_count_choose_one_request(partner: Any, admin: Any) -> None:
    await admin.fault("17", "rate_429", skip=1, count=1)
    codes = [(await partner.transfer(str(number))).code for number in range(3)]
    assert codes == ["2001700", "4291700", "2001700"]


async def test_fault_for_one_reference_leaves_others_alone(partner: Any, admin: Any) -> None:
    await admin.fault("17", "rate_429", partnerReferenceNo="2")
    codes = [(await partner.transfer(str(number))).code for number in (1, 2)]
    assert codes == ["2001700", "4291700"]


async def test_one_fault_can_be_removed(partner: Any, admin: Any) -> None:
    armed = await admin.fault("17", "rate_429")
    await admin.ask("DELETE", f"/admin/faults/{armed['id']}")
    assert (await partner.transfer("1")).code == "2001700"


async def test_magic_amounts_work_when_switched_on(
    configuration: Any, start: Any, partner: Any
) -> None:
    configuration["rules"]["magic_amounts"] = True
    magic = partner.but(simulator=await start())
    assert (await magic.transfer("1", "444013.00")).code == "5001701"
    assert (await magic.transfer("2", "444040.00")).code == "4031714"


async def test_magic_amounts_sleep_by_default(partner: Any) -> None:
    assert (await partner.transfer("1", "444013.00")).code == "2001700"


def test_every_magic_amount_names_a_kind() -> None:
    assert {order.kind for order in MAGIC_AMOUNTS.values()} <= set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_makes_a_plan_of_its_name(kind: str) -> None:
    assert KINDS[kind](FaultOrder(kind=kind)).kind == kind


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "delay", "delayMS": 1}, "delayMS: unknown key"),
        ({"kind": "delay", "probability": 2}, "probability"),
        ({"kind": "delay", "count": "1"}, "count"),
        ({"service": "17"}, "kind: missing"),
        ([], "table"),
    ],
)
async def test_wrong_fault_is_refused_by_name(admin: Any, document: Any, problem: str) -> None:
    status, answer = await admin.ask("POST", "/admin/faults", document)
    assert status == 400
    assert problem in answer["error"]


@pytest.mark.parametrize(("same", "code"), [(True, "4091701"), (False, "4041718")])
async def test_reference_that_somebody_else_used_is_refused_and_only_theirs_is_booked(
    bench: Any, same: Any, code: str
) -> None:
    partner, admin = bench
    await admin.fault("17", "known_reference", booked=same, count=1)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    assert heard.code == code
    found = (await admin.get("/admin/references"))["references"]["1"]
    assert (found["debits"], len(found["strangers"])) == (0, 1)
    assert await status_of(partner) == "4043601"
