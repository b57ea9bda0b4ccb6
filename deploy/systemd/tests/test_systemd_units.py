"""The units agree with the images, the configuration files and each other."""

import re
from pathlib import Path

import pytest
from compose_setup.parts import PARTS

FOLDER = Path(__file__).resolve().parents[1]
UNITS = {path.stem: path for path in sorted((FOLDER / "system").glob("*.service"))}
CLOSED_IN = FOLDER / "system" / "gerbang-.service.d" / "closed-in.conf"
# With a way out of this machine, or a door into it.
OPEN = {"gerbang-bank-adapter", "gerbang-bank-adapter-worker", "gerbang-edge"}
WORKER = "gerbang-bank-adapter-worker"
every_unit = pytest.mark.parametrize("name", UNITS)


def read(path: Path) -> dict[str, list[str]]:
    """Every setting of a unit, section.key, in the order of its lines."""
    settings: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text().splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings.setdefault(f"{section}.{key}", []).append(value)
    return settings


def owner(unit: str) -> str:
    return read(UNITS[unit])["Service.User"][0].removeprefix("gerbang-")


def test_each_part_has_its_unit_and_the_target_wants_it():
    parts = {f"gerbang-{part.name}" for part in PARTS if not part.sandbox_only}
    wanted = read(FOLDER / "system" / "gerbang.target")["Unit.Wants"]
    assert set(UNITS) == parts | {WORKER}
    assert {name for line in wanted for name in line.split()} == {f"{u}.service" for u in UNITS}


@every_unit
def test_a_unit_runs_its_own_program_with_its_own_file(name: str):
    part = owner(name)
    assert name.removeprefix("gerbang-") in {part, f"{part}-worker"}
    for command in read(UNITS[name])["Service.ExecStart"]:
        program, verb = re.match(r"/opt/gerbang/(\S+)/bin/python -m (\S+)", command).groups()
        assert program == part
        assert verb == part.replace("-", "_")
        assert f"--config /etc/gerbang/{part}/{part}.toml" in command


@every_unit
def test_only_those_that_talk_with_the_world_leave_loopback(name: str):
    allowed = read(UNITS[name]).get("Service.IPAddressAllow", [])
    assert allowed == (["any"] if name in OPEN else [])


def test_every_unit_is_closed_in():
    common = read(CLOSED_IN)
    assert common["Service.IPAddressDeny"] == ["any"]
    assert common["Service.IPAddressAllow"] == ["localhost"]
    assert common["Service.NoNewPrivileges"] == ["yes"]
    assert common["Service.CapabilityBoundingSet"] == [""]
    assert common["Service.ProtectSystem"] == ["strict"]
    assert common["Service.LimitCORE"] == ["0"]


@every_unit
def test_no_unit_undoes_what_holds_for_all(name: str):
    added = {"Service.IPAddressAllow", "Unit.After"}
    assert set(read(UNITS[name])) & set(read(CLOSED_IN)) <= added


def test_the_signer_does_not_go_to_swap_and_may_lock_its_memory():
    signer = read(UNITS["gerbang-signer"])
    assert signer["Service.MemorySwapMax"] == ["0"]
    assert signer["Service.LimitMEMLOCK"] == ["infinity"]


def test_a_stop_waits_longer_than_payments_under_way():
    for name in ("gerbang-bank-adapter", WORKER):
        assert read(UNITS[name])["Service.TimeoutStopSec"] == ["90s"]


def test_users_have_the_numbers_of_the_images():
    lines = (FOLDER / "sysusers.d" / "gerbang.conf").read_text().splitlines()
    users = dict(re.match(r"u gerbang-(\S+)\s+(\d+)", x).groups() for x in lines if x[0] == "u")
    given = {part.name: str(part.owner) for part in PARTS if not part.sandbox_only}
    # 101 is Envoy's in its image; on a server it may be anybody's.
    assert users == {**given, "edge": "10006"}
