"""Checks the contracts and generates what is made from them.

`generate` writes protos/python/gerbang (the importable package) and
protos/descriptors/edge.binpb (for Envoy's transcoder, with the google.rpc
types in it, without which its error bodies are empty). `check` does the same
into a scratch folder and fails on any difference. `lint` and `breaking` run
Buf; the last released contract is protos/baseline/contract.binpb, renewed by
`release`.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import google.api
import google.rpc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
BASELINE = PROTOS / "baseline" / "contract.binpb"
THIRD_PARTY = [
    "google/api/annotations.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
    "google/rpc/status.proto",
    "google/rpc/error_details.proto",
]


def third_party_root() -> Path:
    """Where googleapis-common-protos keeps its .proto files."""
    return Path(google.api.__path__[0]).parent.parent


def sources() -> list[str]:
    return sorted(str(p.relative_to(PROTOS)) for p in (PROTOS / "gerbang").rglob("*.proto"))


def protoc(*arguments: str) -> None:
    command = [
        sys.executable, "-m", "grpc_tools.protoc",
        f"--proto_path={PROTOS}", f"--proto_path={third_party_root()}", *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)


def generate(target: Path) -> None:
    """Writes the Python package and the descriptor set below `target`."""
    python = target / "python"
    shutil.rmtree(python / "gerbang", ignore_errors=True)
    python.mkdir(parents=True, exist_ok=True)
    (target / "descriptors").mkdir(exist_ok=True)
    protoc(
        f"--python_out={python}",
        f"--grpc_python_out={python}",
        f"--mypy_out=quiet:{python}",
        f"--mypy_grpc_out=quiet:{python}",
        *sources(),
    )
    for folder in [python / "gerbang", *(p for p in (python / "gerbang").rglob("*") if p.is_dir())]:
        (folder / "__init__.py").touch()
    (python / "gerbang" / "py.typed").touch()
    protoc(
        "--include_imports",
        f"--descriptor_set_out={target / 'descriptors' / 'edge.binpb'}",
        *sources(),
        "google/rpc/status.proto",
        "google/rpc/error_details.proto",
    )


def differences(left: Path, right: Path) -> list[str]:
    """Names that differ between two trees, bytecode left out."""
    found: list[str] = []

    def walk(comparison: filecmp.dircmp[str]) -> None:
        found.extend(comparison.left_only + comparison.right_only)
        _, mismatch, errors = filecmp.cmpfiles(
            comparison.left, comparison.right, comparison.common_files, shallow=False
        )
        found.extend(mismatch + errors)
        for inner in comparison.subdirs.values():
            walk(inner)

    walk(filecmp.dircmp(left, right, ignore=["__pycache__"]))
    return found


def check() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        changed = differences(Path(scratch) / "python" / "gerbang", PROTOS / "python" / "gerbang")
        changed += differences(Path(scratch) / "descriptors", PROTOS / "descriptors")
    if changed:
        raise SystemExit(f"generated code is stale, run `make protos`: {', '.join(changed)}")
    print("protos: generated code matches the contracts")


def buf(*arguments: str) -> None:
    """Runs Buf in a scratch workspace: our module beside the google one."""
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch)
        shutil.copytree(PROTOS / "gerbang", workspace / "contracts" / "gerbang")
        shutil.copy(PROTOS / "buf.yaml", workspace / "buf.yaml")
        for name in THIRD_PARTY:
            copy = workspace / "third_party" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(third_party_root() / name, copy)
        done = subprocess.run(["buf", *arguments], cwd=workspace, check=False)
    if done.returncode != 0:
        raise SystemExit(done.returncode)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["generate", "check", "lint", "breaking", "release"])
    match parser.parse_args().verb:
        case "generate":
            generate(PROTOS)
        case "check":
            check()
        case "lint":
            buf("lint", "contracts")
            print("protos: buf lint clean")
        case "breaking":
            buf("breaking", "contracts", "--against", str(BASELINE))
            print("protos: no breaking change against the baseline")
        case "release":
            BASELINE.parent.mkdir(exist_ok=True)
            buf("build", "contracts", "--output", str(BASELINE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
