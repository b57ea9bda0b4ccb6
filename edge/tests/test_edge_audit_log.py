"""The audit is told what was refused and who read it, and nothing of a payment that went well."""

from __future__ import annotations

from typing import Any

import httpx
from edge_testing.process import ORIGIN, Edge, wait_until
from edge_testing.services import FakeServices


def told_about(services: FakeServices, response: httpx.Response) -> Any:
    trace_id = response.headers["x-request-id"]

    def lines() -> list[Any]:
        return [line for line in services.told if line.request.request_id == trace_id]

    wait_until(lambda: bool(lines()), what="the line at the audit")
    (line,) = lines()
    return line


def headers_of(line: Any) -> dict[str, str]:
    return {entry.key: entry.value for entry in line.request.request_headers}


def test_a_refusal_after_the_token_names_the_client(
    edge: Edge, erp: httpx.Client, services: FakeServices
):
    line = told_about(services, erp.get("/v1/audit/chain:verify"))

    assert headers_of(line) == {"origin": ORIGIN, "x-gerbang-claim-sub": "erp-1"}
    assert line.response.response_code.value == 403
    assert "scope_missing_audit.verify" in line.response.response_code_details
    assert line.common_properties.route_name == "gerbang.audit.v1.QueryService/VerifyChain"
    assert line.common_properties.downstream_remote_address.socket_address.address == "127.0.0.1"
    assert line.common_properties.start_time.seconds > 0


def test_a_refusal_before_the_token_names_nobody(
    edge: Edge, anonymous: httpx.Client, services: FakeServices
):
    forged = {"x-gerbang-claim-sub": "forged", "x-gerbang-claim-operator": "forged"}
    line = told_about(services, anonymous.get("/v1/nothing", headers={"origin": ORIGIN, **forged}))

    assert headers_of(line) == {"origin": ORIGIN}
    assert line.response.response_code.value == 401
    assert line.request.path == "/v1/nothing"


def test_a_read_of_the_audit_is_told_and_a_good_call_elsewhere_is_not(
    edge: Edge, erp: httpx.Client, services: FakeServices
):
    payment = erp.get("/v1/transfers")
    read = erp.get("/v1/audit/events")

    line = told_about(services, read)

    assert (payment.status_code, read.status_code) == (200, 200)
    assert headers_of(line)["x-gerbang-claim-sub"] == "erp-1"
    assert headers_of(line)["x-envoy-original-method"] == "GET"
    assert line.request.original_path == "/v1/audit/events"
    # Of one connection, so of one worker: its lines keep their order.
    assert payment.headers["x-request-id"] not in {one.request.request_id for one in services.told}
