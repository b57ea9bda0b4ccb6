"""The whole signer over real mutual TLS, on SQLite."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from gerbang.signer.v1 import (
    scheme_pb2,
    signing_service_pb2,
    signing_service_pb2_grpc,
    verification_service_pb2,
    verification_service_pb2_grpc,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc
from servicekit.channel import call_metadata, open_channel
from servicekit.clock import SystemClock
from servicekit.config import (
    ListenSettings,
    Mode,
    TLSSettings,
)
from servicekit.errors import from_rpc_error, from_status
from signer import bootstrap
from signer.adapters.key_encryption import KeyEncryptionError
from signer.adapters.sql_key_store import KeyStoreError, SQLKeyStore
from signer.application.ports import KeyMaterial
from signer.config import SignerSettings
from signer.testing import NOW_TEXT, Connect, failure, import_keys, key_source, token_request
from sqlalchemy import Engine


def transaction_request(number: int = 1) -> signing_service_pb2.SignRequest:
    return signing_service_pb2.SignRequest(
        key_id="bca-transaction",
        attempt_id=f"attempt-{number}",
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            method="POST",
            path="/openapi/v1.0/transfer-intrabank",
            access_token=f"token{number}",
            body_sha256=bytes(32),
            timestamp=NOW_TEXT,
        ),
    )


async def test_the_adapter_gets_a_signature(connect: Connect) -> None:
    async with connect("bank-adapter") as channel:
        stub = signing_service_pb2_grpc.SigningServiceStub(channel)
        answer = await stub.Sign(token_request(), metadata=call_metadata("trace-1"))
        again = await stub.Sign(token_request())
    assert (answer.key_version, len(answer.signature)) == (1, 344)
    assert again.signature == answer.signature


@pytest.mark.parametrize("name", ["auth", "edge", "operator/ani"])
async def test_no_other_identity_may_sign_or_verify(connect: Connect, name: str) -> None:
    async with connect(name) as channel:
        signing = signing_service_pb2_grpc.SigningServiceStub(channel)
        verification = verification_service_pb2_grpc.VerificationServiceStub(channel)
        refused = await failure(signing.Sign(token_request()))
        refused_too = await failure(verification.Verify(verification_service_pb2.VerifyRequest()))
    assert (refused.reason, refused_too.reason) == ("CALLER_NOT_ALLOWED", "CALLER_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("changes", "code", "reason", "field"),
    [
        ({"key_id": "other"}, grpc.StatusCode.PERMISSION_DENIED, "KEY_NOT_ALLOWED", None),
        ({"key_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "MISSING_FIELD", "key_id"),
        (
            {"snap_token_asymmetric": None},
            grpc.StatusCode.INVALID_ARGUMENT,
            "MISSING_FIELD",
            "scheme",
        ),
        ({"attempt_id": "a\n"}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "attempt_id"),
        (
            {"snap_token_asymmetric": scheme_pb2.SnapTokenAsymmetric(client_key="a|b")},
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_FIELD",
            "snap_token_asymmetric.client_key",
        ),
    ],
)
async def test_a_refusal_has_code_reason_and_field(
    *,
    connect: Connect,
    changes: dict[str, Any],
    code: grpc.StatusCode,
    reason: str,
    field: str | None,
) -> None:
    async with connect("bank-adapter") as channel:
        stub = signing_service_pb2_grpc.SigningServiceStub(channel)
        error = await failure(stub.Sign(token_request(**changes)))
    assert (error.code, error.reason, error.field) == (code, reason, field)


async def test_a_stream_answers_batches_by_id_and_requests_by_place(connect: Connect) -> None:
    async with connect("bank-adapter") as channel:
        stream = signing_service_pb2_grpc.SigningServiceStub(channel).SignBatches()
        for batch_id in (7, 8, 9):
            await stream.write(
                signing_service_pb2.SignBatchesRequest(
                    batch_id=batch_id,
                    requests=[
                        transaction_request(batch_id),
                        token_request(key_id="other"),
                        token_request(),
                    ],
                )
            )
        answers = [await stream.read() for _ in range(3)]
        await stream.done_writing()
        assert await stream.read() is grpc.aio.EOF
    assert {answer.batch_id for answer in answers} == {7, 8, 9}
    for answer in answers:
        first, second, third = answer.results
        assert (len(first.response.signature), len(third.response.signature)) == (88, 344)
        assert from_status(second.error).reason == "KEY_NOT_ALLOWED"


async def test_a_batch_over_the_limit_is_refused_request_by_request(connect: Connect) -> None:
    async with connect("bank-adapter") as channel:
        stream = signing_service_pb2_grpc.SigningServiceStub(channel).SignBatches()
        await stream.write(
            signing_service_pb2.SignBatchesRequest(batch_id=1, requests=[token_request()] * 257)
        )
        answer = await stream.read()
        stream.cancel()
    assert len(answer.results) == 257
    assert {from_status(one.error).field for one in answer.results} == {"requests"}


async def test_an_open_stream_does_not_hold_up_the_stop(
    settings: SignerSettings, fresh_rsa: KeyMaterial, pki: dict[str, TLSSettings]
) -> None:
    import_keys(settings, fresh_rsa)
    async with asyncio.timeout(8):
        async with bootstrap.running(settings, clock=SystemClock()) as server:
            channel = open_channel(
                f"127.0.0.1:{server.bound_port}", pki["bank-adapter"], "signer.gerbang.internal"
            )
            stream = signing_service_pb2_grpc.SigningServiceStub(channel).SignBatches()
            await stream.write(
                signing_service_pb2.SignBatchesRequest(batch_id=1, requests=[token_request()])
            )
            await stream.read()
        assert await stream.read() is grpc.aio.EOF
        await channel.close()


def write(path: Path, content: str) -> None:
    path.write_text(content)


def take_away(path: Path) -> str:
    content = path.read_text()
    path.unlink()
    return content


async def serving(port: int, tls: TLSSettings) -> str:
    async with open_channel(f"127.0.0.1:{port}", tls, "signer.gerbang.internal") as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


async def until_serving(port: int, tls: TLSSettings) -> None:
    """Watches the health service until it says SERVING."""
    async with open_channel(f"127.0.0.1:{port}", tls, "signer.gerbang.internal") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


async def test_a_wrong_key_file_ends_the_start(
    settings: SignerSettings, fresh_rsa: KeyMaterial, kek_file: Path
) -> None:
    import_keys(settings, fresh_rsa)
    write(kek_file, "8" * 64)
    with pytest.raises(KeyEncryptionError, match="not the file"):
        async with bootstrap.running(settings, clock=SystemClock()):
            pass


async def test_production_does_not_start_with_a_published_key(
    settings: SignerSettings, key_a: KeyMaterial, engine: Engine, kek_file: Path
) -> None:
    import_keys(settings, key_a)
    strict = settings.model_copy(update={"mode": Mode.PRODUCTION})
    with pytest.raises(KeyStoreError, match="production refuses it"):
        async with bootstrap.running(strict, clock=SystemClock()):
            pass


async def test_a_key_imported_while_it_runs_is_taken_up(
    settings: SignerSettings,
    fresh_rsa: KeyMaterial,
    pki: dict[str, TLSSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "KEY_RING_POLL_S", 0.02)
    async with bootstrap.running(settings, clock=SystemClock()) as server:
        await asyncio.to_thread(import_keys, settings, fresh_rsa)
        target = f"127.0.0.1:{server.bound_port}"
        async with (
            asyncio.timeout(10),
            open_channel(target, pki["bank-adapter"], "signer.gerbang.internal") as channel,
        ):
            stub = signing_service_pb2_grpc.SigningServiceStub(channel)
            while True:
                try:
                    answer = await stub.Sign(token_request())
                    break
                except grpc.aio.AioRpcError as error:
                    if from_rpc_error(error).reason != "KEY_NOT_FOUND":
                        raise
                    await asyncio.sleep(0.02)
    assert answer.key_version == 1


async def test_a_sealed_signer_waits_for_its_key_file(
    settings: SignerSettings,
    kek_file: Path,
    pki: dict[str, TLSSettings],
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    monkeypatch.setattr(bootstrap, "SEALED_POLL_S", 0.02)
    content = take_away(kek_file)
    listen = ListenSettings(host="127.0.0.1", port=unused_tcp_port)
    waiting = settings.model_copy(update={"listen": listen})
    task = asyncio.create_task(bootstrap.serve(waiting))
    try:
        async with asyncio.timeout(10):
            async with open_channel(
                f"127.0.0.1:{unused_tcp_port}", pki["bank-adapter"], "signer.gerbang.internal"
            ) as channel:
                stub = signing_service_pb2_grpc.SigningServiceStub(channel)
                request = stub.Sign(token_request(), wait_for_ready=True)
                assert (await failure(request)).reason == "SEALED"
            assert await serving(unused_tcp_port, pki["bank-adapter"]) == "NOT_SERVING"
            write(kek_file, content)
            await until_serving(unused_tcp_port, pki["bank-adapter"])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_store_of_another_key_file_is_not_opened(
    store: SQLKeyStore, engine: Engine, tmp_path: Path
) -> None:
    other = tmp_path / "other-kek"
    other.write_text("9" * 64)
    with pytest.raises(KeyEncryptionError):
        SQLKeyStore(engine, sources=[key_source(other)], clock=SystemClock()).load()
