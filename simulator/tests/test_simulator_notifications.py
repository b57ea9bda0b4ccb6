"""Late rejections: the money comes back and the partner is told, signed as the bank."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulator import signature

EXTERNAL_ID = "20261121103005000000000000000002"


@dataclass
class PartnerServer:
    """The partner's side of callbacks: gives tokens, keeps what it was sent."""

    port: int = 0
    heard: list[tuple[str, Any, bytes]] = field(default_factory=list)
    # How many notifications it is too busy for.
    refuses: int = 0

    async def token(self, request: web.Request) -> web.Response:
        self.heard.append((request.path, request.headers, await request.read()))
        return web.json_response({"responseCode": "2007300", "accessToken": "partner-token"})

    async def notify(self, request: web.Request) -> web.Response:
        self.heard.append((request.path, request.headers, await request.read()))
        if self.refuses:
            self.refuses -= 1
            raise web.HTTPServiceUnavailable
        return web.json_response({"responseCode": "2007600", "responseMessage": "Successful"})


@pytest.fixture
async def partner_server() -> AsyncIterator[PartnerServer]:
    server = PartnerServer()
    app = web.Application()
    app.router.add_post("/openapi/v1.0/access-token/b2b", server.token)
    app.router.add_post("/openapi/v1.0/transfer-rtgs/notify", server.notify)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()


@pytest.fixture
async def called_back(
    configuration: Any, start: Any, partner_server: Any, vectors: Any, tmp_path: Path
) -> Any:
    """A bank that knows where to call its partner, and the partner's server."""
    key = tmp_path / "bank.key"
    key.write_text(vectors["keys"]["KEY-A"]["private"], encoding="utf-8")
    configuration["partners"][0]["callback"] = {
        "base_url": f"http://127.0.0.1:{partner_server.port}",
        "client_id": "bank-at-partner",
        "client_secret": "callback-secret",
        "private_key_file": str(key),
    }
    return await start()


async def test_late_rejection_is_notified_and_signed(
    called_back: Any, partner: Any, admin: Any, partner_server: Any, key_a: Any
) -> None:
    partner = partner.but(simulator=called_back)
    admin = type(admin)(admin.session, called_back)
    await partner.clear("rtgs")
    answer = await admin.post(
        "/admin/reject", {"clientId": partner.client_id, "partnerReferenceNo": "22"}
    )
    (_, asked, _), (path, headers, body) = partner_server.heard
    text = f"bank-at-partner|{asked['X-TIMESTAMP']}".encode()
    digest = hashlib.sha256(body).hexdigest()
    signed = f"POST:{path}:partner-token:{digest}:{headers['X-TIMESTAMP']}".encode()
    document = json.loads(body)
    assert signature.asymmetric_matches(key_a.public_key(), text, asked["X-SIGNATURE"])
    assert base64.b64decode(headers["X-SIGNATURE"]) == hmac.digest(
        b"callback-secret", signed, "sha512"
    )
    assert document["originalPartnerReferenceNo"] == "22"
    assert document["originalExternalId"] == EXTERNAL_ID[:19]
    assert document["latestTransactionStatus"] == "06"
    assert answer["notification"]["httpStatus"] == 200
    assert (await partner.status(EXTERNAL_ID, "22")).body["latestTransactionStatus"] == "06"


async def test_partner_that_does_not_answer_is_no_error_of_the_bank(
    called_back: Any, partner: Any, admin: Any, partner_server: Any
) -> None:
    partner = partner.but(simulator=called_back)
    admin = type(admin)(admin.session, called_back)
    await partner.clear("skn")
    answer = await admin.post(
        "/admin/reject", {"clientId": partner.client_id, "partnerReferenceNo": "22"}
    )
    assert answer["notification"]["httpStatus"] == 404


async def test_rejection_of_what_was_not_booked_is_404(partner: Any, admin: Any) -> None:
    status, _ = await admin.ask(
        "POST", "/admin/reject", {"clientId": partner.client_id, "partnerReferenceNo": "none"}
    )
    assert status == 404


async def test_second_rejection_is_409(partner: Any, admin: Any) -> None:
    await partner.clear("rtgs")
    wanted = {"clientId": partner.client_id, "partnerReferenceNo": "22"}
    first = await admin.post("/admin/reject", wanted)
    status, _ = await admin.ask("POST", "/admin/reject", wanted)
    assert (first, status) == ({"notification": None}, 409)


async def test_notification_that_nobody_thanked_for_is_sent_again_on_demand(
    called_back: Any, partner: Any, admin: Any, partner_server: Any
) -> None:
    partner = partner.but(simulator=called_back)
    admin = type(admin)(admin.session, called_back)
    partner_server.refuses = 1
    await partner.clear("rtgs")
    await admin.post("/admin/reject", {"clientId": partner.client_id, "partnerReferenceNo": "22"})

    again = await admin.post("/admin/notify", {})
    once_more = await admin.post("/admin/notify", {})

    assert (again, once_more) == ({"repeated": 1, "unheard": 0}, {"repeated": 0, "unheard": 0})
