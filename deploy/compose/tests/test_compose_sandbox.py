"""The sandbox's files agree with each other: the bank can be paid, and can call back."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from compose_setup.form import Form
from compose_setup.parts import DEMO_BANK_SECRET, DEMO_CALLBACK_SECRET
from cryptography import x509
from cryptography.hazmat.primitives import serialization

REPOSITORY = Path(__file__).resolve().parents[3]


def read(path: str) -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / path).read_text())


@pytest.fixture(scope="module")
def partner() -> dict[str, Any]:
    """What the simulator knows of us."""
    (known,) = read("simulator/config/simulator.sandbox.toml")["partners"]
    return dict(known)


@pytest.fixture(scope="module")
def bank() -> dict[str, Any]:
    """What the bank-adapter knows of the simulator."""
    return dict(read("services/bank-adapter/config/bank-adapter.sandbox.toml")["banks"]["bca"])


def imported() -> set[str]:
    """The keys that `sandbox-keys` puts into the signer."""
    text = (REPOSITORY / "docker-compose.yml").read_text()
    return set(re.findall(r"import --key-id (\S+)", text))


def test_the_simulator_knows_the_names_that_the_adapter_uses(
    partner: dict[str, Any], bank: dict[str, Any]
):
    ours = {name: bank["profile"][name] for name in ("client_id", "partner_id", "channel_id")}
    assert ours.items() <= partner.items()
    assert partner["client_secret"].encode() == DEMO_BANK_SECRET


def test_the_bank_calls_itself_what_the_adapter_expects(
    partner: dict[str, Any], bank: dict[str, Any]
):
    assert partner["callback"]["client_id"] == bank["inbound"]["client_key"]
    assert partner["callback"]["client_secret"].encode() == DEMO_CALLBACK_SECRET


def test_every_key_that_the_adapter_names_is_imported_and_granted(bank: dict[str, Any]):
    granted = {
        grant["key_id"]: grant["purposes"]
        for grant in read("services/signer/config/signer.sandbox.toml")["grants"]
    }
    signing = {bank["profile"]["token_key_id"], bank["profile"]["transaction_key_id"]}
    verifying = {
        bank["inbound"]["verify_token_key_id"],
        bank["inbound"]["verify_transaction_key_id"],
    }
    assert imported() == signing | verifying
    assert granted == {
        **{key: ["sign"] for key in signing},
        **{key: ["verify"] for key in verifying},
    }


def test_the_edges_certificate_has_the_name_that_the_simulator_calls(
    partner: dict[str, Any], install: Any
):
    host = partner["callback"]["base_url"].removeprefix("https://").partition(":")[0]
    pem = (install(Form.SANDBOX).root / "edge" / "public-cert.pem").read_bytes()
    names = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert host in names.value.get_values_for_type(x509.DNSName)


def test_the_signer_holds_the_public_half_of_the_simulators_key_and_nothing_else_of_it(
    install: Any,
):
    root = install(Form.SANDBOX).root
    private = serialization.load_pem_private_key(
        (root / "simulator" / "callback-key.pem").read_bytes(), password=None
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert (root / "signer" / "demo-callback-key.public.pem").read_bytes() == public
