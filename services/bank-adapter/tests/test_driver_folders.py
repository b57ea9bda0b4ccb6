"""Every driver's folder looks the same, and a new one comes out whole."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from types import ModuleType

import bank_adapter.drivers
import pytest
from bank_adapter.adapters.bank_profile_file import read_profile_file
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.registry import DRIVERS, open_driver
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.snap.party import Party
from driver_talk import AT, ENVELOPE, ORDER, play
from driver_vectors import check_symmetric
from snap_conformance import SNAPConformance

# What is the company's and not the bank's.
COMPANYS_OWN = {
    "bank_id",
    "client_id",
    "partner_id",
    "channel_id",
    "token_key_id",
    "transaction_key_id",
}
DRIVERS_FOLDER = Path(bank_adapter.drivers.__file__).parent
ROOT = Path(__file__).resolve().parents[3]
IN_EVERY_FOLDER = {
    "__init__.py",
    "balance.py",
    "capabilities.py",
    "driver.py",
    "inquiry.py",
    "profile.py",
    "signals.py",
    "status.py",
}
# Files a bank has if it has the service.
BY_SERVICE = {
    "clearing.py",
    "interbank.py",
    "intrabank.py",
    "statement.py",
    "virtual_account.py",
}
# What a dialect needs beyond services.
OF_THE_DIALECT = {"exchange.py", "fields.py", "token.py"}
FOLDERS = sorted(
    folder.name for folder in DRIVERS_FOLDER.iterdir() if (folder / "driver.py").exists()
)
# The list of a profile is in its file.
WRITTEN_IN_PYTHON = sorted({*FOLDERS} - {"snap_generic"})


@pytest.mark.parametrize("name", FOLDERS)
def test_folder_has_the_files_of_every_folder(name: str):
    files = {path.name for path in (DRIVERS_FOLDER / name).glob("*.py")}
    assert files >= IN_EVERY_FOLDER
    assert files <= IN_EVERY_FOLDER | BY_SERVICE | OF_THE_DIALECT


@pytest.mark.parametrize("name", WRITTEN_IN_PYTHON)
def test_capabilities_are_a_literal_list(name: str):
    module = importlib.import_module(f"bank_adapter.drivers.{name}.capabilities")
    source = Path(str(module.__file__)).read_text("utf-8")
    assert all(f"Capability.{capability.name}," in source for capability in module.CAPABILITIES)
    assert set(Capability) >= module.CAPABILITIES


def test_every_folder_is_registered():
    assert set(FOLDERS) == set(DRIVERS)


@pytest.fixture
def new_bank() -> ModuleType:
    spec = importlib.util.spec_from_file_location("new_bank", ROOT / "tools" / "new_bank.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def laid(new_bank: ModuleType, tmp_path: Path) -> Iterator[Path]:
    new_bank.lay("newbank_snap", "New Bank", tmp_path)
    drivers = tmp_path / "src" / "bank_adapter" / "drivers"
    bank_adapter.drivers.__path__.append(str(drivers))
    importlib.invalidate_caches()
    yield tmp_path
    bank_adapter.drivers.__path__.remove(str(drivers))
    for name in [name for name in sys.modules if "newbank_snap" in name]:
        del sys.modules[name]


def test_new_bank_has_the_files_of_every_folder(laid: Path):
    folder = laid / "src" / "bank_adapter" / "drivers" / "newbank_snap"
    files = {path.name for path in folder.glob("*.py")}
    assert files == IN_EVERY_FOLDER | {"intrabank.py"}
    assert (laid / "tests" / "vectors" / "newbank_snap.json").exists()
    assert (laid / "tests" / "test_driver_newbank_snap.py").exists()


def test_new_bank_speaks_at_once(laid: Path):
    driver_module = importlib.import_module("bank_adapter.drivers.newbank_snap.driver")
    profile_module = importlib.import_module("bank_adapter.drivers.newbank_snap.profile")
    profile = profile_module.NewbankSnapProfile(
        bank_id="newbank",
        client_id="client",
        partner_id="partner",
        channel_id="12345",
        token_key_id="token",
        transaction_key_id="secret",
    )

    class NewBank(SNAPConformance):
        driver = driver_module.NewbankSnapDriver(profile)

    suite = NewBank()
    message = suite.driver.render_transfer(ORDER, at=AT)
    answer = suite.transfer_answer(ORDER, message)
    talk = play(suite.driver.transfer(ORDER, message, ENVELOPE), answer)
    assert talk.result.verdict is Verdict.SETTLED


def test_plain_bank_is_a_profile_its_vectors_and_its_test(new_bank: ModuleType, tmp_path: Path):
    written = new_bank.lay("permata", "Bank Permata", tmp_path, plain=True)
    assert sorted(path.name for path in written) == [
        "permata.json",
        "permata.toml",
        "test_profile_permata.py",
    ]
    (profile,) = (path for path in written if path.suffix == ".toml")
    company = {
        "bank_id": "permata",
        "client_id": "client",
        "partner_id": "partner",
        "channel_id": "12345",
        "token_key_id": "token",
        "transaction_key_id": "secret",
    }
    driver = open_driver("snap_generic", read_profile_file(profile) | company)
    assert driver.capabilities >= {Capability.TRANSFER_INTRABANK, Capability.TRANSFER_ONLINE}


def test_plain_profile_shows_every_key(new_bank: ModuleType):
    template = (new_bank.TEMPLATES / "plain" / "profile.toml.tmpl").read_text("utf-8")
    shown = set(re.findall(r"^#? ?([a-z_]+) = ", template, re.MULTILINE)) | set(
        re.findall(r"^#? ?\[([a-z]+)", template, re.MULTILINE)
    )
    company = {field.name for field in fields(Party) if field.name in COMPANYS_OWN}
    keys = {field.name for field in fields(GenericProfile)} | {
        field.name for field in fields(TransferSpec)
    }
    assert keys - company <= shown
    assert shown - keys <= {"operation", "end_of_day", "rail_preference", "first_s", "max", "hours"}


def test_defaults_shown_in_the_plain_profile_are_those_of_the_code(new_bank: ModuleType):
    template = (new_bank.TEMPLATES / "plain" / "profile.toml.tmpl").read_text("utf-8")
    defaults = {
        field.name: getattr(field.default, "value", field.default)
        for model in (GenericProfile, TransferSpec)
        for field in fields(model)
        if field.default is not MISSING
    }
    commented = re.findall(r"^# ([a-z_]+ = .*)$", template, re.MULTILINE)
    shown = {name: value for line in commented for name, value in tomllib.loads(line).items()}
    for name in ("reference_digits", "status_reference", "signing", "statement_lines"):
        assert name in shown
    plain = {name: value for name, value in shown.items() if isinstance(value, str | int | bool)}
    assert {name: defaults[name] for name in plain if name in defaults} == {
        name: value for name, value in plain.items() if name in defaults
    }


def test_nothing_is_written_over(new_bank: ModuleType, laid: Path):
    with pytest.raises(FileExistsError):
        new_bank.lay("newbank_snap", "New Bank", laid)


@pytest.mark.parametrize("name", ["", "NewBank", "new-bank", "1bank", "../bank", "class"])
def test_name_of_a_driver_is_a_package(new_bank: ModuleType, name: str, tmp_path: Path):
    with pytest.raises(ValueError, match="driver is named"):
        new_bank.lay(name, "X", tmp_path)
    with pytest.raises(ValueError, match="driver is named"):
        new_bank.lay(name, "X", tmp_path, plain=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ['Bank "X"', "Bank\nX", "Bank \\ X"])
def test_title_cannot_break_the_files(new_bank: ModuleType, title: str, tmp_path: Path):
    with pytest.raises(ValueError, match="a title has no"):
        new_bank.lay("permata", title, tmp_path, plain=True)


def test_vector_of_another_key_is_told_and_none_is_too():
    vectors = json.loads((Path(__file__).parent / "vectors" / "snap.json").read_text("utf-8"))
    good = {name: vectors[name] for name in ("C6", "C7", "C8")}
    check_symmetric(good)
    for wrong in (
        {"_": "x"},
        {"C7": good["C7"] | {"key": "x"}},
        {"C7": good["C7"] | {"body_as_hashed": ""}},
    ):
        with pytest.raises(AssertionError):
            check_symmetric(wrong)
