"""The configuration file is read strictly, and what is made of it is accepted by Envoy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from edge.__main__ import main
from edge.settings import ConfigError, load
from edge_testing.process import PKI

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "edge" / "config" / "edge.toml"


def _file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "edge.toml"
    path.write_text(text)
    return path


def quoted(path: Path) -> str:
    return f'"{path}"'


@pytest.fixture
def usable(tmp_path: Path, pki: PKI) -> Path:
    """The example with certificates that exist."""
    descriptors = REPOSITORY / "protos" / "descriptors" / "edge.binpb"
    return _file(
        tmp_path,
        ("/etc/gerbang/edge.binpb", str(descriptors)),
        ('"public-cert.pem"', quoted(pki["public"].certificate_file)),
        ('"public-key.pem"', quoted(pki["public"].private_key_file)),
        ('"cert.pem"', quoted(pki["edge"].certificate_file)),
        ('"key.pem"', quoted(pki["edge"].private_key_file)),
        ('"ca.pem"', quoted(pki["edge"].ca_file)),
    )


def test_example_is_read():
    settings = load(EXAMPLE)
    assert settings.public.port == 8443
    assert settings.times.route_timeout_s == 15.0


def test_relative_paths_are_relative_to_the_file(tmp_path: Path):
    path = _file(tmp_path, ("/etc/gerbang/edge.binpb", "contracts/edge.binpb"))
    assert load(path).descriptor_file == tmp_path / "contracts" / "edge.binpb"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("port = 8443", "prot = 8443", "public.prot"),
        ("port = 8443", 'port = "x"', "public.port"),
        ("port = 8443", "port = 70000", "public.port"),
        ("[times]", "[time]", "time"),
        ("[times]", "[times]\njwks_cache = 1", "times.jwks_cache"),
        ("bank_wait_s = 10.0", "bank_wait_s = 100.0", "times.bank_wait_s"),
        ('targets = ["auth:9101"]', "targets = []", "upstreams.auth.targets"),
        ('"auth:9101"', '"auth"', "upstreams.auth.targets.0"),
        ('"0.0.0.0/0", "::/0"', '"10.0.0.1/8"', "access.client_cidrs.0"),
        ("https://erp.example.co.id", "https://ERP.example.co.id", "access.origins.0"),
        ("https://erp.example.co.id", "https://erp.example.co.id/", "access.origins.0"),
        ("https://erp.example.co.id", "https://erp.example.co.id:443", "access.origins.0"),
        ("https://erp.example.co.id", "https://a@erp.example.co.id", "access.origins.0"),
        ("https://erp.example.co.id", "erp.example.co.id", "access.origins.0"),
        ("https://erp.example.co.id", "*", "access.origins.0"),
        ("https://erp.example.co.id", "null", "access.origins.0"),
        ('ca_file = "ca.pem"', "", "identity.ca_file"),
        ("[times]", "[rates.total]\nper_s = 10\nburst = 5\n[times]", "rates.total"),
        ("[times]", "times", "edge.toml"),
    ],
)
def test_wrong_file_is_refused_by_the_path_of_the_fault(
    tmp_path: Path, old: str, new: str, named: str
):
    with pytest.raises(ConfigError) as caught:
        load(_file(tmp_path, (old, new)))
    assert named in str(caught.value)


def test_every_fault_is_named_at_once(tmp_path: Path):
    path = _file(tmp_path, ("port = 8443", "prot = 8443"), ("[times]", "[time]"))
    with pytest.raises(ConfigError, match=r"(?s)prot.*time"):
        load(path)


def test_render_writes_one_complete_file(
    usable: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    output = tmp_path / "out"
    assert main(["render", "--config", str(usable), "--output", str(output)]) == 0
    assert capsys.readouterr().out == f"{output / 'envoy.json'}\n"
    assert [path.name for path in output.iterdir()] == ["envoy.json"]
    listeners = json.loads((output / "envoy.json").read_text())["static_resources"]["listeners"]
    assert [listener["name"] for listener in listeners] == ["public", "jwks"]


def test_render_twice_is_the_same(usable: Path, tmp_path: Path):
    for name in ("a", "b"):
        main(["render", "--config", str(usable), "--output", str(tmp_path / name)])
    first, second = (tmp_path / name / "envoy.json" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_envoy_accepts_the_example(usable: Path):
    assert main(["validate", "--config", str(usable)]) == 0


def test_envoy_refuses_a_key_that_is_not_there(usable: Path, pki: PKI):
    text = usable.read_text().replace(str(pki["edge"].private_key_file), "/nothing/here.key")
    usable.write_text(text)
    assert main(["validate", "--config", str(usable)]) != 0


def test_wrong_file_ends_the_command_with_its_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = _file(tmp_path, ("port = 8443", "prot = 8443"))
    assert main(["run", "--config", str(path)]) == 2
    assert "public.prot" in capsys.readouterr().err


def test_contracts_of_another_release_end_the_command(
    usable: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "empty.binpb").write_bytes(b"")
    descriptors = REPOSITORY / "protos" / "descriptors" / "edge.binpb"
    usable.write_text(usable.read_text().replace(str(descriptors), "empty.binpb"))
    assert main(["render", "--config", str(usable), "--output", str(tmp_path / "out")]) == 2
    assert "has no REST path" in capsys.readouterr().err
