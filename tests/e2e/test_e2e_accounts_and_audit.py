"""Questions about accounts, and finding again what happened."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from typing import Any

import grpc
import httpx
from gerbang.audit.v1.query_service_pb2 import ExportEventsRequest
from gerbang.audit.v1.query_service_pb2_grpc import QueryServiceStub
from localstack.erp import ERP
from localstack.stack import Stack

SHIPPED_WITHIN_S = 10.0


def events_with(erp: ERP, kind_part: str, **filters: str) -> list[dict[str, Any]]:
    """Events that match, once at least one has been shipped."""
    deadline = time.monotonic() + SHIPPED_WITHIN_S
    while True:
        answer = erp.get("/v1/audit/events", **filters)
        assert answer.status_code == httpx.codes.OK, answer.text
        events = [e for e in answer.json().get("events", []) if kind_part in e["kind"]]
        if events:
            return events
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def test_the_balance_of_an_own_account_is_the_banks(erp: ERP) -> None:
    answer = erp.get(f"/v1/accounts/{erp.client.source_account}/balance")

    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["accountNo"] == erp.client.source_account
    assert answer.json()["availableBalance"]["currency"] == "IDR"
    assert float(answer.json()["availableBalance"]["value"]) > 0


def test_an_inquiry_gives_the_name_behind_an_account(erp: ERP) -> None:
    answer = erp.post(
        "/v1/accountInquiries", {"beneficiaryAccountNo": erp.client.beneficiary_account}
    )

    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["beneficiaryAccountName"] == erp.client.beneficiary_name


def test_the_audit_shows_the_banks_request_and_response_without_secrets(
    erp: ERP, reference: Callable[[], str]
) -> None:
    transfer = erp.post("/v1/transfers", erp.order(reference())).json()

    events = events_with(erp, "attempt.finished", transferId=transfer["transferId"])

    (event,) = events
    assert event["clientId"] == erp.client.client_id
    assert event["bankPartnerReferenceNo"] == transfer["bankPartnerReferenceNo"]
    assert event["request"]["target"].endswith("/transfer-intrabank")
    assert event["response"]["status"] == httpx.codes.OK
    assert "2001700" in event["response"]["body"]
    whole = str(event)
    assert erp.client.source_account not in whole
    assert erp.client.beneficiary_account not in whole
    assert "Bearer ey" not in whole
    assert erp.client.secret not in whole


def test_events_are_found_by_reference_and_one_by_its_id(
    erp: ERP, reference: Callable[[], str]
) -> None:
    name = reference()
    erp.post("/v1/transfers", erp.order(name))

    event, *_ = events_with(erp, "", partnerReferenceNo=name)
    one = erp.get(f"/v1/audit/events/{event['eventId']}")

    assert one.status_code == httpx.codes.OK
    assert one.json() == event


def test_events_come_page_by_page_oldest_first(erp: ERP, reference: Callable[[], str]) -> None:
    transfer = erp.post("/v1/transfers", erp.order(reference())).json()["transferId"]
    events_with(erp, "attempt.finished", transferId=transfer)
    every = erp.get("/v1/audit/events", transferId=transfer).json()["events"]

    paged: list[dict[str, Any]] = []
    token = ""
    while True:
        page = erp.get("/v1/audit/events", transferId=transfer, pageSize=1, pageToken=token).json()
        paged += page.get("events", [])
        token = page.get("nextPageToken", "")
        if not token:
            break

    assert [e["eventId"] for e in paged] == [e["eventId"] for e in every]
    assert [e["occurTime"] for e in paged] == sorted(e["occurTime"] for e in paged)


def test_an_export_holds_the_clients_own_events_as_lines(
    erp: ERP, reference: Callable[[], str]
) -> None:
    transfer = erp.post("/v1/transfers", erp.order(reference())).json()["transferId"]
    events_with(erp, "attempt.finished", transferId=transfer)
    lines: list[dict[str, Any]] = []
    after = 0
    while True:
        answer = erp.get("/v1/audit/events:export", afterSequence=after)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.headers["content-type"] == "application/x-ndjson"
        *page, last = [json.loads(line) for line in answer.text.splitlines()]
        lines += page
        after = last["page"]["throughSequence"]
        if last["page"]["isLast"]:
            break

    contents = [json.loads(line["content"]) for line in lines]
    assert {content["clientId"] for content in contents} == {erp.client.client_id}
    assert transfer in {content.get("transferId") for content in contents}
    assert erp.client.source_account not in str(contents)


def test_the_chain_is_verified_by_a_client_that_may_and_by_no_other(stack: Stack, erp: ERP) -> None:
    refused = erp.get("/v1/audit/chain:verify")
    auditor = stack.create_client("auditor", scopes=["audit.verify"], accounts=[])
    with stack.erp(auditor) as other:
        first = other.get("/v1/audit/chain:verify")
        head = first.json()["head"]
        noted = {"afterSequence": head["sequence"], "afterHash": head["hash"]}
        again = other.get("/v1/audit/chain:verify", **noted)
        forged = other.get("/v1/audit/chain:verify", **{**noted, "afterHash": "ab" * 32})
        events = other.get("/v1/audit/events")

    assert refused.status_code == httpx.codes.FORBIDDEN
    assert refused.json()["details"][0]["reason"] == "SCOPE_MISSING"
    assert first.status_code == httpx.codes.OK, first.text
    assert first.json()["isComplete"]
    assert "broken" not in first.json()
    assert "broken" not in again.json()
    assert forged.json()["broken"]["sequence"] == head["sequence"]
    assert events.status_code == httpx.codes.FORBIDDEN


def test_what_the_edge_refused_and_who_read_the_audit_is_recorded_too(
    stack: Stack, erp: ERP
) -> None:
    own = erp.get("/v1/audit/chain:verify")
    stranger = erp.http.get("/v1/transfers", headers={"Authorization": "Bearer nonsense"})
    elsewhere = httpx.get(
        f"{stack.settings.url}/v1/accounts/8888777766/balance",
        verify=ssl.create_default_context(cafile=str(stack.ca_file)),
    )
    seen: dict[str, Any] = {}
    deadline = time.monotonic() + SHIPPED_WITHIN_S
    wanted = {answer.headers["x-request-id"] for answer in (own, stranger, elsewhere)}
    while not wanted <= seen.keys():
        assert time.monotonic() < deadline, seen.keys()
        seen = {event["traceId"]: event for event in edge_requests(stack)}

    mine = seen[own.headers["x-request-id"]]
    assert (mine["clientId"], mine["response"]["status"]) == (erp.client.client_id, 403)
    assert mine["request"]["method"] == "GET"
    assert mine["request"]["target"].endswith("QueryService/VerifyChain")
    refused = seen[stranger.headers["x-request-id"]]
    assert (refused.get("clientId"), refused["response"]["status"]) == (None, 401)
    assert "jwt" in refused["attributes"]["details"].lower()
    assert seen[elsewhere.headers["x-request-id"]]["response"]["status"] == 403
    assert "8888777766" not in str(seen)
    assert events_with(erp, "edge.request", kind="edge.request")


def edge_requests(stack: Stack) -> list[dict[str, Any]]:
    """All of them, as an operator's export has them."""
    lines: list[dict[str, Any]] = []
    identity = stack.identity("operator/demo-operator")
    credentials = grpc.ssl_channel_credentials(
        identity.ca_file.read_bytes(),
        identity.private_key_file.read_bytes(),
        identity.certificate_file.read_bytes(),
    )
    options = [("grpc.ssl_target_name_override", "audit.gerbang.internal")]
    target = f"127.0.0.1:{stack.settings.audit_port}"
    with grpc.secure_channel(target, credentials, options) as channel:
        after: int | None = 0
        while after is not None:
            request = ExportEventsRequest(after_sequence=after)
            page = QueryServiceStub(channel).ExportEvents(request, timeout=10).data.splitlines()
            contents = [json.loads(json.loads(line)["content"]) for line in page[:-1]]
            lines += [one for one in contents if one["kind"] == "edge.request"]
            place = json.loads(page[-1])["page"]
            after = None if place["isLast"] else place["throughSequence"]
    return lines
