import tomllib
from pathlib import Path

import pytest
from localstack import toml_file
from localstack.settings import SettingsError, from_environment, table
from localstack.stack import Stack

ROOT = Path("/somewhere/gerbang")


def test_without_variables_everything_has_a_default() -> None:
    settings = from_environment(ROOT, {})

    assert settings.url == "https://127.0.0.1:8443"
    assert settings.bank_base_url == "https://127.0.0.1:9200"
    assert settings.database_url("bank-adapter") == (
        "sqlite:////somewhere/gerbang/.gerbang/data/bank-adapter.db"
    )


def test_each_further_adapter_process_has_a_port_of_its_own() -> None:
    settings = from_environment(ROOT, {"GERBANG_BANK_ADAPTER_PROCESSES": "3"})

    assert settings.adapter_ports() == (9102, 9122, 9142)


def test_a_database_url_is_taken_as_given() -> None:
    url = "mysql+pymysql://audit@127.0.0.1:3306/audit"

    assert from_environment(ROOT, {"GERBANG_AUDIT_DATABASE_URL": url}).database_url("audit") == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GERBANG_EDGE_PORT", "https"),
        ("GERBANG_EDGE_PORT", "70000"),
        ("GERBANG_EDGE_PORT", "9101"),
        ("GERBANG_WORKER_PROCESSES", "0"),
        ("GERBANG_WORKER_PORT", "9101"),
        ("GERBANG_AUTH_DATABASE_URL", "postgresql://auth@db/auth"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError):
        from_environment(ROOT, {name: value})


def test_the_table_names_every_variable_once() -> None:
    lines = table().splitlines()

    assert len(lines) == len(set(lines))
    assert any("`GERBANG_EDGE_PORT` | `8443`" in line for line in lines)


def test_toml_reads_back_as_it_was_written(tmp_path: Path) -> None:
    tables = {
        "mode": "development",
        "count": 3,
        "wait_s": 1.5,
        "strict": True,
        "names": ["a", 'quote " and \\ and é'],
        "empty": [],
        "listen": {"host": "127.0.0.1", "inner": {"port": 1}},
        "partners": [{"name": "x", "callback": {"url": "y"}}, {"name": "z"}],
        "by.dotted": {"a b": 1},
    }
    toml_file.write(tmp_path / "c.toml", tables)

    assert tomllib.loads((tmp_path / "c.toml").read_text()) == tables


def test_a_change_is_laid_over_one_table_and_leaves_the_rest() -> None:
    changed = toml_file.merged({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"x": 9}})

    assert changed == {"a": {"x": 9, "y": 2}, "b": 3}


def test_a_password_in_a_database_url_moves_to_a_file_of_its_own(tmp_path: Path) -> None:
    settings = from_environment(
        tmp_path, {"GERBANG_AUDIT_DATABASE_URL": "mysql+pymysql://audit:s3cret@db:3306/audit"}
    )
    stack = Stack(settings, say=lambda _: None)
    stack.write_files()

    database = tomllib.loads(stack.config_file("audit").read_text())["database"]

    assert database["url"] == "mysql+pymysql://audit@db:3306/audit"
    assert Path(database["password_file"]).read_text() == "s3cret\n"
