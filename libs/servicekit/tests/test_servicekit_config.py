"""Strict configuration: every problem named by its path, secrets never echoed."""

from pathlib import Path
from typing import Any

import pydantic
import pytest
from servicekit.config import (
    ConfigError,
    DatabaseSettings,
    InternalClient,
    ListenSettings,
    LogSettings,
    Mode,
    PeerSettings,
    Settings,
    TLSSettings,
    load,
)


class Whole(Settings):
    mode: Mode
    listen: ListenSettings
    tls: TLSSettings
    database: DatabaseSettings
    log: LogSettings = LogSettings()
    audit: PeerSettings | None = None
    clients: tuple[InternalClient, ...] = ()
    extra_files: tuple[Path, ...] = ()
    named_files: dict[str, Path] = pydantic.Field(default_factory=dict)
    timeout_s: float = 1.0


SOUND = """
mode = "production"
timeout_s = 3
extra_files = ["a.pem", "/b.pem"]
[named_files]
main = "keys/c.pem"
[listen]
port = 9101
[tls]
certificate_file = "tls/own.pem"
private_key_file = "/etc/own.key"
ca_file = "../ca.pem"
[database]
url = "sqlite:///x.db"
[log]
level = "debug"
[audit]
target = "127.0.0.1:9104"
server_name = "audit.gerbang.internal"
[[clients]]
spiffe_id = "spiffe://gerbang/client/erp"
client_id = "erp"
scopes = ["transfers.write"]
accounts = ["bca:1"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "service.toml"
    path.write_text(text)
    return path


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), Whole)
    return caught.value.problems


def test_sound_file_is_read(tmp_path: Path):
    config = load(write(tmp_path, SOUND), Whole)
    assert config.mode is Mode.PRODUCTION
    assert config.listen == ListenSettings(host="127.0.0.1", port=9101)
    assert config.timeout_s == 3.0
    assert config.clients[0].scopes == frozenset({"transfers.write"})
    assert config.log.level == "debug"


def test_relative_paths_start_at_the_file_wherever_they_stand(tmp_path: Path):
    config = load(write(tmp_path, SOUND), Whole)
    assert config.tls.certificate_file == tmp_path / "tls" / "own.pem"
    assert config.tls.private_key_file == Path("/etc/own.key")
    assert config.tls.ca_file == tmp_path / ".." / "ca.pem"
    assert config.extra_files == (tmp_path / "a.pem", Path("/b.pem"))
    assert config.named_files == {"main": tmp_path / "keys" / "c.pem"}


def test_relative_configuration_path_gives_absolute_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path, SOUND)
    monkeypatch.chdir(tmp_path)
    config = load(Path("service.toml"), Whole)
    assert config.tls.certificate_file == tmp_path / "tls" / "own.pem"


def test_every_problem_is_named_by_its_path(tmp_path: Path):
    text = (
        SOUND.replace("port = 9101", 'port = "9101"')
        .replace('level = "debug"', 'level = "loud"\ncolour = true')
        .replace('target = "127.0.0.1:9104"\n', "")
        .replace('mode = "production"', 'mode = "test"')
    )
    found = problems(tmp_path, text)
    assert [problem.split(":")[0] for problem in found] == [
        "mode",
        "listen.port",
        "log.level",
        "log.colour",
        "audit.target",
    ]
    assert "log.colour: unknown key" in found
    assert "audit.target: missing" in found


@pytest.mark.parametrize("port", ["-1", "65536", "1.5", "true", '"80"'])
def test_port_must_be_a_port(tmp_path: Path, port: str):
    found = problems(tmp_path, SOUND.replace("port = 9101", f"port = {port}"))
    assert found[0].startswith("listen.port")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("mysql+pymysql://app:hunter2@h/db", "password"),
        ("postgresql://h/db", "mysql"),
        ("mysql://h/db", "mysql"),
        ("sqlite://", "names no database"),
        ("mysql+pymysql://h", "names no database"),
        ("hunter2", "not a database URL"),
    ],
)
def test_database_url_is_checked_and_not_echoed(tmp_path: Path, url: str, word: str):
    (found,) = problems(tmp_path, SOUND.replace("sqlite:///x.db", url))
    assert found.startswith("database.url")
    assert word in found
    assert "hunter2" not in found


def test_password_file_with_sqlite_is_refused(tmp_path: Path):
    text = SOUND.replace('"sqlite:///x.db"', '"sqlite:///x.db"\npassword_file = "p"')
    assert problems(tmp_path, text)[0].startswith("database")


def test_missing_file_and_broken_toml_are_configuration_errors(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml", Whole)
    assert "is not TOML" in problems(tmp_path, "a = ")[0]
    assert "is not TOML" in problems(tmp_path, "a = 1\na = 2")[0]


@pytest.mark.parametrize(
    "spiffe_id", ["spiffe://gerbang/", "spiffe://gerbang/client/", "spiffe://other/x", "erp"]
)
def test_internal_client_needs_a_whole_id_of_this_house(spiffe_id: str) -> None:
    with pytest.raises(pydantic.ValidationError):
        InternalClient(spiffe_id=spiffe_id, client_id="x", scopes=frozenset())


def test_settings_are_frozen() -> None:
    settings: Any = ListenSettings(port=1)
    with pytest.raises(pydantic.ValidationError):
        settings.port = 2
