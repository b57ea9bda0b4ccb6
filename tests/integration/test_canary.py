"""Recognisable secrets in a whole installation, looked for wherever they could leak.

Recorders stand on the wires from bank-adapter to signer, from signer to audit
and from bank-adapter to the bank. After payments, refusals and a staged key,
the wires, every process's environment and command line, every log, database
and configuration, what the bank received and what callers were told are
searched.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tokens import SQLTokenStore
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from localstack import banks, free_ports
from localstack.bank_admin import BankAdmin
from localstack.configs import Overrides
from localstack.ops import gerbang_ops, run
from localstack.stack import Stack
from localstack.wire_recorder import WireRecorder
from servicekit.config import DatabaseSettings, Mode
from servicekit.database import open_engine, open_reading_engine
from servicekit.group_commit import GroupCommit
from servicekit.secret import read_secret_file
from servicekit.testing_canary import forms_of, forms_of_key, leaks

ROOT = Path(__file__).resolve().parents[2]
# Where secrets belong: their own files, the bank's side, the demo client's.
HOMES = frozenset({"secrets", "pki", "simulator.toml", "dev.env"})
BCA = banks.BCA
# States in /proc/PID/net/tcp.
_ESTABLISHED, _LISTEN = "01", "0A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    stack: Stack
    wires: dict[str, WireRecorder]


@pytest.fixture(scope="module")
def tapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tapped]:
    settings = free_ports.settings(ROOT, state=tmp_path_factory.mktemp("canary"), log_level="debug")
    with contextlib.ExitStack() as opened:
        wires = {
            name: opened.enter_context(WireRecorder(port))
            for name, port in (
                ("signer", settings.signer_port),
                ("audit", settings.audit_port),
                ("bank", settings.simulator_port),
            )
        }
        near = {name: f"127.0.0.1:{wire.port}" for name, wire in wires.items()}
        overrides: Overrides = {
            "bank-adapter": {
                "signer": {"target": near["signer"]},
                "banks": {BCA.bank_id: {"base_url": f"https://{near['bank']}"}},
            },
            "signer": {"audit": {"target": near["audit"]}},
        }
        stack = opened.enter_context(Stack(settings, overrides=overrides, known=(BCA,)))
        yield Tapped(stack=stack, wires=wires)


async def bank_token(stack: Stack) -> str:
    """The token that bank-adapter holds now: only its own key opens it."""
    settings = DatabaseSettings(url=stack.settings.database_url("bank-adapter"))
    reader, engine = SQLReader(open_reading_engine(settings)), open_engine(settings)
    key = read_secret_file(stack.secrets.adapter_token_key_file, Mode.DEVELOPMENT)
    store = SQLTokenStore(GroupCommit(engine), reader, key=key)
    try:
        stored = await store.load(f"{BCA.bank_id}/{BCA.client_id}")
    finally:
        reader.close()
        engine.dispose()
    assert stored is not None
    assert stored.value
    return stored.value


def use_everything(stack: Stack, key_file: Path) -> list[str]:
    """Good and bad calls of an ERP and of an operator; gives what they were told."""
    told = []
    with stack.erp() as erp, BankAdmin(stack.settings.simulator_admin_url) as bank:
        told += [erp.post("/v1/transfers", erp.order(f"INV-{number}")).text for number in range(3)]
        told.append(erp.get(f"/v1/accounts/{erp.client.source_account}/balance").text)
        bank.revoke_tokens()
        told.append(erp.post("/v1/transfers", erp.order("INV-AFTER-401")).text)
        told.append(erp.post("/v1/transfers", erp.order("INV-X", amount="no money")).text)
        told.append(erp.http.post("/oauth2/token", auth=(erp.client.client_id, "wrong")).text)
        received = [bank.requests(service) for service in ("73", "17", "11")]
        assert all(received)
        told.append(json.dumps(received))
    staged = gerbang_ops(stack, "keys", "stage", BCA.token_key, "--private-key-file", str(key_file))
    for command in (
        ("keys", "probe", BCA.token_key, str(staged["version"])),
        ("keys", "promote", BCA.token_key, str(staged["version"]), "--yes"),
        ("keys", "list"),
        ("journal", "verify"),
    ):
        done = run(stack, *command)
        told += [done.stdout, done.stderr]
    return told


def processes(stack: Stack) -> dict[str, bytes]:
    """Environment and command line of each; our processes shut out all but root."""
    found = {}
    for name in stack.names():
        for what in ("environ", "cmdline"):
            with contextlib.suppress(PermissionError):
                found[f"{what} of {name}"] = Path(f"/proc/{stack.pid(name)}/{what}").read_bytes()
    return found


def files(state: Path) -> dict[str, bytes]:
    """Logs, databases with their side files, configurations."""
    return {
        str(path.relative_to(state)): path.read_bytes()
        for path in state.rglob("*")
        if path.is_file() and not HOMES & set(path.relative_to(state).parts)
    }


def called_by(pid: int) -> set[int]:
    """The ports that a process has connections of its own to (/proc/PID/net/tcp)."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    own = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    listened = {row[1].rpartition(":")[2] for row in rows if row[3] == _LISTEN and row[9] in own}
    return {
        int(row[2].rpartition(":")[2], 16)
        for row in rows
        if row[3] == _ESTABLISHED and row[9] in own and row[1].rpartition(":")[2] not in listened
    }


def test_the_signer_calls_nobody_but_the_audit(tapped: Tapped) -> None:
    stack = tapped.stack
    with stack.erp() as erp:
        erp.post("/v1/transfers", erp.order("INV-CALLS")).raise_for_status()

    if os.geteuid() != 0:  # its own user may not look at it, a test of that user neither
        with pytest.raises(PermissionError):
            called_by(stack.pid("signer"))
        return
    assert called_by(stack.pid("signer")) == {tapped.wires["audit"].port}
    # The same look finds what another process calls.
    assert tapped.wires["signer"].port in called_by(stack.pid("bank-adapter"))


async def test_planted_secrets_are_found_nowhere(tapped: Tapped, tmp_path: Path) -> None:
    stack = tapped.stack
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_file.chmod(0o600)
    places = {"answers": "\n".join(use_everything(stack, key_file)).encode()}
    with stack.erp() as erp:
        planted = [
            stack.secrets.shared(BCA.transaction_key),
            stack.secrets.kek_passphrase_file.read_text().strip(),
            erp.client.secret,
            erp.token(),
            await bank_token(stack),
        ]
    places |= {f"wire to {name}": wire.seen() for name, wire in tapped.wires.items()}
    places |= processes(stack) | files(stack.settings.state)

    assert {"log/signer.log", "log/bank-adapter.log", "data/signer.db"} <= places.keys()
    assert all(len(wire.seen()) > 10_000 for wire in tapped.wires.values())
    # What stands in the clear there is found, so the search can see.
    assert b"signer.gerbang.internal" in places["wire to signer"]
    forms = forms_of_key(key).union(*(forms_of(text.encode()) for text in planted))
    assert list(leaks(places, forms)) == []


def test_the_search_finds_what_is_there() -> None:
    text = secrets.token_hex(20)
    for form in forms_of(text.encode()):
        assert list(leaks({"a": b"x" + form + b"y", "b": b"nothing"}, forms_of(text.encode()))) == [
            "a"
        ]
