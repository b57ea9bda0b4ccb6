"""Banks call in: from their own addresses only, with nothing of the call changed."""

from __future__ import annotations

import grpc
import pytest
from edge_testing.process import StartEdge
from edge_testing.services import FakeServices
from edge_testing.verdict import refusal
from google.api import httpbody_pb2

SERVICE = "/gerbang.bank_adapter.v1.BankNotificationService/"
PATHS = {
    "IssueBankToken": "/openapi/v1.0/access-token/b2b",
    "NotifyRtgs": "/openapi/v1.0/transfer-rtgs/notify",
    "NotifySkn": "/openapi/v1.0/transfer-skn/notify",
}
LOOPBACK = {"callback_cidrs": ("127.0.0.0/8",)}


@pytest.mark.parametrize("rpc", sorted(PATHS))
def test_call_of_a_bank_arrives_as_it_was_signed(
    start_edge: StartEdge, services: FakeServices, rpc: str
):
    body = b'{ "amount" : {"value":"1.00"},\r\n "x": "\xc3\xa9" }'
    signed = {
        "authorization": "Bearer opaque-token",
        "x-client-key": "bank",
        "x-timestamp": "2026-11-21T10:30:05+07:00",
        "x-signature": "c2ln+/==",
        "x-partner-id": "partner",
        "x-external-id": "1",
        "channel-id": "95051",
    }
    headers = signed | {"content-type": "application/json"}

    with start_edge(access=LOOPBACK).client() as bank:
        bank.post(PATHS[rpc], content=body, headers=headers)

    received = services.only()
    assert received.rpc == SERVICE + rpc
    assert received.request.document.data == body
    assert {name: received.metadata.get(name) for name in signed} == signed


def test_answer_keeps_snaps_shape_and_status(start_edge: StartEdge, services: FakeServices):
    def refuse(_request: object, context: grpc.ServicerContext) -> httpbody_pb2.HttpBody:
        context.send_initial_metadata((("x-gerbang-http-status", "401"),))
        return httpbody_pb2.HttpBody(
            content_type="application/json", data=b'{"responseCode":"4017600"}'
        )

    edge = start_edge(access=LOOPBACK)
    services.answers[SERVICE + "NotifyRtgs"] = refuse

    with edge.client() as bank:
        answer = bank.post(PATHS["NotifyRtgs"], content=b"{}")

    assert (answer.status_code, answer.content) == (401, b'{"responseCode":"4017600"}')


def test_bank_from_another_address_is_refused(start_edge: StartEdge, services: FakeServices):
    edge = start_edge(access={"callback_cidrs": ("192.0.2.0/24",)})

    with edge.client() as bank:
        answer = bank.post(PATHS["NotifyRtgs"], content=b"{}")

    assert refusal(answer) == (403, "CALLER_NOT_ALLOWED")
    assert not services.received


def test_query_of_a_callback_is_refused(start_edge: StartEdge, services: FakeServices):
    with start_edge(access=LOOPBACK).client() as bank:
        answer = bank.post(PATHS["NotifyRtgs"] + "?document.data=e30=", content=b"{}")

    assert refusal(answer) == (400, "QUERY_NOT_ALLOWED")
    assert not services.received
