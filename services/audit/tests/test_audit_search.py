"""Search: every filter, pages without a gap, and each client alone with his own."""

from collections.abc import Callable

import pytest
from audit.adapters.event_search import SQLEventSearch
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.application import page_token
from audit.application.find_events import FindEvents, Viewer
from audit.application.page_token import InvalidPageTokenError
from audit.application.ports import EventFilter, Position
from audit.domain.event import Event, Exchange
from hypothesis import given
from hypothesis import strategies as st

OPERATOR = Viewer(client_id=None)
OTHERS = {
    "transfer_id": "01JDOTHER",
    "partner_reference_no": "INV-2",
    "bank_partner_reference_no": "88002",
    "client_id": "other",
    "kind": "auth.token.issued",
    "trace_id": "t2",
    "attempt_id": "a2",
    "bank": "paydia",
}


@pytest.fixture
def finder(reader: Reader) -> FindEvents:
    return FindEvents(SQLEventSearch(reader))


async def test_each_filter_finds_its_event_alone(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    plain = make_event()
    others = {field: make_event(**{field: value}) for field, value in OTHERS.items()}
    store.store([plain, *others.values()])

    for field, value in OTHERS.items():
        page = await finder.page(
            EventFilter(**{field: value}), viewer=OPERATOR, page_size=10, token=""
        )
        assert [stored.event for stored in page.events] == [others[field]], field


async def test_filters_are_combined(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    wanted = make_event(kind="a.b", bank="x")
    store.store([make_event(kind="a.b"), wanted, make_event(bank="x")])

    page = await finder.page(
        EventFilter(kind="a.b", bank="x"), viewer=OPERATOR, page_size=10, token=""
    )

    assert [stored.event for stored in page.events] == [wanted]


async def test_the_span_includes_its_start_and_not_its_end(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    events = [make_event(occur_us=at) for at in (99, 100, 150, 200)]
    store.store(events)

    page = await finder.page(
        EventFilter(occurred_from_us=100, occurred_before_us=200),
        viewer=OPERATOR,
        page_size=10,
        token="",
    )

    assert [stored.event.occur_us for stored in page.events] == [100, 150]


async def test_pages_go_oldest_first_without_gap_or_repetition(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    """Several events share an instant; their place in the chain decides among them."""
    events = [make_event(occur_us=1_000 + number // 3) for number in range(25)]
    store.store(events)
    seen: list[Event] = []
    token = ""
    while True:
        page = await finder.page(EventFilter(), viewer=OPERATOR, page_size=4, token=token)
        seen += [stored.event for stored in page.events]
        token = page.next_token
        if not token:
            break

    assert seen == events


async def test_a_page_is_never_larger_than_the_limit(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    store.store([make_event(request=None, response=None) for _ in range(502)])

    page = await finder.page(EventFilter(), viewer=OPERATOR, page_size=10_000, token="")
    default = await finder.page(EventFilter(), viewer=OPERATOR, page_size=0, token="")

    assert (len(page.events), bool(page.next_token)) == (500, True)
    assert len(default.events) == 100


async def test_heavy_events_end_a_page_early(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    body = "x" * 200_000
    events = [
        make_event(request=Exchange(body=body), response=Exchange(body=body)) for _ in range(9)
    ]
    store.store(events)

    first = await finder.page(EventFilter(), viewer=OPERATOR, page_size=9, token="")
    rest = await finder.page(EventFilter(), viewer=OPERATOR, page_size=9, token=first.next_token)

    assert len(first.events) == 7
    assert [stored.event for stored in first.events + rest.events] == events


async def test_a_client_sees_only_its_own(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    own, foreign, house = make_event(), make_event(client_id="other"), make_event(client_id="")
    store.store([own, foreign, house])
    viewer = Viewer(client_id="erp")

    page = await finder.page(EventFilter(), viewer=viewer, page_size=10, token="")
    asked = await finder.page(EventFilter(client_id="other"), viewer=viewer, page_size=10, token="")

    assert [stored.event for stored in page.events] == [own]
    assert asked.events == []
    assert await finder.get(foreign.event_id, viewer=viewer) is None
    assert await finder.get(house.event_id, viewer=viewer) is None
    found = await finder.get(own.event_id, viewer=viewer)
    assert found is not None
    assert found.event == own


async def test_an_operator_sees_every_client(
    store: SQLEventStore, finder: FindEvents, make_event: Callable[..., Event]
):
    events = [make_event(), make_event(client_id="other"), make_event(client_id="")]
    store.store(events)

    page = await finder.page(EventFilter(), viewer=OPERATOR, page_size=10, token="")

    assert [stored.event for stored in page.events] == events


async def test_a_text_wider_than_its_column_finds_nothing(finder: FindEvents):
    page = await finder.page(EventFilter(bank="b" * 300), viewer=OPERATOR, page_size=1, token="")

    assert page.events == []
    assert await finder.get("x" * 300, viewer=OPERATOR) is None


PLACE = Position(occur_us=1_767_225_600_000_001, sequence=4_711)
CRITERIA = EventFilter(client_id="erp", kind="a.b")


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_a_token_carries_its_position(occur_us: int, sequence: int):
    place = Position(occur_us=occur_us, sequence=sequence)

    assert page_token.decode(page_token.encode(place, CRITERIA), CRITERIA) == place


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        # Another last digit whose unused bits are not 0.
        lambda token: token[:-1] + chr(ord(token[-1]) + 1),
        lambda token: "B" + token[1:],
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token.replace("A", "+", 1),
        lambda _: "x",
        lambda _: "é" * 20,
        lambda _: "A" * 10_000,
    ],
)
def test_a_spoilt_token_is_refused(spoil: Callable[[str], str]):
    token = page_token.encode(PLACE, CRITERIA)

    with pytest.raises(InvalidPageTokenError):
        page_token.decode(spoil(token), CRITERIA)


def test_a_token_of_another_search_is_refused():
    token = page_token.encode(PLACE, CRITERIA)

    with pytest.raises(InvalidPageTokenError):
        page_token.decode(token, EventFilter(client_id="other", kind="a.b"))
