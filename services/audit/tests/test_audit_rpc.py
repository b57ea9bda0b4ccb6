"""The services over real gRPC and mutual TLS: who may do what, and what it answers."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from audit.domain.event import Event
from gerbang.audit.v1 import event_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from rpc_peers import Peer, PeerMaker, as_sent, claims
from servicekit.errors import ServiceError
from servicekit.testing import FakeClock


async def test_a_stored_event_is_found_with_its_place_in_the_chain(
    peer: PeerMaker, make_event: Callable[..., Event], clock: FakeClock
):
    sent = as_sent(make_event())
    stored_count = await peer("bank-adapter").ingest(sent)
    erp = peer("edge", *claims("erp", "audit.read"))

    page = await erp.find(transfer_id="01JDTRANSFER")
    (found,) = page.events

    assert stored_count == 1
    assert (found.chain_sequence, len(found.chain_hash), page.next_page_token) == (1, 64, "")
    assert found.store_time.ToMicroseconds() == clock.now_us()
    assert await erp.get(sent.event_id) == found
    for field in ("chain_sequence", "chain_hash", "store_time"):
        found.ClearField(field)
    assert found == sent


async def test_a_batch_sent_again_stores_nothing(peer: PeerMaker, make_event: Callable[..., Event]):
    adapter = peer("bank-adapter")
    events = [as_sent(make_event()) for _ in range(3)]

    assert await adapter.ingest(*events) == 3
    assert await adapter.ingest(*events, as_sent(make_event())) == 1
    assert await adapter.ingest() == 0


BAD_EVENTS = {
    "eventId": {"event_id": "01jd0000000000000000000001"},
    "occurTime": {"occur_time": Timestamp()},
    "kind": {"kind": "Bank Attempt"},
    "service": {"service": "auth"},
    "transferId": {"transfer_id": "x" * 129},
    "partnerReferenceNo": {"partner_reference_no": "a\nb"},
    "request.bodySha256": {"request": event_pb2.Message(body_sha256="AB")},
    "response.status": {"response": event_pb2.Message(status=-1)},
    "response.body": {"response": event_pb2.Message(body="x" * 262_145)},
    "response.headers.x": {"response": event_pb2.Message(headers={"x": "y" * 4_097})},
    "attributes": {"attributes": {"": "x"}},
    "attributes.state": {"kind": "transfer.state_changed", "attributes": {"state": "PAID"}},
    "chainSequence": {"chain_sequence": 4},
}


@pytest.mark.parametrize("field", BAD_EVENTS)
async def test_an_unfit_event_fails_its_batch_by_name(
    field: str, peer: PeerMaker, make_event: Callable[..., Event]
):
    adapter = peer("bank-adapter")
    events = [as_sent(make_event()) for _ in range(5)]
    changes = event_pb2.Event(**BAD_EVENTS[field])
    for changed, _ in changes.ListFields():
        events[3].ClearField(changed.name)
    if field == "occurTime":
        events[3].ClearField("occur_time")
    events[3].MergeFrom(changes)

    with pytest.raises(ServiceError) as refused:
        await adapter.ingest(*events)

    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.field == f"events[3].{field}"
    # Nothing of the batch was stored.
    assert await adapter.ingest(*events[:3]) == 3


async def test_a_batch_over_the_limit_is_refused(peer: PeerMaker, make_event: Callable[..., Event]):
    event = as_sent(make_event(request=None, response=None))

    with pytest.raises(ServiceError) as refused:
        await peer("bank-adapter").ingest(*[event] * 1_001)

    assert refused.value.field == "events"


@pytest.mark.parametrize("name", ["edge", "operator/budi", "client/payroll", "audit"])
async def test_only_services_may_write(
    name: str, peer: PeerMaker, make_event: Callable[..., Event]
):
    metadata = claims("erp", "audit.read") if name == "edge" else ()

    with pytest.raises(ServiceError) as refused:
        await peer(name, *metadata).ingest(as_sent(make_event()))

    assert refused.value.reason == "CALLER_NOT_ALLOWED"


REFUSED_READERS = [
    ("bank-adapter", (), "CALLER_NOT_ALLOWED"),
    ("edge", (), "UNAUTHENTICATED"),
    ("edge", claims("erp", "transfers.read", "audit.readx"), "SCOPE_MISSING"),
    ("operator/tono", (), "SCOPE_MISSING"),
    ("client/nobody", (), "SCOPE_MISSING"),
    ("client/payroll", claims("erp", "audit.read"), "CLAIMS_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("name", "metadata", "reason"), REFUSED_READERS)
async def test_a_reader_without_the_right_is_refused(
    name: str, metadata: tuple[tuple[str, str], ...], reason: str, peer: PeerMaker
):
    with pytest.raises(ServiceError) as refused:
        await peer(name, *metadata).find()

    assert refused.value.reason == reason


async def test_each_client_sees_its_own_and_an_operator_all(
    peer: PeerMaker, make_event: Callable[..., Event]
):
    own, foreign = make_event(client_id="erp"), make_event(client_id="payroll")
    await peer("bank-adapter").ingest(as_sent(own), as_sent(foreign))
    erp = peer("edge", *claims("erp", "audit.read"))
    payroll = peer("client/payroll")
    operator = peer("operator/budi")

    async def seen(reader: Peer, **fields: Any) -> list[str]:
        return [event.event_id for event in (await reader.find(**fields)).events]

    assert await seen(erp) == [own.event_id]
    assert await seen(payroll) == [foreign.event_id]
    assert await seen(operator) == [own.event_id, foreign.event_id]
    assert await seen(erp, client_id="payroll") == []
    assert await seen(operator, client_id="payroll") == [foreign.event_id]
    with pytest.raises(ServiceError) as absent:
        await erp.get(foreign.event_id)
    assert absent.value.code is grpc.StatusCode.NOT_FOUND
    assert (await operator.get(foreign.event_id)).event_id == foreign.event_id


BAD_QUERIES = [
    ({"page_size": -1}, "INVALID_FIELD", "pageSize"),
    ({"page_token": "nonsense"}, "INVALID_PAGE_TOKEN", "pageToken"),
    ({"kind": "x" * 256}, "INVALID_FIELD", "kind"),
    ({"occurred_after": Timestamp(seconds=-1)}, "INVALID_FIELD", "occurredAfter"),
]


@pytest.mark.parametrize(("fields", "reason", "field"), BAD_QUERIES)
async def test_a_bad_query_is_named(
    fields: dict[str, Any], reason: str, field: str, peer: PeerMaker
):
    with pytest.raises(ServiceError) as refused:
        await peer("operator/budi").find(**fields)

    assert (refused.value.reason, refused.value.field) == (reason, field)


async def test_pages_continue_by_token(peer: PeerMaker, make_event: Callable[..., Event]):
    events = [make_event() for _ in range(5)]
    await peer("bank-adapter").ingest(*map(as_sent, events))
    operator = peer("operator/budi")

    first = await operator.find(page_size=3)
    second = await operator.find(page_size=3, page_token=first.next_page_token)

    found = [event.event_id for event in [*first.events, *second.events]]
    assert found == [event.event_id for event in events]
    assert second.next_page_token == ""
    with pytest.raises(ServiceError) as refused:
        await operator.find(page_token=first.next_page_token, kind="a.b")
    assert refused.value.reason == "INVALID_PAGE_TOKEN"
