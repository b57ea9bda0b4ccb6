"""A dashboard with a life recorded in it, and a real browser to look at it.

The dashboard's application runs alone, over plain HTTP on loopback: what the
edge adds (TLS, the operator's claims) is added by a wrapper here.
"""

import asyncio
import base64
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.bootstrap import MIGRATIONS, page_sources
from audit.domain.event import Event, Exchange
from audit.entrypoints.dashboard.application import build_dashboard
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from servicekit.config import DatabaseSettings
from servicekit.database import migrate, open_engine
from servicekit.secret import Secret
from servicekit.testing import FakeClock

# 21 November 2026, 15:24:35 in Jakarta.
NOW_US = 1_795_249_475_000_000
MINUTE_US = 60_000_000
MISSING = "is not installed; run: apt-get install chromium chromium-driver"
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number: int) -> str:
    text = ""
    for _ in range(24):
        number, digit = divmod(number, 32)
        text = DIGITS[digit] + text
    return "01" + text


class Recorder:
    """Writes a transfer's life as the bank adapter would."""

    def __init__(self, store: SQLEventStore) -> None:
        self._store = store
        self._count = 0
        self.events: list[Event] = []

    def life(
        self, number: int, *states: str, age_min: int, amount: str = "1250000.00", bank: str = "bca"
    ) -> None:
        """A transfer created `age_min` minutes ago that went through `states`."""
        start_us = NOW_US - age_min * MINUTE_US
        for sequence, state in enumerate(states, 1):
            self.add(
                number,
                "transfer.state_changed",
                start_us + sequence * 1_734_000,
                bank=bank,
                attributes={
                    "state": state,
                    "internalState": "SENDING" if state == "PENDING" else state,
                    "amount": amount,
                    "currency": "IDR",
                    "rail": "INTRABANK",
                    "sequence": str(sequence),
                },
            )
        if len(states) > 1:
            settled = states[-1] == "SETTLED"
            self.add(
                number,
                "bank.attempt.finished",
                start_us + 1_734_000 * len(states) - 70_000,
                bank=bank,
                attempt_id=ulid(10_000 + number),
                attributes={"result": "ANSWERED", "verdict": states[-1], "durationMs": "1603"},
                request=bank_request(number, amount),
                response=bank_response(number, amount, settled=settled),
            )

    def add(self, number: int, kind: str, at_us: int, **changes: Any) -> None:
        self._count += 1
        fields: dict[str, Any] = {
            "event_id": ulid(self._count),
            "occur_us": at_us,
            "service": "bank-adapter",
            "kind": kind,
            "actor": "d365-finance",
            "trace_id": f"{number:032x}",
            "transfer_id": ulid(500_000 + number),
            "partner_reference_no": f"VEND-PAY-2026-{number:06}",
            "bank_partner_reference_no": f"20261121{number:012}",
            "bank": "bca",
            "client_id": "d365-finance",
        }
        self.events.append(Event(**{**fields, **changes}))

    def sign_in(self, number: int, age_min: int) -> None:
        self.add(
            number,
            "auth.token.issued",
            NOW_US - age_min * MINUTE_US,
            service="auth",
            transfer_id="",
            partner_reference_no="",
            bank_partner_reference_no="",
            bank="",
            attributes={"scopes": "transfers.write transfers.read"},
        )

    def save(self) -> None:
        for at in range(0, len(self.events), 500):
            self._store.store(self.events[at : at + 500])
        self.events.clear()


def bank_request(number: int, amount: str) -> Exchange:
    return Exchange(
        method="POST",
        target="/openapi/v2.0/transfer-intrabank",
        headers={
            "content-type": "application/json",
            "x-timestamp": "2026-11-21T15:24:33+07:00",
            "x-partner-id": "KBBTESTING",
            "x-external-id": f"4021{number:012}",
            "channel-id": "95051",
            "x-signature": "(removed)",
        },
        body=json.dumps(
            {
                "partnerReferenceNo": f"20261121{number:012}",
                "amount": {"value": amount, "currency": "IDR"},
                "beneficiaryAccountNo": "******4321",
                "beneficiaryEmail": "ap@vendor.example",
                "customerReference": f"VEND-PAY-2026-{number:06}",
                "feeType": "OUR",
                "remark": "Pembayaran faktur",
                "sourceAccountNo": "******8899",
                "transactionDate": "2026-11-21T15:24:33+07:00",
                "additionalInfo": {"economicActivity": "Biaya Jasa", "tags": [], "urgent": False},
            }
        ),
        body_sha256="9f" * 32,
    )


def bank_response(number: int, amount: str, *, settled: bool) -> Exchange:
    if not settled:
        return Exchange(
            status=504,
            headers={"content-type": "text/html"},
            body="<html><head><title>504 Gateway Time-out</title></head></html>",
            body_sha256="1c" * 32,
        )
    return Exchange(
        status=200,
        headers={"content-type": "application/json", "x-timestamp": "2026-11-21T15:24:35+07:00"},
        body=json.dumps(
            {
                "responseCode": "2001700",
                "responseMessage": "Successful",
                "referenceNo": f"BCA{number:010}",
                "partnerReferenceNo": f"20261121{number:012}",
                "amount": {"value": amount, "currency": "IDR"},
                "beneficiaryAccountNo": "******4321",
            }
        ),
        body_sha256="77" * 32,
    )


def record_a_month(recorder: Recorder) -> None:
    """About 400 transfers over a month, most of them settled, busier by day."""
    number = 0
    for day in range(30):
        for part in range(4 + (day * 7) % 13):
            number += 1
            age_min = day * 1440 + 17 + part * 97 % 800
            state = "REJECTED" if number % 23 == 0 else "SETTLED"
            if number % 61 == 0:
                state = "RETURNED"
            states = (
                ("PENDING", "SETTLED", "RETURNED") if state == "RETURNED" else ("PENDING", state)
            )
            recorder.life(
                number, *states, age_min=age_min, amount=f"{1_250_000 + number * 7_350}.00"
            )
            if part % 3 == 0:
                recorder.sign_in(number, age_min + 1)
    recorder.life(9001, "PENDING", "UNKNOWN", age_min=95, amount="48250000.50")
    recorder.life(9002, "PENDING", age_min=1, amount="310000.00", bank="paydia")
    recorder.life(9003, "PENDING", "UNKNOWN", "NEEDS_OPERATOR", age_min=2950)
    recorder.save()


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard."""

    url: str
    transfer_id: str = ulid(500_000 + 9001)


class WithClaims:
    """What the edge does: claims of the operator who is logged in."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        roles = base64.b64encode(b'["auditor"]')
        claims = [(b"x-gerbang-claim-operator", b"budi"), (b"x-gerbang-claim-roles", roles)]
        await self._app({**scope, "headers": [*scope["headers"], *claims]}, receive, send)


def run_dashboard(folder: Path, fill: Callable[[Recorder], None]) -> Iterator[Dashboard]:
    """Serve a dashboard over the events that `fill` records."""
    clock = FakeClock(now_us=NOW_US)
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{folder / 'audit.db'}"))
    migrate(engine, MIGRATIONS)
    fill(Recorder(SQLEventStore(engine, clock)))
    reader = Reader(engine)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    application = build_dashboard(
        page_sources(reader, clock), origins=(url,), secret_key=Secret(b"k" * 32)
    )
    server = uvicorn.Server(
        uvicorn.Config(
            WithClaims(application), lifespan="off", ws="none", log_config=None, access_log=False
        )
    )
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()

    yield Dashboard(url=f"{url}/dashboard")
    server.should_exit = True
    thread.join(10)
    asyncio.run(reader.close())
    engine.dispose()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    yield from run_dashboard(tmp_path_factory.mktemp("full"), record_a_month)


@pytest.fixture(scope="module")
def empty_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    yield from run_dashboard(tmp_path_factory.mktemp("empty"), lambda _: None)


def record_evil(recorder: Recorder) -> None:
    """An event whose every text would like to be a script."""
    evil = "\"><script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"
    recorder.add(
        1,
        "bank.attempt.finished",
        NOW_US - MINUTE_US,
        **dict.fromkeys(("actor", "partner_reference_no", "attempt_id"), evil),
        attributes={evil: evil},
        request=Exchange(method="POST", target=evil, headers={evil: evil}, body=evil),
        response=Exchange(status=200, body=json.dumps({evil: evil})),
    )
    recorder.save()


@pytest.fixture(scope="module")
def evil_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    yield from run_dashboard(tmp_path_factory.mktemp("evil"), record_evil)


def open_browser(profile: Path) -> WebDriver:
    """Headless Chromium. Fails with what to install when it is missing."""
    chromium = shutil.which("chromium") or pytest.fail(f"chromium {MISSING}")
    driver = shutil.which("chromedriver") or pytest.fail(f"chromedriver {MISSING}")
    options = Options()
    options.binary_location = chromium
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    opened = open_browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.quit()
