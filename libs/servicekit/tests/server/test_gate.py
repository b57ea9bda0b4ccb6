"""Every check before an RPC, one by one, behind real mutual TLS."""

from typing import Any

import pytest
from google.api import httpbody_pb2
from servicekit.identity import list_claim
from servicekit.testing import edge_claims, json_document

CLAIMS = edge_claims("erp", ["things.write", "things.read"], ["bca:123"])


async def test_edge_with_claims_is_served_as_its_client(call: Any, probe: Any, servicer: Any):
    request = probe.MakeThingRequest(document=json_document('{"displayName":"x","weight":3}'))
    await call("edge", "MakeThing", request, metadata=(*CLAIMS, ("origin", "https://erp")))
    received, seen = servicer.calls[0]
    assert (received.display_name, received.weight) == ("x", 3)
    assert not received.HasField("document")
    assert seen.caller.client_id == "erp"
    assert seen.caller.scopes == {"things.write", "things.read"}
    assert seen.caller.accounts == {"bca:123"}
    assert seen.caller.from_edge
    assert seen.document == b'{"displayName":"x","weight":3}'
    assert seen.document_content_type == "application/json"
    assert seen.metadata["origin"] == "https://erp"
    assert not any(name.startswith("x-gerbang-claim") for name in seen.metadata)


async def test_internal_client_sends_typed_fields_with_its_configured_identity(
    call: Any, probe: Any, servicer: Any
):
    await call("client/erp", "MakeThing", probe.MakeThingRequest(display_name="x", shelf="s"))
    received, seen = servicer.calls[0]
    assert received.display_name == "x"
    assert seen.caller.client_id == "erp-inside"
    assert seen.caller.accounts == {"bca:9"}
    assert not seen.caller.from_edge
    assert seen.document is None


async def test_internal_client_without_the_scope_is_refused(refusal: Any, probe: Any):
    error = await refusal("client/erp", "FindThing", probe.FindThingRequest(display_name="x"))
    assert (error.code.name, error.reason) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_unconfigured_internal_client_has_no_scope(refusal: Any, probe: Any):
    error = await refusal("client/other", "MakeThing", probe.MakeThingRequest())
    assert (error.code.name, error.reason) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_peer_outside_the_policy_is_refused_before_anything_else(
    refusal: Any, probe: Any, servicer: Any
):
    error = await refusal("bank-adapter", "MakeThing", probe.MakeThingRequest(), metadata=CLAIMS)
    assert (error.code.name, error.reason) == ("PERMISSION_DENIED", "CALLER_NOT_ALLOWED")
    assert servicer.calls == []


async def test_operator_prefix_admits_and_names_the_operator(call: Any, probe: Any, servicer: Any):
    await call("operator/jane", "Inside", probe.FindThingRequest())
    assert servicer.calls[0][1].caller.operator == "jane"


@pytest.mark.parametrize("name", ["sub", "scp", "accounts", "operator", "roles", "new"])
async def test_claims_of_any_other_peer_are_refused(refusal: Any, probe: Any, name: str):
    error = await refusal(
        "client/erp",
        "MakeThing",
        probe.MakeThingRequest(),
        metadata=((f"x-gerbang-claim-{name}", "erp"),),
    )
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


@pytest.mark.parametrize("document", [json_document("{}"), httpbody_pb2.HttpBody()])
async def test_document_of_any_other_peer_is_refused(refusal: Any, probe: Any, document: Any):
    error = await refusal("client/erp", "MakeThing", probe.MakeThingRequest(document=document))
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


async def test_edge_without_claims_is_unauthenticated(refusal: Any, probe: Any):
    error = await refusal("edge", "MakeThing", probe.MakeThingRequest(document=json_document("{}")))
    assert (error.code.name, error.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "scopes", ["things.write", '"things.write"', "{}", "[1]", "\u2713".encode().hex()]
)
async def test_unreadable_scope_claim_is_unauthenticated(refusal: Any, probe: Any, scopes: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", scopes))
    error = await refusal("edge", "MakeThing", probe.MakeThingRequest(), metadata=claims)
    assert (error.code.name, error.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize("scopes", [["things.writer"], ["things.write x"], ["things"], []])
async def test_look_alike_scope_is_not_the_scope(refusal: Any, probe: Any, scopes: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", list_claim(scopes)))
    error = await refusal("edge", "MakeThing", probe.MakeThingRequest(), metadata=claims)
    assert (error.code.name, error.reason) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_claim_given_twice_is_refused(refusal: Any, probe: Any):
    error = await refusal(
        "edge",
        "MakeThing",
        probe.MakeThingRequest(),
        metadata=(*CLAIMS, ("x-gerbang-claim-sub", "other")),
    )
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


async def test_typed_field_from_the_query_is_refused_on_post(refusal: Any, probe: Any):
    request = probe.MakeThingRequest(weight=5, document=json_document("{}"))
    error = await refusal("edge", "MakeThing", request, metadata=CLAIMS)
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "QUERY_NOT_ALLOWED")
    assert error.field == "weight"


async def test_field_bound_by_an_additional_path_is_believed(call: Any, probe: Any, servicer: Any):
    request = probe.MakeThingRequest(shelf="s1", document=json_document("{}"))
    await call("edge", "MakeThing", request, metadata=CLAIMS)
    assert servicer.calls[0][0].shelf == "s1"


async def test_path_bound_field_in_the_body_is_refused(refusal: Any, probe: Any):
    request = probe.MakeThingRequest(shelf="s1", document=json_document('{"shelf":"s2"}'))
    error = await refusal("edge", "MakeThing", request, metadata=CLAIMS)
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "UNKNOWN_FIELD")
    assert error.field == "shelf"


async def test_query_fields_are_welcome_on_get(call: Any, probe: Any, servicer: Any):
    await call("edge", "FindThing", probe.FindThingRequest(display_name="x"), metadata=CLAIMS)
    assert servicer.calls[0][0].display_name == "x"


async def test_anonymous_rpc_needs_no_claims_and_keeps_its_raw_document(
    call: Any, probe: Any, servicer: Any
):
    form = json_document("a=1&b=2", "application/x-www-form-urlencoded")
    await call("edge", "PostForm", probe.MakeThingRequest(document=form))
    received, seen = servicer.calls[0]
    assert received.document.data == b"a=1&b=2"
    assert seen.document == b"a=1&b=2"
    assert seen.document_content_type == "application/x-www-form-urlencoded"
    assert seen.caller.client_id is None


async def test_bad_document_names_the_path_and_has_no_effect(
    refusal: Any, probe: Any, servicer: Any
):
    request = probe.MakeThingRequest(document=json_document('{"displayName":null}'))
    error = await refusal("edge", "MakeThing", request, metadata=CLAIMS)
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert error.field == "displayName"
    assert servicer.calls == []


async def test_scope_is_checked_before_the_document(refusal: Any, probe: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", list_claim(["other"])))
    error = await refusal(
        "edge", "MakeThing", probe.MakeThingRequest(document=json_document("[")), metadata=claims
    )
    assert (error.code.name, error.reason) == ("PERMISSION_DENIED", "SCOPE_MISSING")
