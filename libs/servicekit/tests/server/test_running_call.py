"""What happens to a call once it runs: limits, deadlines, errors, logs."""

import asyncio
from typing import Any

import grpc
import pytest
import structlog
from servicekit.call import Call
from servicekit.clock import SystemClock
from servicekit.errors import ServiceError
from servicekit.testing import edge_claims, json_document

HOME = "spiffe://gerbang/"
CLAIMS = edge_claims("erp", ["things.write"])


async def test_one_call_too_many_is_refused_and_room_comes_back(
    call: Any, refusal: Any, probe: Any, servicer: Any
):
    entered: asyncio.Queue[None] = asyncio.Queue()

    async def hold() -> None:
        entered.put_nowait(None)
        await servicer.release.wait()

    servicer.act = lambda _request, _call: hold()
    running = [
        asyncio.ensure_future(call("client/erp", "MakeThing", probe.MakeThingRequest()))
        for _ in range(2)
    ]
    for _ in running:
        await entered.get()
    error = await refusal("client/erp", "MakeThing", probe.MakeThingRequest())
    assert (error.code.name, error.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
    servicer.release.set()
    await asyncio.gather(*running)
    assert await call("client/erp", "MakeThing", probe.MakeThingRequest()) is not None


async def test_call_without_deadline_is_capped_by_the_rule(refusal: Any, probe: Any, servicer: Any):
    error = await refusal("bank-adapter", "Inside", probe.FindThingRequest(display_name="block"))
    assert (error.code.name, error.reason) == ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")
    assert servicer.cancelled.is_set()


async def test_callers_shorter_deadline_is_kept_and_shaved(call: Any, probe: Any, servicer: Any):
    clock = SystemClock()
    before = clock.monotonic()
    await call("client/erp", "MakeThing", probe.MakeThingRequest(), timeout=2.0)
    assert servicer.calls[0][1].deadline - before < 2.0


async def test_servicers_own_timeout_is_not_taken_for_the_deadline(
    refusal: Any, probe: Any, servicer: Any
):
    async def fail() -> None:
        raise TimeoutError

    servicer.act = lambda _request, _call: fail()
    error = await refusal("client/erp", "MakeThing", probe.MakeThingRequest())
    assert (error.code.name, error.reason) == ("INTERNAL", "INTERNAL")


async def test_hanging_up_cancels_the_call_and_spares_shielded_work(
    call: Any, probe: Any, servicer: Any
):
    started, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await servicer.release.wait()
        finished.set()

    servicer.act = lambda _request, _call: asyncio.shield(work())
    running = asyncio.ensure_future(call("client/erp", "MakeThing", probe.MakeThingRequest()))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    servicer.release.set()
    await asyncio.wait_for(finished.wait(), 5)


async def test_service_error_crosses_with_reason_field_and_metadata(
    refusal: Any, probe: Any, servicer: Any
):
    def fail(_request: Any, _call: Call) -> None:
        raise ServiceError(
            grpc.StatusCode.ALREADY_EXISTS,
            "POSSIBLE_DUPLICATE",
            "looks like another",
            field="amount.value",
            metadata={"transferId": "t1"},
        )

    servicer.act = fail
    error = await refusal("client/erp", "MakeThing", probe.MakeThingRequest())
    assert (error.code.name, error.reason) == ("ALREADY_EXISTS", "POSSIBLE_DUPLICATE")
    assert error.message == "looks like another"
    assert error.field == "amount.value"
    assert error.metadata == {"transferId": "t1"}


async def test_unknown_exception_says_nothing_to_the_caller(
    refusal: Any, probe: Any, servicer: Any, observed: Any
):
    def fail(_request: Any, _call: Call) -> None:
        raise RuntimeError("password is hunter2")

    servicer.act = fail
    error = await refusal("client/erp", "MakeThing", probe.MakeThingRequest())
    assert (error.code.name, error.reason) == ("INTERNAL", "INTERNAL")
    assert "hunter2" not in str(error.__cause__)
    assert observed.finished == [("MakeThing", "INTERNAL")]


async def test_failure_is_logged_with_its_reason_and_without_the_body(refusal: Any, probe: Any):
    request = probe.MakeThingRequest(document=json_document('{"displayName":"hunter2","x":1}'))
    with structlog.testing.capture_logs() as logs:
        await refusal("edge", "MakeThing", request, metadata=(*CLAIMS, ("x-request-id", "t1")))
    (line,) = [line for line in logs if line["event"] == "rpc failed"]
    assert line["log_level"] == "warning"
    assert (line["reason"], line["field"], line["trace_id"]) == ("UNKNOWN_FIELD", "x", "t1")
    assert line["caller"] == HOME + "edge"
    assert "hunter2" not in str(logs)


async def test_trace_id_is_kept_when_sound_and_made_anew_when_not(
    call: Any, probe: Any, servicer: Any
):
    for given in ("trace-1", "bad id!", "x" * 129):
        await call(
            "client/erp",
            "MakeThing",
            probe.MakeThingRequest(),
            metadata=(("x-request-id", given),),
        )
    seen = [call.trace_id for _request, call in servicer.calls]
    assert seen[0] == "trace-1"
    assert seen[1] != "bad id!"
    assert len(seen[1]) == len(seen[2]) == 32
