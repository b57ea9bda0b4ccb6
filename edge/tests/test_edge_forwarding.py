"""What reaches a service, and what comes back from it."""

from __future__ import annotations

from edge_testing.services import FakeServices

CREATE = "/gerbang.bank_adapter.v1.TransferService/CreateTransfer"
GET = "/gerbang.bank_adapter.v1.TransferService/GetTransfer"
INQUIRE = "/gerbang.bank_adapter.v1.TransferService/InquireTransfer"


def test_mutating_call_hands_the_exact_bytes_to_the_service(erp, services: FakeServices):
    body = b'{ "unknown": 1, "a": "x", "a": "y" }'
    response = erp.post("/v1/transfers", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200, response.text
    received = services.only()
    assert received.rpc == CREATE
    assert received.request.document.data == body
    assert received.request.document.content_type == "application/json"
