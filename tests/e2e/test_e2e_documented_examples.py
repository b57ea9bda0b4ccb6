"""The examples that the documents show are run as they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from localstack.demo_client import DemoClient
from localstack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    text = (ROOT / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "README.id.md"])
def test_the_curl_commands_of_the_readme_pay_and_find_the_transfer(
    stack: Stack, document: str
) -> None:
    shown = [block for block in blocks(document, "sh") if "curl" in block]
    script = "set -eu\n" + "\necho\n".join(shown)
    script = script.replace(". .gerbang/dev.env", f". '{stack.settings.state / 'dev.env'}'")

    shell = shutil.which("bash") or "bash"
    done = subprocess.run([shell, "-c", script], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    paid, found, *_ = done.stdout.splitlines()
    assert '"state":"SETTLED"' in paid
    assert f'"sourceAccountNo":"{DemoClient(secret="").source_account}"' in paid
    assert '"transfers":[{' in found


def test_the_example_of_an_internal_caller_pays(stack: Stack) -> None:
    (example,) = blocks("docs/internal-callers.md", "python")
    example = example.replace('".gerbang/pki"', repr(str(stack.settings.state / "pki")))
    example = example.replace("127.0.0.1:9102", f"127.0.0.1:{stack.settings.bank_adapter_port}")

    done = subprocess.run(
        [sys.executable, "-c", example], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("SETTLED\n")


def test_the_example_in_python_pays_and_follows(stack: Stack, tmp_path: Path) -> None:
    example = "\n".join(blocks("docs/erp-guide/python.md", "python"))
    shown = (stack.settings.state / "dev.env").read_text().splitlines()
    environment = {
        name: shlex.split(value)[0] for name, _, value in (x.partition("=") for x in shown)
    }

    done = subprocess.run(
        [sys.executable, "-c", example],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("paid ")
