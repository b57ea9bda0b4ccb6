"""docs/openapi: fresh, valid, and as strict as the services that stand behind it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from bank_adapter.application import transfer_request
from bank_adapter.domain import money
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from edge import surface

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "openapi"
# Custom connectors of Power Platform take no larger file.
MAX_SWAGGER_BYTES = 1_000_000


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "gerbang.yaml").read_text())
    return document


@pytest.fixture(scope="module")
def swagger() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / "gerbang.v2.json").read_text())
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation
        for path in document["paths"].values()
        for operation in path.values()
        if "operationId" in operation
    ]


def test_the_files_are_what_the_contracts_say() -> None:
    command = [sys.executable, str(ROOT / "tools" / "openapi.py"), "check"]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_both_files_are_valid(openapi: dict[str, Any], swagger: dict[str, Any]) -> None:
    validate(openapi)
    validate(swagger)


def test_swagger_fits_a_custom_connector(swagger: dict[str, Any]) -> None:
    size = (FOLDER / "gerbang.v2.json").stat().st_size

    assert size < MAX_SWAGGER_BYTES
    assert swagger["swagger"] == "2.0"


def test_every_scoped_call_of_the_edge_is_there_with_its_scope(openapi: dict[str, Any]) -> None:
    documented = {
        operation["operationId"]: operation["security"][0]["clientCredentials"]
        for operation in operations(openapi)
        if operation["security"]
    }
    expected = {
        rpc.rpartition("/")[2][0].lower() + rpc.rpartition("/")[2][1:]: [scope]
        for rpc, scope in surface.SURFACE.items()
        if scope is not None
    }

    assert documented == expected


def test_no_page_for_people_and_no_bank_callback_is_there(openapi: dict[str, Any]) -> None:
    assert all(
        path.startswith("/v1/") or path in (surface.TOKEN_PATH, surface.JWKS_PATH)
        for path in openapi["paths"]
    )


def test_both_files_have_the_same_calls(openapi: dict[str, Any], swagger: dict[str, Any]) -> None:
    names = {operation["operationId"] for operation in operations(openapi)}

    assert {operation["operationId"] for operation in operations(swagger)} == names


def test_the_patterns_are_those_the_service_checks(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    request = schemas["CreateTransferRequest"]["properties"]
    checked: dict[str, re.Pattern[str]] = {
        request["partnerReferenceNo"]["pattern"]: transfer_request._VISIBLE,
        request["sourceAccountNo"]["pattern"]: transfer_request._ACCOUNT,
        request["beneficiaryBankCode"]["pattern"]: transfer_request._BANK_CODE,
        request["beneficiaryEmail"]["pattern"]: transfer_request._EMAIL,
        schemas["Money"]["properties"]["value"]["pattern"]: money._VALUE,
    }

    for documented, pattern in checked.items():
        assert documented == f"^{pattern.pattern}$"


def test_every_example_fits_its_schema(openapi: dict[str, Any]) -> None:
    found = list(examples(openapi))

    assert found
    for schema, value in found:
        whole = {**schema, "components": openapi["components"]}
        OAS30Validator(whole).validate(value)


def examples(node: Any) -> Any:
    """Every pair of a schema and an example of it."""
    if isinstance(node, list):
        for entry in node:
            yield from examples(entry)
    if not isinstance(node, dict):
        return
    if "schema" in node and "example" in node:
        yield node["schema"], node["example"]
    for named in node.get("examples", {}).values() if "schema" in node else ():
        yield node["schema"], named["value"]
    for entry in node.values():
        yield from examples(entry)
