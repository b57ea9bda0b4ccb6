"""Export and verification over real gRPC: what each caller gets, page by page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from audit import limits
from audit.domain.chain import GENESIS_HASH, link
from audit.domain.event import Event, Exchange
from rpc_peers import Peer, PeerMaker, as_sent, claims
from servicekit.errors import ServiceError
from sqlalchemy import Engine


def lines_of(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events of a page and where it begins and ends."""
    *events, last = [json.loads(line) for line in data.splitlines()]
    return events, last["page"]


async def exported(reader: Peer) -> list[dict[str, Any]]:
    """All pages."""
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        answer = await reader.export(after)
        page, place = lines_of(answer.data)
        assert answer.content_type == "application/x-ndjson"
        assert place["afterSequence"] == after
        events += page
        after = place["throughSequence"]
        if place["isLast"]:
            return events


async def test_an_operators_export_can_be_verified_without_us(
    peer: PeerMaker, make_event: Callable[..., Event]
):
    sent = [make_event(client_id=name) for name in ("erp", "payroll", "")]
    await peer("bank-adapter").ingest(*map(as_sent, sent))

    events = await exported(peer("operator/budi"))

    previous = GENESIS_HASH
    for number, line in enumerate(events, start=1):
        previous = link(
            previous,
            sequence=line["chainSequence"],
            store_us=line["storeUs"],
            content=line["content"].encode(),
        )
        assert (line["chainSequence"], line["chainHash"]) == (number, previous.hex())
    assert [json.loads(line["content"])["eventId"] for line in events] == [
        event.event_id for event in sent
    ]


async def test_a_clients_export_is_its_own_with_gaps(
    peer: PeerMaker, make_event: Callable[..., Event]
):
    names = ["erp", "payroll", "", "erp", "payroll"]
    await peer("bank-adapter").ingest(*(as_sent(make_event(client_id=name)) for name in names))

    erp = await exported(peer("edge", *claims("erp", "audit.read")))
    payroll = await exported(peer("client/payroll"))
    stranger = await exported(peer("edge", *claims("stranger", "audit.read")))

    assert [line["chainSequence"] for line in erp] == [1, 4]
    assert [line["chainSequence"] for line in payroll] == [2, 5]
    assert stranger == []


async def test_an_export_comes_in_pages_of_bounded_size(
    peer: PeerMaker, make_event: Callable[..., Event]
):
    body = "x" * 200_000
    events = [
        make_event(request=Exchange(body=body), response=Exchange(body=body)) for _ in range(10)
    ]
    for start in (0, 5):
        await peer("bank-adapter").ingest(*map(as_sent, events[start : start + 5]))
    operator = peer("operator/budi")

    first, place = lines_of((await operator.export()).data)

    assert (len(first), place["throughSequence"], place["isLast"]) == (7, 7, False)
    assert [line["chainSequence"] for line in await exported(operator)] == list(range(1, 11))
    _, beyond = lines_of((await operator.export(99)).data)
    assert beyond == {"afterSequence": 99, "throughSequence": 99, "isLast": True}


async def test_a_client_with_few_events_gets_empty_pages_in_between(
    peer: PeerMaker, make_event: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "EXPORT_SPAN_LINKS", 2)
    names = ["payroll", "payroll", "payroll", "erp"]
    await peer("bank-adapter").ingest(*(as_sent(make_event(client_id=name)) for name in names))
    erp = peer("edge", *claims("erp", "audit.read"))

    assert lines_of((await erp.export()).data) == (
        [],
        {"afterSequence": 0, "throughSequence": 2, "isLast": False},
    )
    assert [line["chainSequence"] for line in await exported(erp)] == [4]


async def test_a_walk_goes_on_from_call_to_call_up_to_the_head(
    peer: PeerMaker, make_event: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "VERIFY_LINKS_PER_CALL", 2)
    await peer("bank-adapter").ingest(*(as_sent(make_event()) for _ in range(5)))
    operator = peer("operator/budi")
    answer = await operator.verify()
    calls = 1
    while not answer.is_complete:
        assert answer.walked.sequence == 2 * calls
        answer = await operator.verify(answer.walked.sequence, answer.walked.hash)
        calls += 1

    assert (calls, answer.HasField("broken")) == (3, False)
    assert answer.walked == answer.head
    assert answer.head.sequence == 5


async def test_an_empty_chain_is_whole(peer: PeerMaker):
    answer = await peer("operator/budi").verify()

    assert (answer.is_complete, answer.walked.sequence, answer.walked.hash) == (True, 0, "")
    assert not answer.HasField("broken")


async def test_a_chain_that_was_computed_anew_does_not_hold_a_noted_link(
    peer: PeerMaker, make_event: Callable[..., Event]
):
    await peer("bank-adapter").ingest(*(as_sent(make_event()) for _ in range(3)))
    operator = peer("operator/budi")

    for after, problem in ((2, "another hash"), (9, "missing")):
        answer = await operator.verify(after, "ab" * 32)

        assert answer.is_complete
        assert answer.broken.sequence == after
        assert problem in answer.broken.problem


async def test_a_break_is_named_with_the_last_good_link(
    peer: PeerMaker, make_event: Callable[..., Event], sqlite_engine: Engine
):
    await peer("bank-adapter").ingest(*(as_sent(make_event()) for _ in range(5)))
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE audit_event SET content = CAST(replace(content, 'SETTLED', 'REJECTED') AS BLOB)"
            " WHERE chain_sequence = 4"
        )

    answer = await peer("operator/budi").verify()

    assert (answer.is_complete, answer.walked.sequence, answer.broken.sequence) == (True, 3, 4)
    assert "hash" in answer.broken.problem


REFUSED_VERIFIERS = [
    ("edge", claims("erp", "audit.read"), "SCOPE_MISSING"),
    ("client/payroll", (), "SCOPE_MISSING"),
    ("bank-adapter", (), "CALLER_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("name", "metadata", "reason"), REFUSED_VERIFIERS)
async def test_who_reads_its_own_events_may_not_walk_over_everybodys(
    name: str, metadata: tuple[tuple[str, str], ...], reason: str, peer: PeerMaker
):
    with pytest.raises(ServiceError) as refused:
        await peer(name, *metadata).verify()

    assert refused.value.reason == reason


async def test_an_auditors_client_may_verify_by_a_scope_of_its_own(peer: PeerMaker):
    assert (await peer("edge", *claims("auditor", "audit.verify")).verify()).is_complete


BAD_STARTS = [
    ({"after": 1}, "afterHash"),
    ({"after": 1, "link": "AB" * 32}, "afterHash"),
    ({"after": 1, "link": "ab" * 31}, "afterHash"),
    ({"link": "ab" * 32}, "afterHash"),
    ({"after": 2**63, "link": "ab" * 32}, "afterSequence"),
]


@pytest.mark.parametrize(("start", "field"), BAD_STARTS)
async def test_a_start_that_is_no_link_is_refused(
    start: dict[str, Any], field: str, peer: PeerMaker
):
    with pytest.raises(ServiceError) as refused:
        await peer("operator/budi").verify(**start)

    assert (refused.value.reason, refused.value.field) == ("INVALID_FIELD", field)
