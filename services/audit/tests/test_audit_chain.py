"""The chain: its bytes, and every tampering that it must show."""

import hashlib
from dataclasses import replace

import pytest
from audit.domain.chain import (
    EMPTY_CHAIN,
    GENESIS_HASH,
    Break,
    ChainHead,
    compare_with_head,
    extend,
    follow,
)
from audit.domain.event import Event, Exchange, StoredEvent
from audit.domain.event_content import from_content, to_content
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MAPS = st.dictionaries(TEXTS, TEXTS, max_size=3)
EXCHANGES = st.none() | st.builds(
    Exchange,
    method=TEXTS,
    target=TEXTS,
    status=st.integers(-(2**31), 2**31 - 1),
    headers=MAPS,
    body=TEXTS,
    body_sha256=TEXTS,
)
EVENTS = st.builds(
    Event,
    event_id=TEXTS,
    occur_us=st.integers(0, 2**60),
    service=TEXTS,
    kind=TEXTS,
    actor=TEXTS,
    trace_id=TEXTS,
    transfer_id=TEXTS,
    partner_reference_no=TEXTS,
    bank_partner_reference_no=TEXTS,
    bank=TEXTS,
    attempt_id=TEXTS,
    client_id=TEXTS,
    request=EXCHANGES,
    response=EXCHANGES,
    attributes=MAPS,
)


def event(number: int) -> Event:
    return Event(
        event_id=f"01JD000000000000000000000{number}",
        occur_us=1_700_000_000_000_000 + number,
        service="bank-adapter",
        kind="bank.attempt.finished",
        request=Exchange(method="POST", target="/transfer", body='{"amount":"1.00"}'),
        response=Exchange(status=200, headers={"a": "1", "b": "2"}, body="{}"),
    )


def chain_of(count: int) -> list[StoredEvent]:
    return extend(EMPTY_CHAIN, [event(number) for number in range(count)], store_us=1_000)


def head_of(rows: list[StoredEvent]) -> ChainHead:
    return ChainHead(sequence=rows[-1].sequence, chain_hash=rows[-1].chain_hash)


def verdict(rows: list[StoredEvent], head: ChainHead) -> Break | None:
    walked, found = follow(EMPTY_CHAIN, rows)
    return found or compare_with_head(walked, head)


def test_the_link_of_a_known_event():
    """The form is a promise: these bytes were written down by hand."""
    known = Event(event_id="E", occur_us=3, service="s", kind="k", attributes={"b": "", "a": "ä"})
    content = (
        '{"eventId":"E","occurUs":3,"service":"s","kind":"k","attributes":{"a":"ä","b":""}}'
    ).encode()

    (stored,) = extend(EMPTY_CHAIN, [known], store_us=2)

    assert stored.content == content
    place = (1).to_bytes(8, "big") + (2).to_bytes(8, "big")
    hashed = b"gerbang-audit-v1\x00" + place + GENESIS_HASH + content
    assert stored.chain_hash == hashlib.sha256(hashed).digest()


def test_an_untouched_chain_is_whole():
    rows = chain_of(5)

    assert verdict(rows, head_of(rows)) is None


def test_an_empty_chain_is_whole():
    assert verdict([], EMPTY_CHAIN) is None


def put(row: StoredEvent, event: Event) -> StoredEvent:
    """The row with another event, but with the hash it had."""
    return replace(row, event=event, content=to_content(event))


def edit(row: StoredEvent, **changes: object) -> StoredEvent:
    return put(row, structs.replace(row.event, **changes))


TAMPERINGS = {
    "kind edited": (lambda rows: [*rows[:2], edit(rows[2], kind="a.b"), *rows[3:]], 3),
    "body edited": (
        lambda rows: [
            *rows[:2],
            edit(rows[2], response=structs.replace(rows[2].event.response, body="[]")),
            *rows[3:],
        ],
        3,
    ),
    "response removed": (lambda rows: [*rows[:2], edit(rows[2], response=None), *rows[3:]], 3),
    "header added": (
        lambda rows: [
            edit(rows[0], request=structs.replace(rows[0].event.request, headers={"x": "y"})),
            *rows[1:],
        ],
        1,
    ),
    "attribute added": (lambda rows: [*rows[:4], edit(rows[4], attributes={"a": "b"})], 5),
    "store time edited": (lambda rows: [*rows[:1], replace(rows[1], store_us=1), *rows[2:]], 2),
    "hash edited": (
        lambda rows: [*rows[:1], replace(rows[1], chain_hash=bytes(32)), *rows[2:]],
        2,
    ),
    "first removed": (lambda rows: rows[1:], 1),
    "middle removed": (lambda rows: rows[:2] + rows[3:], 3),
    "two swapped": (
        lambda rows: [
            rows[0],
            replace(rows[2], sequence=2),
            replace(rows[1], sequence=3),
            *rows[3:],
        ],
        2,
    ),
    "inserted with a rebuilt link": (
        lambda rows: [
            *rows[:2],
            *extend(head_of(rows[:2]), [event(9)], store_us=1_000),
            *(replace(row, sequence=row.sequence + 1) for row in rows[2:]),
        ],
        4,
    ),
    "sequence twice": (lambda rows: [*rows[:2], rows[1], *rows[2:]], 2),
    "tail cut off": (lambda rows: rows[:3], 4),
    "all removed": (lambda _: [], 1),
    "appended beyond the head": (
        lambda rows: [*rows, *extend(head_of(rows), [event(9)], store_us=1_000)],
        6,
    ),
    "last edited and hashed again": (
        lambda rows: [
            *rows[:4],
            *extend(
                head_of(rows[:4]), [structs.replace(rows[4].event, kind="a.b")], store_us=1_000
            ),
        ],
        5,
    ),
    "cut short and hashed again": (
        lambda _: extend(EMPTY_CHAIN, [event(8), event(9)], store_us=1_000),
        3,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampering_is_found_at_its_first_sequence(name: str):
    rows = chain_of(5)
    tamper, first_broken = TAMPERINGS[name]

    found = verdict(tamper(rows), head_of(rows))

    assert found is not None
    assert first_broken == found.sequence


@given(EVENTS, EVENTS)
def test_two_different_events_never_share_bytes(one: Event, other: Event):
    assert (one == other) == (to_content(one) == to_content(other))


@given(EVENTS)
def test_the_text_of_an_event_says_all_of_it(one: Event):
    assert from_content(to_content(one)) == one


@given(st.lists(EVENTS, min_size=1, max_size=5), st.data())
def test_any_edit_of_any_event_breaks_the_chain_there(events: list[Event], data: st.DataObject):
    rows = extend(EMPTY_CHAIN, events, store_us=7)
    index = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(EVENTS.filter(lambda drawn: drawn != rows[index].event))
    tampered = [*rows[:index], put(rows[index], other), *rows[index + 1 :]]

    found = verdict(tampered, head_of(rows))

    assert found is not None
    assert rows[index].sequence == found.sequence


@given(st.lists(EVENTS, max_size=6), st.integers(0, 6))
def test_batches_of_any_size_make_the_same_chain(events: list[Event], cut: int):
    whole = extend(EMPTY_CHAIN, events, store_us=7)
    first = extend(EMPTY_CHAIN, events[:cut], store_us=7)
    second = extend(head_of(first) if first else EMPTY_CHAIN, events[cut:], store_us=7)

    assert whole == first + second
