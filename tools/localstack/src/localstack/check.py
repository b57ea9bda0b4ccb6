"""Lets every part read the configuration that the local stack writes.

In a folder of its own and without a database, so that `make lint` finds a key
that a service no longer knows, and Envoy itself judges the edge's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localstack import banks, free_ports
from localstack.parts import PROGRAMS
from localstack.stack import Stack

VERBS = {"edge": "validate"}


def everything(root: Path) -> list[str]:
    """What each part has against its file; empty when all are good."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(free_ports.settings(root, state=Path(folder)))
        materials = stack.write_files()
        # The simulator reads the keys that the signer would have made.
        for bank in banks.ALL:
            public = materials.secrets.public_key_file(bank.token_key)
            public.write_bytes(some_public_key())

        def judge(service: str) -> str:
            verb = VERBS.get(service, "check-config")
            config = stack.config_file(service)
            command = [sys.executable, *PROGRAMS[service], verb, "--config", str(config)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            return f"{service}: {done.stderr or done.stdout}" if done.returncode else ""

        with ThreadPoolExecutor() as pool:
            return [complaint for complaint in pool.map(judge, PROGRAMS) if complaint]


def some_public_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
