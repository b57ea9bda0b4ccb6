"""What was answered is in the journal, also when the process is killed in the middle."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc.aio
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2, signing_service_pb2_grpc
from servicekit.channel import open_channel
from servicekit.config import DatabaseSettings, TLSSettings
from servicekit.database import open_engine, read
from servicekit.errors import from_rpc_error
from servicekit.testing import issue_test_pki
from signer.adapters.journal_rows import read_head, walk
from signer.domain.journal import verify_chain

ANSWERS_BEFORE_THE_KILL = 150


def write_config(folder: Path, tls: TLSSettings, port: int) -> Path:
    (folder / "kek").write_text("7" * 64)
    (folder / "secret").write_text("a-shared-secret")
    config = folder / "signer.toml"
    config.write_text(
        f"""
mode = "development"
listen = {{ port = {port} }}
[tls]
certificate_file = "{tls.certificate_file}"
private_key_file = "{tls.private_key_file}"
ca_file = "{tls.ca_file}"
[database]
url = "sqlite:///{folder / "signer.db"}"
[audit]
target = "127.0.0.1:9"
server_name = "audit.gerbang.internal"
[kek]
key_file = "kek"
[[grants]]
caller = "spiffe://gerbang/bank-adapter"
key_id = "bca-transaction"
purposes = ["sign"]
schemes = ["snap_transaction_symmetric"]
"""
    )
    return config


async def run(config: Path, *arguments: str) -> None:
    process = await start(config, *arguments)
    assert await process.wait() == 0


async def start(config: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signer", *arguments, "--config", str(config),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


@asynccontextmanager
async def killed_at_the_end(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(config, "serve")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def request(attempt: str) -> signing_service_pb2.SignRequest:
    return signing_service_pb2.SignRequest(
        key_id="bca-transaction",
        attempt_id=attempt,
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            method="POST",
            path="/v1",
            access_token="t",
            body_sha256=bytes(32),
            timestamp="2026-11-21T10:30:24+07:00",
        ),
    )


async def sign_until_killed(channel: grpc.aio.Channel, name: str, answered: list[str]) -> None:
    stub = signing_service_pb2_grpc.SigningServiceStub(channel)
    for number in range(100_000):
        attempt = f"{name}-{number}"
        try:
            await stub.Sign(request(attempt), wait_for_ready=not answered)
        except grpc.aio.AioRpcError as error:
            if from_rpc_error(error).reason == "SEALED":
                continue
            return
        answered.append(attempt)


async def test_every_answered_signature_survives_a_kill(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    pki = issue_test_pki(tmp_path / "pki", ["signer", "bank-adapter"])
    config = write_config(tmp_path, pki["signer"], unused_tcp_port)
    await run(config, "migrate")
    await run(
        config, "keys", "import", "--key-id", "bca-transaction", "--activate",
        "--scheme", "snap_transaction_symmetric", "--secret-file", str(tmp_path / "secret"),
    )  # fmt: skip
    answered: list[str] = []
    target = f"127.0.0.1:{unused_tcp_port}"
    async with (
        killed_at_the_end(config) as process,
        open_channel(target, pki["bank-adapter"], "signer.gerbang.internal") as channel,
        asyncio.TaskGroup() as group,
    ):
        for name in ("a", "b", "c", "d"):
            group.create_task(sign_until_killed(channel, name, answered))
        while len(answered) < ANSWERS_BEFORE_THE_KILL:  # noqa: ASYNC110 - the callers count
            await asyncio.sleep(0.005)
        process.kill()
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'signer.db'}"))
    with read(engine) as connection:
        entries = list(walk(connection))
        assert verify_chain(entries) == read_head(connection)
    engine.dispose()
    journalled = b"".join(entry.content for entry in entries)
    missing = [one for one in answered if f'"attemptId":"{one}"'.encode() not in journalled]
    assert missing == []
