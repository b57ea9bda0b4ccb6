"""One PKI, one set of fake services and one Envoy for the whole session.

A test that needs another configuration starts its own Envoy by `start_edge`;
that takes a fraction of a second.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.append(str(Path(__file__).parent / "support"))
# pytest's import mode names this file `edge.tests.conftest` after its folders
# and puts a made-up `edge` where the package of that name belongs.
if getattr(sys.modules.get("edge"), "__file__", None) is None:
    sys.modules.pop("edge", None)

from edge.settings import EdgeSettings
from edge_testing.pki import TestCA
from edge_testing.process import ORIGIN, Edge, free_port, run_edge, wait_until
from edge_testing.services import FakeServices, serve
from edge_testing.tokens import SigningKey, api_claims

DESCRIPTORS = Path(__file__).parents[2] / "protos" / "descriptors" / "edge.binpb"

StartEdge = Callable[..., Edge]


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> TestCA:
    return TestCA(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return SigningKey("key-1")


@pytest.fixture(scope="session")
def _fakes(signing_key: SigningKey) -> FakeServices:
    return FakeServices(jwks={"keys": [signing_key.jwk]})


@pytest.fixture(scope="session")
def backends(_fakes: FakeServices, ca: TestCA) -> Iterator[dict[str, int]]:
    """The ports of the fake services by name."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serve(_fakes, ca.issue(name), ca.ca))
            for name in ("auth", "bank-adapter", "audit")
        }


@pytest.fixture(scope="session")
def make_settings(
    ca: TestCA, backends: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., EdgeSettings]:
    public = ca.issue("public")
    identity = ca.issue("edge")

    def make(**changes: Any) -> EdgeSettings:
        folder = tmp_path_factory.mktemp("log")
        document: dict[str, Any] = {
            "public": {
                "host": "127.0.0.1",
                "port": free_port(),
                "certificate_file": public.certificate_file,
                "private_key_file": public.private_key_file,
            },
            "identity": {
                "certificate_file": identity.certificate_file,
                "private_key_file": identity.private_key_file,
                "ca_file": ca.ca_file,
            },
            "upstreams": {
                "auth": {"targets": (f"127.0.0.1:{backends['auth']}",)},
                "bank_adapter": {"targets": (f"127.0.0.1:{backends['bank-adapter']}",)},
                "audit": {"targets": (f"127.0.0.1:{backends['audit']}",)},
                "dashboard": {"targets": ("127.0.0.1:1",)},
            },
            "access": {
                "origins": (ORIGIN, "https://second.example.test:8443"),
                "client_cidrs": ("127.0.0.0/8",),
                "operator_cidrs": ("127.0.0.0/8",),
            },
            "times": {"jwks_cache_s": 1.0},
            "admin_port": free_port(),
            "jwks_port": free_port(),
            "descriptor_file": DESCRIPTORS,
            "access_log_file": folder / "access.jsonl",
        }
        for section, values in changes.items():
            document[section] = (
                document.get(section, {}) | values if isinstance(values, dict) else values
            )
        return EdgeSettings.model_validate(document)

    return make


@pytest.fixture(scope="session")
def _shared_edge(
    make_settings: Callable[..., EdgeSettings],
    ca: TestCA,
    signing_key: SigningKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    with run_edge(make_settings(), ca_file=ca.ca_file, folder=folder) as edge:
        wait_for_keys(edge, signing_key)
        yield edge


@pytest.fixture
def edge(_shared_edge: Edge, services: FakeServices) -> Edge:
    return _shared_edge


@pytest.fixture
def services(_fakes: FakeServices) -> FakeServices:
    _fakes.forget()
    return _fakes


@pytest.fixture
def start_edge(
    make_settings: Callable[..., EdgeSettings],
    ca: TestCA,
    signing_key: SigningKey,
    services: FakeServices,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartEdge]:
    """Starts an Envoy of the test's own; keywords change the settings."""
    with ExitStack() as stack:

        def start(*, keys: bool = True, **changes: Any) -> Edge:
            folder = tmp_path_factory.mktemp("edge")
            edge = stack.enter_context(
                run_edge(make_settings(**changes), ca_file=ca.ca_file, folder=folder)
            )
            if keys:
                wait_for_keys(edge, signing_key)
            services.forget()
            return edge

        yield start


def wait_for_keys(edge: Edge, key: SigningKey) -> None:
    """Waits until a good token is good: the JWKS arrived."""
    headers = {"authorization": f"Bearer {key.sign(api_claims())}", "origin": ORIGIN}

    def good() -> bool:
        with edge.client() as client:
            return client.get("/v1/nothing", headers=headers).status_code != 401

    wait_until(good, what="the JWKS")


@pytest.fixture
def token(signing_key: SigningKey) -> str:
    return signing_key.sign(api_claims())


@pytest.fixture
def anonymous(edge: Edge) -> Iterator[httpx.Client]:
    """A client with nothing but a connection."""
    with edge.client() as client:
        yield client


@pytest.fixture
def erp(edge: Edge, token: str) -> Iterator[httpx.Client]:
    """A client that does everything right."""
    with edge.client(headers={"authorization": f"Bearer {token}", "origin": ORIGIN}) as client:
        yield client
