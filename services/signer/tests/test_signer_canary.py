"""Recognisable secrets are planted in a real process and looked for wherever they might leak."""

import asyncio
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2, signing_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from servicekit.channel import open_channel
from servicekit.config import TLSSettings
from servicekit.testing import issue_test_pki
from servicekit.testing_canary import forms_of, forms_of_key, leaks
from signer.application.ports import KeyMaterial

SECRET = "canary-hmac-secret-7f3a91"
PASSPHRASE = "canary kek passphrase 51c0de"
TOKEN = "canaryAccessToken0xfeed"
CLIENT = ("signer", "bank-adapter")


def write_config(folder: Path, tls: TLSSettings, port: int) -> Path:
    (folder / "words").write_text(PASSPHRASE)
    (folder / "secret").write_text(SECRET)
    config = folder / "signer.toml"
    config.write_text(
        f"""
mode = "development"
[listen]
port = {port}
[tls]
certificate_file = "{tls.certificate_file}"
private_key_file = "{tls.private_key_file}"
ca_file = "{tls.ca_file}"
[database]
url = "sqlite:///{folder / "data" / "signer.db"}"
[audit]
target = "127.0.0.1:9"
server_name = "audit.gerbang.internal"
[kek]
passphrase_file = "words"
scrypt_log2_n = 14
[[grants]]
caller = "spiffe://gerbang/bank-adapter"
key_id = "bca-transaction"
purposes = ["sign"]
schemes = ["snap_transaction_symmetric"]
[log]
level = "debug"
"""
    )
    return config


async def signer(config: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signer", *arguments, "--config", str(config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def told(process: asyncio.subprocess.Process) -> bytes:
    out, err = await process.communicate()
    return out + err


@asynccontextmanager
async def served(config: Path, output: list[bytes]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await signer(config, "serve")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        output.append(await told(process))
        assert process.returncode == 0


def request(**changes: str) -> signing_service_pb2.SignRequest:
    fields = {"method": "POST", "path": "/v1", "access_token": TOKEN, **changes}
    return signing_service_pb2.SignRequest(
        key_id="bca-transaction",
        attempt_id="attempt-1",
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            **fields, body_sha256=bytes(32), timestamp="2026-11-21T10:30:24+07:00"
        ),
    )


async def until_serving(port: int, tls: TLSSettings) -> None:
    async with open_channel(f"127.0.0.1:{port}", tls, "signer.gerbang.internal") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(), wait_for_ready=True
        )
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


async def use(port: int, tls: TLSSettings) -> bytes:
    """Good and bad calls; gives what came back in the errors."""
    said = b""
    await until_serving(port, tls)
    async with open_channel(f"127.0.0.1:{port}", tls, "signer.gerbang.internal") as channel:
        stub = signing_service_pb2_grpc.SigningServiceStub(channel)
        await stub.Sign(request())
        for change in ({"method": "post"}, {"access_token": TOKEN + ":"}, {"path": "x"}):
            call = stub.Sign(request(**change))
            await call.code()
            said += (await call.details()).encode() + str(await call.trailing_metadata()).encode()
    return said


def environment_of(pid: int) -> bytes:
    """Nothing for who is not root: the process lets nobody of its user look."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return b""


def needles(fresh_rsa: KeyMaterial) -> frozenset[bytes]:
    key = serialization.load_der_private_key(fresh_rsa.secret.reveal(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    texts = (forms_of(text.encode()) for text in (SECRET, PASSPHRASE, TOKEN))
    return forms_of_key(key).union(*texts)


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_planted_secrets_are_found_nowhere(
    tmp_path: Path, fresh_rsa: KeyMaterial, unused_tcp_port: int
) -> None:
    pki = issue_test_pki(tmp_path / "pki", CLIENT)
    config = write_config(tmp_path, pki["signer"], unused_tcp_port)
    (tmp_path / "key.pem").write_bytes(
        serialization.load_der_private_key(fresh_rsa.secret.reveal(), password=None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    output = [
        await told(await signer(config, *arguments))
        for arguments in (
            ["migrate"],
            ["keys", "import", "--key-id", "bca-transaction", "--activate",
             "--scheme", "snap_transaction_symmetric", "--secret-file", str(tmp_path / "secret")],
            ["keys", "import", "--key-id", "bca-token", "--scheme", "snap_token_asymmetric",
             "--private-key-file", str(tmp_path / "key.pem")],
            ["keys", "list", "--json"],
        )
    ]  # fmt: skip
    async with served(config, output) as process:
        said = await use(unused_tcp_port, pki["bank-adapter"])
        environment = environment_of(process.pid)
    places = {**files_below(tmp_path / "data"), "errors": said, "environment": environment}
    places["output"] = b"".join(output)
    assert b"rpc finished" in places["output"]
    assert b"bca-transaction" in places["output"] + places["signer.db"]
    assert list(leaks(places, needles(fresh_rsa))) == []
    # The same search finds them where they were planted.
    planted = {name: (tmp_path / name).read_bytes() for name in ("words", "secret", "key.pem")}
    assert list(leaks(planted, needles(fresh_rsa))) == ["words", "secret", "key.pem"]


def empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def cores_are_files_here() -> bool:
    """Whether this machine writes cores into the folder of whoever dies."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    return pattern == "core" and hard != 0


async def with_cores_allowed(folder: Path, *command: str) -> asyncio.subprocess.Process:
    script = 'ulimit -c "$(ulimit -H -c)"; exec "$@"'
    return await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", script, "sh", *command,
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def test_an_aborted_signer_leaves_no_core(tmp_path: Path, unused_tcp_port: int) -> None:
    """Beside a shell that leaves one, where this machine writes them as files."""
    pki = issue_test_pki(tmp_path / "pki", CLIENT)
    config = write_config(tmp_path, pki["signer"], unused_tcp_port)
    await told(await signer(config, "migrate"))
    here, there = empty(tmp_path / "here"), empty(tmp_path / "there")

    command = (sys.executable, "-m", "signer", "serve", "--config", str(config))
    process = await with_cores_allowed(here, *command)
    try:
        await until_serving(unused_tcp_port, pki["bank-adapter"])
    finally:
        process.send_signal(signal.SIGABRT)
        await process.wait()
    other = await with_cores_allowed(there, "/bin/sh", "-c", "kill -ABRT $$")
    await other.wait()

    assert (process.returncode, other.returncode) == (-signal.SIGABRT, -signal.SIGABRT)
    assert names_in(here) == []
    assert bool(names_in(there)) == cores_are_files_here()
