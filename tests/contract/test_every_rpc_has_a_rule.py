"""Every RPC of every service is declared: who may call it, with which scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from audit.rpc_policy import POLICY as AUDIT
from auth.rpc_policy import POLICY as AUTH
from bank_adapter.rpc_policy import policy as adapter_policy
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from localstack import contracts
from servicekit.rpc_policy import EDGE, Policy
from signer.rpc_policy import POLICY as SIGNER

from edge import surface

POLICIES: Mapping[str, Policy] = {
    "auth": AUTH,
    "signer": SIGNER,
    "audit": AUDIT,
    "bank_adapter": adapter_policy(bank_wait_s=10.0, bank_timeout_s=60.0),
}
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for service in contracts.services()
    for method in service.methods
}


def package(name: str) -> str:
    return name.split(".")[1]


def is_public(method: MethodDescriptor) -> bool:
    http: Any = annotations_pb2.http
    return method.GetOptions().HasExtension(http)


@pytest.mark.parametrize("part", sorted(POLICIES))
def test_a_service_declares_its_rpcs_and_no_others(part: str) -> None:
    declared = set(POLICIES[part])

    assert declared == {name for name in METHODS if package(name) == part}


def test_every_package_of_the_contracts_has_a_service_here() -> None:
    assert {package(name) for name in METHODS} == set(POLICIES)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_edge_may_call_what_is_public_and_nothing_else(name: str) -> None:
    rule = POLICIES[package(name)][name]

    assert (EDGE in rule.callers) == is_public(METHODS[name])


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_edge_and_the_service_want_the_same_scope(name: str) -> None:
    rule = POLICIES[package(name)][name]

    assert surface.SURFACE.get(name) == (rule.scope if is_public(METHODS[name]) else None)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_public_rpc_without_a_scope_says_that_it_is_for_anybody(name: str) -> None:
    rule = POLICIES[package(name)][name]

    assert rule.anonymous_from_edge == (is_public(METHODS[name]) and rule.scope is None)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_an_rpc_names_its_callers(name: str) -> None:
    rule = POLICIES[package(name)][name]

    assert rule.callers
    assert "spiffe://gerbang/" not in rule.callers
