"""The manifests agree with the images and the configuration, and close in what DESIGN closes in."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_setup.parts import MIGRATE_OWNER, PARTS

FOLDER = Path(__file__).resolve().parents[1]
REPOSITORY = FOLDER.parents[1]
NAME = "app.kubernetes.io/name"
WORKER = "bank-adapter-worker"
OWNERS = {part.name: part.owner for part in PARTS} | {"migrate": MIGRATE_OWNER}
# Who may connect to whom, and to which ports; the picture in docs/architecture.md.
GRAPH = {
    ("edge", "auth"): {9101},
    ("edge", "bank-adapter"): {9102},
    ("edge", "audit"): {9104, 9114},
    ("auth", "audit"): {9104},
    ("signer", "audit"): {9104},
    ("bank-adapter", "signer"): {9103},
    ("bank-adapter", "audit"): {9104},
    (WORKER, "signer"): {9103},
    (WORKER, "audit"): {9104},
}
Manifest = dict[str, Any]


def manifests() -> Iterator[Manifest]:
    """Everything that the two kustomizations list."""
    for kustomization in sorted(FOLDER.glob("*/kustomization.yaml")):
        for resource in yaml.safe_load(kustomization.read_text())["resources"]:
            yield from yaml.safe_load_all((kustomization.parent / resource).read_text())


def of(kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


WORKLOADS = of("Deployment") | of("Job")
POLICIES = of("NetworkPolicy")
every_workload = pytest.mark.parametrize("name", WORKLOADS)


def pod(name: str) -> Manifest:
    found: Manifest = WORKLOADS[name]["spec"]["template"]["spec"]
    return found


def containers(name: str) -> list[Manifest]:
    return [*pod(name).get("initContainers", []), *pod(name)["containers"]]


def part_of(name: str) -> str:
    return name.removesuffix("-worker")


def test_every_file_is_listed_and_every_part_has_a_workload():
    listed = {
        (kustomization.parent / name)
        for kustomization in FOLDER.glob("*/kustomization.yaml")
        for name in ["kustomization.yaml", *yaml.safe_load(kustomization.read_text())["resources"]]
    }
    assert set(FOLDER.glob("*/*.yaml")) == listed
    assert set(WORKLOADS) == {p.name for p in PARTS if not p.sandbox_only} | {WORKER, "migrate"}


@every_workload
def test_labels_select_their_own_pods(name: str):
    spec = WORKLOADS[name]["spec"]
    assert spec["template"]["metadata"]["labels"][NAME] == name
    if WORKLOADS[name]["kind"] == "Deployment":
        assert spec["selector"]["matchLabels"] == {NAME: name}


@every_workload
def test_a_pod_is_closed_in_and_runs_as_the_user_of_its_image(name: str):
    context, owner = pod(name)["securityContext"], OWNERS[part_of(name)]
    assert context["runAsNonRoot"] is True
    assert {context[key] for key in ("runAsUser", "runAsGroup", "fsGroup")} == {owner}
    assert pod(name)["automountServiceAccountToken"] is False
    for container in containers(name):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


@every_workload
def test_a_pod_mounts_its_own_files_and_no_other(name: str):
    secrets = [one["secret"] for one in pod(name)["volumes"] if "secret" in one]
    assert secrets == [{"secretName": f"{part_of(name)}-files", "defaultMode": 0o440}]
    named = re.findall(r"/run/gerbang/[\w.-]+", str(containers(name)))
    assert set(named) <= {f"/run/gerbang/{part_of(name)}.toml"}


def test_images_are_those_of_compose():
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"].values()
    known = {re.sub(r":\$\{GERBANG_TAG.*", "", one["image"]) for one in compose}
    envoy = next(one["image"] for one in compose if "GERBANG_ENVOY_IMAGE" in one["image"])
    used = {container["image"] for name in WORKLOADS for container in containers(name)}
    pinned = re.sub(r"\$\{GERBANG_ENVOY_IMAGE:-(.*)\}", r"\1", envoy)
    assert used - {pinned} <= known
    assert pinned in used


@pytest.mark.parametrize("part", [part for part in PARTS if not part.sandbox_only])
def test_ports_are_those_of_the_configuration(part: Any):
    file = REPOSITORY / part.config_folder / f"{part.name}.toml"
    settings = tomllib.loads(file.read_text())
    tables = [settings.get("listen"), settings.get("dashboard"), settings.get("public")]
    wanted = [table["port"] for table in tables if table]
    opened = [port["containerPort"] for port in containers(part.name)[-1]["ports"]]
    served = [port["port"] for port in of("Service")[part.name]["spec"]["ports"]]
    assert wanted == opened == served


def test_only_the_edge_is_published():
    types = {name: one["spec"].get("type", "ClusterIP") for name, one in of("Service").items()}
    assert {name for name, kind in types.items() if kind != "ClusterIP"} == {"edge", "database"}
    assert types["database"] == "ExternalName"
    # Address lists of banks and operators need the caller's own address.
    assert of("Service")["edge"]["spec"]["externalTrafficPolicy"] == "Local"


def selected(peers: list[Manifest]) -> list[str]:
    return [peer["podSelector"]["matchLabels"][NAME] for peer in peers if "podSelector" in peer]


def ports(rule: Manifest) -> set[int]:
    return {port["port"] for port in rule["ports"]}


def rules(direction: str) -> Iterator[tuple[str, Manifest]]:
    """(pod, rule) of every policy but those for all."""
    for policy in POLICIES.values():
        if labels := policy["spec"]["podSelector"].get("matchLabels"):
            yield from ((labels[NAME], rule) for rule in policy["spec"].get(direction, []))


def test_nothing_connects_by_default():
    spec = POLICIES["nothing-by-default"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_both_ends_allow_the_graph_and_nothing_more():
    out = {(one, to): ports(rule) for one, rule in rules("egress") for to in selected(rule["to"])}
    into = {
        (source, one): ports(rule)
        for one, rule in rules("ingress")
        for source in selected(rule.get("from", []))
    }
    assert out == into == GRAPH


def test_the_world_reaches_the_edge_alone():
    assert {one for one, rule in rules("ingress") if "from" not in rule} == {"edge"}


def test_only_the_bank_adapter_has_a_way_out():
    blocks = [
        (one, peer["ipBlock"])
        for one, rule in rules("egress")
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    out = {one: block for one, block in blocks if block["cidr"] == "0.0.0.0/0"}
    assert set(out) == {"bank-adapter", WORKER}
    # Not into the cluster and not to a cloud's own addresses.
    assert all({"10.0.0.0/8", "169.254.0.0/16"} <= set(block["except"]) for block in out.values())
    database = {one for one, block in blocks if block["cidr"] != "0.0.0.0/0"}
    assert database == {"auth", "signer", "audit", "bank-adapter", WORKER, "migrate"}


def test_a_stop_waits_longer_than_payments_under_way():
    for name in ("bank-adapter", WORKER):
        assert pod(name)["terminationGracePeriodSeconds"] == 90
