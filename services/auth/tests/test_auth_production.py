"""What production refuses."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from auth.config import AuthSettings
from auth.domain.client import Client, ClientStatus
from auth.production import (
    ProductionError,
    refuse_demo_client,
    refuse_demo_client_id,
    refuse_development_files,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from servicekit.config import ConfigError, Mode, parse

DEMO = Client(
    client_id="demo-erp",
    name="demo",
    status=ClientStatus.ACTIVE,
    secret_hash="hash",
    previous_secret=None,
    scopes=frozenset({"audit.read"}),
    origins=frozenset({"https://erp.example.com"}),
    accounts=frozenset(),
    version=1,
    created_us=0,
    updated_us=0,
)


def authority(path: Path, name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return str(path)


def settings_of(document: dict[str, Any], folder: Path) -> AuthSettings:
    return parse(document, AuthSettings, path=folder / "auth.toml")


def test_the_development_ca_is_refused_in_production_only(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["tls"]["ca_file"] = authority(tmp_path / "ca.pem", "Gerbang development CA")
    refuse_development_files(settings_of(document, tmp_path))
    document["mode"] = "production"

    with pytest.raises(ProductionError, match="development CA"):
        refuse_development_files(settings_of(document, tmp_path))


def test_the_development_ca_is_found_behind_another(
    document: dict[str, Any], tmp_path: Path
) -> None:
    authority(tmp_path / "good.pem", "Another CA")
    authority(tmp_path / "bad.pem", "Gerbang development CA")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes((tmp_path / "good.pem").read_bytes() + (tmp_path / "bad.pem").read_bytes())
    document["mode"] = "production"
    document["tls"]["ca_file"] = str(bundle)

    with pytest.raises(ProductionError, match="development CA"):
        refuse_development_files(settings_of(document, tmp_path))


@pytest.mark.parametrize(
    "origin",
    [
        "http://gerbang.example.com",
        "https://localhost:8443",
        "https://127.0.0.1:8443",
        "https://[::1]:8443",
    ],
)
def test_an_origin_of_a_developers_machine_is_refused(
    document: dict[str, Any], tmp_path: Path, origin: str
) -> None:
    document["mode"] = "production"
    document["login"]["public_origin"] = origin

    with pytest.raises(ProductionError, match="public_origin"):
        refuse_development_files(settings_of(document, tmp_path))


def test_a_production_configuration_is_taken(document: dict[str, Any], tmp_path: Path) -> None:
    document["mode"] = "production"

    refuse_development_files(settings_of(document, tmp_path))


@pytest.mark.parametrize(
    ("mode", "client", "refused"),
    [
        (Mode.PRODUCTION, DEMO, True),
        (Mode.PRODUCTION, DEMO.with_status(ClientStatus.DISABLED, now_us=1), False),
        (Mode.PRODUCTION, None, False),
        (Mode.DEVELOPMENT, DEMO, False),
    ],
)
def test_production_does_not_start_with_an_active_demo_client(
    mode: Mode, client: Client | None, *, refused: bool
) -> None:
    if not refused:
        refuse_demo_client(mode, client)
        return
    with pytest.raises(ProductionError, match="clients disable demo-erp"):
        refuse_demo_client(mode, client)


def test_production_makes_no_demo_client() -> None:
    refuse_demo_client_id(Mode.DEVELOPMENT, "demo-erp")
    refuse_demo_client_id(Mode.PRODUCTION, "erp")
    with pytest.raises(ProductionError):
        refuse_demo_client_id(Mode.PRODUCTION, "demo-erp")


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("keys", "publish_lead_s", 61),
        ("keys", "jwks_max_age_s", 0),
        ("tokens", "lifetime_s", 301),
        ("login", "session_s", 3_601),
        ("login", "public_origin", "https://gerbang.example.com/"),
        ("hashing", "threads", 0),
        ("login", "unknown", 1),
    ],
)
def test_a_setting_out_of_its_bounds_stops_the_start(
    document: dict[str, Any], tmp_path: Path, table: str, key: str, value: object
) -> None:
    document.setdefault(table, {})[key] = value

    with pytest.raises(ConfigError, match=table):
        settings_of(document, tmp_path)


def test_the_example_for_containers_is_complete() -> None:
    example = Path(__file__).parent.parent / "config" / "auth.toml"

    settings = parse(tomllib.loads(example.read_text()), AuthSettings, path=example)
    assert (settings.mode, settings.listen.port) == (Mode.PRODUCTION, 9101)
