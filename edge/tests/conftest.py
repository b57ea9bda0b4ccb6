"""One PKI, one set of fake services and one Envoy for the whole session.

A test that needs another configuration starts its own Envoy by `start_edge`;
that takes a fraction of a second. A test that changes keys or health brings
fakes of its own, so that the others do not notice.
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
from edge_testing.process import ORIGIN, PKI, Edge, StartEdge, free_port, run_edge, wait_until
from edge_testing.services import FakeServices, Serving, serve
from edge_testing.tokens import SigningKey, api_claims
from servicekit.testing import issue_test_pki

DESCRIPTORS = Path(__file__).parents[2] / "protos" / "descriptors" / "edge.binpb"
SERVICES = ("auth", "bank-adapter", "audit")

MakeSettings = Callable[..., EdgeSettings]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> PKI:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), [*SERVICES, "edge", "public"])


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return SigningKey("key-1")


@pytest.fixture(scope="session")
def _fakes(signing_key: SigningKey) -> FakeServices:
    return FakeServices(jwks={"keys": [signing_key.jwk]})


@pytest.fixture(scope="session")
def backends(_fakes: FakeServices, pki: PKI) -> Iterator[dict[str, Serving]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(_fakes, pki[name])) for name in SERVICES}


@pytest.fixture(scope="session")
def make_settings(
    pki: PKI, backends: dict[str, Serving], tmp_path_factory: pytest.TempPathFactory
) -> MakeSettings:
    """Settings for loopback; keywords change a section's keys or a value."""
    public, identity = pki["public"], pki["edge"]

    def make(**changes: Any) -> EdgeSettings:
        folder = tmp_path_factory.mktemp("log")
        document: dict[str, Any] = {
            "public": {
                "host": "127.0.0.1",
                "port": free_port(),
                "certificate_file": public.certificate_file,
                "private_key_file": public.private_key_file,
            },
            "identity": identity.model_dump(),
            "upstreams": {
                "auth": backends["auth"].upstream,
                "bank_adapter": backends["bank-adapter"].upstream,
                "audit": backends["audit"].upstream,
                "dashboard": {"targets": (f"127.0.0.1:{free_port()}",)},
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
        for section, change in changes.items():
            mixed = isinstance(change, dict)
            document[section] = document.get(section, {}) | change if mixed else change
        return EdgeSettings.model_validate(document)

    return make


@pytest.fixture(scope="session")
def _shared_edge(
    make_settings: MakeSettings,
    pki: PKI,
    signing_key: SigningKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    with run_edge(make_settings(), ca_file=pki["public"].ca_file, folder=folder) as edge:
        wait_for_keys(edge, signing_key)
        yield edge


@pytest.fixture
def services(_fakes: FakeServices) -> FakeServices:
    _fakes.forget()
    return _fakes


@pytest.fixture
def edge(_shared_edge: Edge, services: FakeServices) -> Edge:
    return _shared_edge


@pytest.fixture
def start_edge(
    make_settings: MakeSettings,
    pki: PKI,
    signing_key: SigningKey,
    services: FakeServices,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartEdge]:
    """Starts an Envoy of the test's own; keywords change the settings."""
    with ExitStack() as stack:

        def start(*, keys: bool = True, **changes: Any) -> Edge:
            settings = make_settings(**changes)
            folder = tmp_path_factory.mktemp("edge")
            running = run_edge(settings, ca_file=pki["public"].ca_file, folder=folder)
            edge = stack.enter_context(running)
            if keys:
                wait_for_keys(edge, signing_key)
            services.forget()
            return edge

        yield start


def wait_for_keys(edge: Edge, key: SigningKey) -> None:
    """Waits until a token by this key is good: the JWKS arrived."""
    headers = {"authorization": f"Bearer {key.sign(api_claims())}", "origin": ORIGIN}

    def good() -> bool:
        with edge.client() as client:
            return client.get("/v1/nothing", headers=headers).status_code == 404

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
