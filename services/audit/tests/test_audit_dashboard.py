"""The dashboard's pages through an HTTP client: who may see them, and what they hold."""

import base64
import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.bootstrap import page_sources
from audit.domain.event import Event, Exchange
from audit.entrypoints.dashboard.application import build_dashboard
from servicekit.secret import Secret
from servicekit.testing import FakeClock
from sqlalchemy import Engine, text

ORIGIN = "https://gerbang.example"
ROLES = base64.b64encode(b'["auditor"]').decode()
CLAIMS = {"x-gerbang-claim-operator": "budi", "x-gerbang-claim-roles": ROLES}
PAGES = [
    "/",
    "/?span=30d",
    "/transfers",
    "/transfers?state=x&from=x&before=x",
    "/events",
    "/events?kind=a.b&from=x",
    "/chain",
    "/events/NOPE",
    "/x/y/z",
]
EVIL = '"><script>alert(1)</script>'

Client = httpx.AsyncClient


@pytest.fixture
async def client(sqlite_engine: Engine, clock: FakeClock) -> AsyncIterator[Client]:
    reader = Reader(sqlite_engine)
    application = build_dashboard(
        page_sources(reader, clock), origins=(ORIGIN,), secret_key=Secret(b"k" * 32)
    )
    transport = httpx.ASGITransport(application)
    async with Client(transport=transport, base_url=ORIGIN) as opened:
        yield opened
    await reader.close()


@pytest.fixture
def recorded(
    sqlite_engine: Engine, clock: FakeClock, make_event: Callable[..., Event]
) -> list[Event]:
    """Three events of one transfer and one of nobody."""
    events = [
        make_event(
            kind="transfer.state_changed",
            occur_us=clock.now_us() - 3_000_000 + number,
            partner_reference_no=EVIL,
            request=Exchange(method="POST", target=EVIL, headers={"x": EVIL}, body=EVIL),
            response=Exchange(status=200, body='{"n": 1.10, "t": "<b>"}'),
            attributes={
                "state": state,
                "internalState": state,
                "amount": "1250000.00",
                "currency": "IDR",
                "sequence": str(number),
            },
        )
        for number, state in enumerate(("PENDING", "UNKNOWN", "SETTLED"), 1)
    ]
    events.append(make_event(service="auth", kind="auth.key_rotated", transfer_id="", client_id=""))
    SQLEventStore(sqlite_engine, clock).store(events)
    return events


async def page(client: Client, path: str, **headers: str) -> httpx.Response:
    return await client.get(f"/dashboard{path}", headers={**CLAIMS, **headers})


STRANGERS: dict[str, list[tuple[str, str]]] = {
    "no claim": [],
    "empty name": [("x-gerbang-claim-operator", "")],
    "two names": [("x-gerbang-claim-operator", "budi"), ("x-gerbang-claim-operator", "tono")],
    "roles that are not base64": [
        ("x-gerbang-claim-operator", "budi"),
        ("x-gerbang-claim-roles", "%"),
    ],
    "roles that are not a list": [
        ("x-gerbang-claim-operator", "budi"),
        ("x-gerbang-claim-roles", base64.b64encode(b'"admin"').decode()),
    ],
    "a client's claim": [("x-gerbang-claim-sub", "erp")],
}


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("path", ["/", "/events", "/chain", "/nowhere"])
async def test_who_is_not_logged_in_is_sent_to_the_login(name: str, path: str, client: Client):
    answer = await client.get(f"/dashboard{path}", headers=STRANGERS[name])

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.text == ""


async def test_nothing_is_served_beside_the_dashboard(client: Client):
    for path in ("/", "/dashboards", "/static/css/vendor/tabler.min.css", "/chain/verify"):
        assert (await client.get(path, headers=CLAIMS)).status_code == 404


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("path", [*PAGES, "/transfers/01JDTRANSFER", "EVENT"])
async def test_every_page_is_strict_and_loads_nothing_from_elsewhere(
    path: str, client: Client, recorded: list[Event]
):
    path = f"/events/{recorded[0].event_id}" if path == "EVENT" else path

    answer = await page(client, path)

    assert answer.status_code in (200, 404)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    html = answer.text
    assert not re.search(r"<script(?![^>]*\ssrc=)", html), "an inline script"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html), "an inline style or handler"
    urls = re.findall(r'(?:href|src|action|srcset|content)="([^"]*)"', html)
    elsewhere = [url for url in urls if re.match(r"(?:[a-z]+:)?//", url)]
    assert elsewhere == []
    assert "<script>alert" not in html


async def test_what_a_page_loads_is_there_and_loads_nothing_from_elsewhere(client: Client):
    html = (await page(client, "/")).text
    loaded = re.findall(r'(?:href|src)="(/dashboard/static/[^"]+)"', html)

    for url in loaded:
        answer = await client.get(url)
        assert answer.status_code == 200, url
        if ".css" in url:
            assert "@import" not in answer.text, url
            assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", answer.text), url
    assert len(loaded) >= 5


@pytest.mark.usefixtures("recorded")
async def test_the_overview_counts_transfers_and_money(client: Client):
    html = (await page(client, "/")).text

    assert "IDR 1,250,000.00" in html
    assert "in 1 transfer<" in html
    assert "Every recorded transfer has a final state." in html


async def test_an_empty_database_says_so(client: Client):
    overview, events, chain = [
        (await page(client, path)).text for path in ("/", "/events", "/chain")
    ]

    assert "Nothing yet" in overview
    assert "None was created in the last 24 hours." in overview
    assert "No event has been recorded yet." in events
    assert "No event has been stored yet." in chain


async def test_an_event_shows_both_halves(client: Client, recorded: list[Event]):
    html = (await page(client, f"/events/{recorded[0].event_id}")).text

    assert 'data-half="request"' in html
    assert 'data-half="response"' in html
    # Digits of a number are the bank's, not those of a float.
    assert '<span class="json-word">1.10</span>' in html
    assert "&lt;b&gt;" in html


@pytest.mark.usefixtures("recorded")
async def test_a_transfer_shows_its_events_in_order(client: Client):
    html = (await page(client, "/transfers/01JDTRANSFER")).text

    assert "3 events" in html
    states = re.findall(r'<li class="moment (state-[a-z]+)', html)
    assert states == ["state-pending", "state-unknown", "state-settled"]


async def test_a_story_holds_the_signatures_of_its_attempts(
    client: Client, sqlite_engine: Engine, clock: FakeClock, make_event: Callable[..., Event]
):
    """The signer knows attempts and no transfers, and its events may arrive first."""
    signed = make_event(
        service="signer", kind="signer.signed", transfer_id="", attempt_id="attempt-x"
    )
    other = make_event(service="signer", kind="signer.signed", transfer_id="", attempt_id="y")
    finished = make_event(
        occur_us=signed.occur_us - 1,
        attempt_id="attempt-x",
        attributes={"result": "LOST", "reason": "DISCONNECTED"},
    )
    SQLEventStore(sqlite_engine, clock).store([signed, other, finished])

    html = (await page(client, "/transfers/01JDTRANSFER")).text

    found = re.findall(r'href="/dashboard/events/([0-9A-Z]{26})"', html)
    assert found == [finished.event_id, signed.event_id]
    assert "DISCONNECTED" in html


@pytest.mark.usefixtures("recorded")
async def test_the_list_of_transfers_is_narrowed_and_says_what_it_could_not_read(client: Client):
    every, settled, none, odd = [
        (await page(client, f"/transfers{query}")).text
        for query in (
            "",
            "?state=SETTLED",
            "?state=UNKNOWN",
            "?state=PAID&to=never&client=" + "x" * 99,
        )
    ]

    assert every.count('data-label="State"') == settled.count('data-label="State"') == 1
    assert "IDR 1,250,000.00" in settled
    assert "No transfer matches all of these." in none
    for sentence in ("State is not one", "is not a date and time", "Client is too long"):
        assert sentence in odd


async def test_older_transfers_are_a_page_away(
    client: Client, sqlite_engine: Engine, clock: FakeClock, make_event: Callable[..., Event]
):
    state = {"state": "SETTLED", "amount": "1.00", "currency": "IDR", "sequence": "1"}
    events = [
        make_event(kind="transfer.state_changed", transfer_id=f"t-{number}", attributes=state)
        for number in range(120)
    ]
    SQLEventStore(sqlite_engine, clock).store(events)
    seen: list[str] = []
    path = "/dashboard/transfers?state=SETTLED"
    while path:
        html = (await client.get(path, headers=CLAIMS)).text
        seen += re.findall(r'href="/dashboard/transfers/(t-[0-9]+)"', html)
        older = re.search(r'id="older" href="([^"]+)"', html)
        path = older[1].replace("&amp;", "&") if older else ""

    assert seen == [event.transfer_id for event in reversed(events)]


async def test_a_transfer_nobody_recorded_is_not_found(client: Client):
    assert (await page(client, "/transfers/01JDNOBODY")).status_code == 404
    assert (await page(client, f"/transfers/{'x' * 500}")).status_code == 404


async def test_a_word_is_looked_up_in_every_searchable_field(client: Client, recorded: list[Event]):
    first = recorded[0]
    expected = {
        first.event_id: f"events/{first.event_id}",
        first.transfer_id: "transfers/01JDTRANSFER",
        first.trace_id: f"events?trace={first.trace_id}",
        first.attempt_id: f"events?attempt={first.attempt_id}",
        "erp": "events?client=erp",
        "auth.key_rotated": "events?kind=auth.key_rotated",
    }
    for word, location in expected.items():
        answer = await client.get("/dashboard/events", params={"q": word}, headers=CLAIMS)
        assert (answer.status_code, answer.headers["location"]) == (303, location)

    nothing = await client.get("/dashboard/events", params={"q": "x" * 999}, headers=CLAIMS)
    assert "No event carries exactly these characters" in nothing.text


@pytest.mark.usefixtures("recorded")
async def test_filters_narrow_the_list_and_say_what_they_could_not_read(client: Client):
    only = (await page(client, "/events?kind=auth.key_rotated")).text
    none = (await page(client, "/events?kind=auth.key_rotated&bank=paydia")).text
    odd = (await page(client, "/events?from=yesterday")).text

    assert only.count('data-label="Kind"') == 1
    assert "No event matches all of these." in none
    assert "is not a date and time" in odd


async def test_older_events_are_a_page_away(
    client: Client, sqlite_engine: Engine, clock: FakeClock, make_event: Callable[..., Event]
):
    events = [make_event() for _ in range(120)]
    SQLEventStore(sqlite_engine, clock).store(events)
    seen: list[str] = []
    path = "/dashboard/events?bank=bca"
    while path:
        html = (await client.get(path, headers=CLAIMS)).text
        seen += re.findall(r'href="/dashboard/events/([0-9A-Z]{26})"', html)
        older = re.search(r'id="older" href="([^"]+)"', html)
        path = older[1].replace("&amp;", "&") if older else ""

    assert seen == [event.event_id for event in reversed(events)]
    assert "out of date" in (await page(client, "/events?page=nonsense")).text


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["https://evil.example"],
        ["null"],
        [ORIGIN.upper()],
        [ORIGIN + ":8443"],
        [ORIGIN, ORIGIN],
    ],
)
@pytest.mark.parametrize("path", ["/chain/verify", "/events/create", "/"])
async def test_a_post_from_elsewhere_is_refused(
    origins: list[str], path: str, client: Client, sqlite_engine: Engine
):
    headers = [*CLAIMS.items(), *(("origin", origin) for origin in origins)]

    answer = await client.post(f"/dashboard{path}", headers=headers)

    assert answer.status_code == 403
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM chain_check")).scalar() == 0


async def test_a_post_needs_an_operator_too(client: Client):
    answer = await client.post("/dashboard/chain/verify", headers={"origin": ORIGIN})

    assert answer.headers["location"] == "/login"


@pytest.mark.usefixtures("recorded")
async def test_a_verification_is_run_and_shown(
    client: Client, sqlite_engine: Engine, clock: FakeClock
):
    answer = await client.post("/dashboard/chain/verify", headers={**CLAIMS, "origin": ORIGIN})
    whole = (await page(client, "/chain")).text
    clock.advance(60)
    with sqlite_engine.begin() as connection:
        connection.execute(text("UPDATE audit_event SET bank = 'x' WHERE chain_sequence = 2"))
    await client.post("/dashboard/chain/verify", headers={**CLAIMS, "origin": ORIGIN})
    broken = (await page(client, "/chain")).text

    assert (answer.status_code, answer.headers["location"]) == (303, "../chain")
    assert "Whole" in whole
    assert "The chain is broken at sequence 2" in broken
    assert "The chain is broken at sequence 2" in (await page(client, "/")).text


async def test_a_missing_head_is_shown(client: Client, sqlite_engine: Engine):
    with sqlite_engine.begin() as connection:
        connection.execute(text("DELETE FROM chain_head"))

    assert "The head of the chain is missing" in (await page(client, "/chain")).text
