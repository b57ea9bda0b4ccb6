"""What the edge tells about requests: kept without secrets, and never without bound."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

import grpc
import pytest
from audit import limits
from audit.application.keep_edge_requests import KeepEdgeRequests
from audit.domain.edge_request import EdgeRequest, event_of, masked_path
from audit.domain.event import Event
from audit.domain.event_rules import problems_of
from audit.entrypoints.envoy_access_log import StreamAccessLogsMessage, StreamAccessLogsResponse
from conftest import ulid
from rpc_peers import Peer, PeerMaker, claims
from servicekit.errors import ServiceError, from_rpc_error
from servicekit.testing import FAKE_NOW_US, FakeClock

SEEN = EdgeRequest(
    at_us=FAKE_NOW_US,
    method="GET",
    route="",
    path="/v1/accounts/8888777766/nothing?access_token=SECRET",
    status=404,
    details="route_not_found",
    source="203.0.113.9",
    origin="https://erp.example.co.id",
    client_id="",
    operator="",
    trace_id="trace-1",
    duration_ms=3,
)


def test_a_path_that_nobody_routed_shows_neither_query_nor_account_number():
    assert masked_path(SEEN.path) == "/v1/accounts/******7766/nothing"
    assert masked_path("/v1/x/1234567890123456/" + "y" * 999)[:25] == "/v1/x/************3456/yy"
    assert masked_path("/a\r\nb\x00/é") == "/a??b?/?"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"route": "gerbang.audit.v1.QueryService/ListEvents", "client_id": "erp"},
        {"origin": "o" * 9_999, "trace_id": "t" * 999, "method": "M" * 99, "details": "d\n" * 500},
        {"path": "/" + "ü" * 9_999, "source": "", "status": 0},
    ],
)
def test_whatever_the_edge_saw_makes_an_event_that_can_be_stored(changes: dict[str, Any]):
    event = event_of(replace(SEEN, **changes), event_id=ulid(1))

    assert list(problems_of(event)) == []


class Log:
    def __init__(self) -> None:
        self.events: list[Event] = []

    async def store(self, events: Sequence[Event]) -> int:
        self.events += events
        return len(events)


async def test_beyond_so_many_a_minute_they_are_counted_and_the_next_minute_says_so(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "EDGE_REQUESTS_PER_MINUTE", 3)
    log = Log()
    keep = KeepEdgeRequests(log, clock, lambda: ulid(len(log.events)))

    assert await keep.run([SEEN] * 5) == 3
    assert await keep.run([SEEN]) == 0
    clock.advance(60)
    assert await keep.run([SEEN]) == 2
    assert await keep.run([SEEN]) == 1

    kinds = [event.kind for event in log.events]
    assert kinds == ["edge.request"] * 3 + ["edge.requests_skipped"] + ["edge.request"] * 2
    assert log.events[3].attributes == {"count": "3"}


def entry(**changes: Any) -> Any:
    """One line as Envoy sends it."""
    fields: dict[str, Any] = {
        "common_properties": {
            "downstream_remote_address": {"socket_address": {"address": "203.0.113.9"}},
            "start_time": {"seconds": FAKE_NOW_US // 1_000_000},
            "duration": {"nanos": 7_000_000},
            "route_name": "gerbang.bank_adapter.v1.TransferService/ListTransfers",
        },
        "request": {
            "request_method": 3,
            "path": "/gerbang.bank_adapter.v1.TransferService/ListTransfers",
            "original_path": "/v1/transfers",
            "request_id": "trace-9",
            "request_headers": [
                {"key": "x-gerbang-claim-sub", "value": "erp"},
                {"key": "x-envoy-original-method", "value": "GET"},
                {"key": "origin", "value": "https://erp.example.co.id"},
            ],
        },
        "response": {
            "response_code": {"value": 403},
            "response_code_details": "rbac_access_denied_matched_policy[scope_missing]",
        },
    }
    return {**fields, **changes}


async def tell(peer: Peer, *entries: Any) -> None:
    """As Envoy: a stream that says nothing back until it ends."""
    send = peer.channel.stream_unary(
        "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs",
        request_serializer=StreamAccessLogsMessage.SerializeToString,
        response_deserializer=StreamAccessLogsResponse.FromString,
    )

    async def messages() -> AsyncIterator[Any]:
        for each in entries:
            yield StreamAccessLogsMessage(http_logs={"log_entry": [each]})

    try:
        await send(messages(), metadata=peer.metadata, timeout=10)
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None


async def test_a_refused_request_is_found_by_its_client_and_by_its_trace(peer: PeerMaker):
    stranger = entry(request={"path": "/v1/transfers", "request_method": 1})
    await tell(peer("edge"), entry(), stranger)

    erp = (await peer("edge", *claims("erp", "audit.read")).find()).events
    everything = (await peer("operator/budi").find(kind="edge.request")).events

    (mine,) = erp
    assert len(everything) == 2
    assert (mine.service, mine.client_id, mine.trace_id) == ("edge", "erp", "trace-9")
    assert mine.request.method == "GET"
    assert mine.request.target == "gerbang.bank_adapter.v1.TransferService/ListTransfers"
    assert mine.request.headers == {"origin": "https://erp.example.co.id"}
    assert mine.response.status == 403
    assert mine.attributes["source"] == "203.0.113.9"
    assert mine.attributes["durationMs"] == "7"
    verified = await peer("operator/budi").verify()
    assert (verified.walked.sequence, verified.HasField("broken")) == (2, False)


@pytest.mark.parametrize("name", ["auth", "bank-adapter", "operator/budi", "client/payroll"])
async def test_only_the_edge_tells_what_it_saw(name: str, peer: PeerMaker):
    with pytest.raises(ServiceError) as refused:
        await tell(peer(name), entry())

    assert refused.value.reason == "CALLER_NOT_ALLOWED"


async def test_an_audit_without_its_head_loses_a_line_and_not_the_stream(
    peer: PeerMaker, sqlite_engine: Any, make_event: Callable[..., Event]
):
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chain_head")

    await tell(peer("edge"), entry(), entry())
