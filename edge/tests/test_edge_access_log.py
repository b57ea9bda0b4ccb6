"""The access log says which call it was, and nothing that opens a door."""

from __future__ import annotations

from typing import Any

import httpx
from edge_testing.process import ORIGIN, Edge, wait_until


def _line(edge: Edge, response: httpx.Response) -> dict[str, Any]:
    trace_id = response.headers["x-request-id"]

    def lines() -> list[dict[str, Any]]:
        return [line for line in edge.access_log() if line["trace_id"] == trace_id]

    wait_until(lambda: bool(lines()), what="the line in the log")
    (line,) = lines()
    return line


def test_line_names_call_client_and_service(edge: Edge, erp: httpx.Client):
    line = _line(edge, erp.get("/v1/transfers"))
    assert line["route"] == "gerbang.bank_adapter.v1.TransferService/ListTransfers"
    assert line["client"] == "erp-1"
    assert line["origin"] == ORIGIN
    assert line["source"] == "127.0.0.1"
    assert line["status"] == 200
    assert line["upstream"] == "bank-adapter"
    assert line["method"] == "GET"
    assert line["duration_ms"] >= 0


def test_refusal_is_logged_with_its_cause(edge: Edge, anonymous: httpx.Client):
    line = _line(edge, anonymous.get("/v1/transfers"))
    assert line["status"] == 403
    assert line["details"] == "rbac_access_denied_matched_policy[origin_not_allowed]"
    assert line["client"] is None


def test_forged_client_is_not_logged(edge: Edge, anonymous: httpx.Client):
    headers = {"x-gerbang-claim-sub": "forged", "x-gerbang-claim-operator": "forged"}
    line = _line(edge, anonymous.get("/login", headers=headers))
    assert (line["client"], line["operator"]) == (None, None)


def test_no_secret_and_no_account_number_is_logged(edge: Edge, erp: httpx.Client, token: str):
    headers = {"cookie": "gerbang_operator=COOKIE-SECRET", "idempotency-key": "KEY-SECRET"}
    responses = [
        erp.get("/v1/accounts/8888777766/balance", headers=headers),
        erp.get("/v1/accounts/8888777766/nothing", headers=headers),
        erp.get("/v1/transfers?pageToken=QUERY-SECRET", headers=headers),
        erp.get("/v1/transfers?access_token=QUERY-SECRET", headers=headers),
        erp.get("/v1/transfers?pageSize=QUERY-SECRET", headers=headers),
        erp.post("/v1/transfers", content=b"BODY-SECRET", headers=headers),
        erp.post(
            "/oauth2/token",
            content=b"client_secret=BODY-SECRET",
            headers={"authorization": "Basic QkFTSUM="},
        ),
    ]
    for response in responses:
        _line(edge, response)
    text = edge.log_file.read_text()
    for secret in (token, token.split(".")[2], "8888777766", "SECRET", "QkFTSUM"):
        assert secret not in text
