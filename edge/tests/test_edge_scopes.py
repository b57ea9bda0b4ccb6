"""Every scoped path, without its scope and with it alone."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from edge.bindings import Binding, read_bindings, read_descriptors
from edge.surface import SURFACE, scopes
from edge_testing.process import ORIGIN
from edge_testing.services import FakeServices
from edge_testing.tokens import SigningKey, api_claims
from edge_testing.verdict import refusal

DESCRIPTORS = Path(__file__).parents[2] / "protos" / "descriptors" / "edge.binpb"
SCOPED = [
    binding
    for binding in read_bindings(read_descriptors(DESCRIPTORS))
    if SURFACE[binding.rpc] is not None
]
REFUSED = (403, "SCOPE_MISSING")


def _call(client: httpx.Client, binding: Binding, token: str) -> httpx.Response:
    path = binding.template.replace("{", "").replace("}", "").replace("_", "-")
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    return client.request(binding.method, path, headers=headers)


@pytest.mark.parametrize("binding", SCOPED, ids=lambda binding: binding.rpc)
def test_every_other_scope_together_does_not_open_it(
    anonymous: httpx.Client, services: FakeServices, signing_key: SigningKey, binding: Binding
):
    scope = SURFACE[binding.rpc]
    others = [each for each in scopes() if each != scope]
    response = _call(anonymous, binding, signing_key.sign(api_claims(scp=others)))
    assert refusal(response) == REFUSED
    assert str(scope) in response.json()["message"]
    assert services.received == []


@pytest.mark.parametrize("binding", SCOPED, ids=lambda binding: binding.rpc)
def test_its_own_scope_alone_opens_it(
    anonymous: httpx.Client, services: FakeServices, signing_key: SigningKey, binding: Binding
):
    token = signing_key.sign(api_claims(scp=[SURFACE[binding.rpc]]))
    assert _call(anonymous, binding, token).status_code == 200
    assert services.only().rpc == binding.rpc


@pytest.mark.parametrize(
    "scp",
    [
        None,
        [],
        "transfers.read",
        "transfers.read transfers.write",
        ["transfers.read "],
        ["transfers.reads"],
        ["xtransfers.read"],
        ["TRANSFERS.READ"],
        ["transfers.write transfers.read"],
        [["transfers.read"]],
        {"transfers.read": True},
        True,
    ],
    ids=repr,
)
def test_scope_must_be_an_element_of_the_array(
    anonymous: httpx.Client, signing_key: SigningKey, scp: object
):
    response = anonymous.get(
        "/v1/transfers",
        headers={
            "origin": ORIGIN,
            "authorization": f"Bearer {signing_key.sign(api_claims(scp=scp))}",
        },
    )
    assert refusal(response) == REFUSED
