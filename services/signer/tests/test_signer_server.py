"""The whole signer over real mutual TLS, on SQLite."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from gerbang.signer.v1 import (
    key_admin_service_pb2,
    key_admin_service_pb2_grpc,
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
    DatabaseSettings,
    ListenSettings,
    LogSettings,
    Mode,
    PeerSettings,
    TLSSettings,
)
from servicekit.errors import ServiceError, from_rpc_error, from_status
from servicekit.testing import issue_test_pki
from signer import bootstrap
from signer.adapters.key_encryption import KeyEncryptionError
from signer.adapters.sql_key_store import KeyStoreError, SQLKeyStore
from signer.application.add_key import NewKey
from signer.application.ports import KeyMaterial
from signer.config import GrantSettings, KEKSettings, SignerSettings
from signer.domain.journal import Entry, verify_chain
from signer.domain.key_profile import Purpose
from signer.domain.scheme import Scheme
from signer.testing import ADAPTER, adding, hmac_profile, key_source, rsa_profile, secret
from sqlalchemy import Engine

NAMES = ("signer", "bank-adapter", "auth", "edge", "operator/ani")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), NAMES)


@pytest.fixture
def settings(
    engine: Engine, kek_file: Path, pki: dict[str, TLSSettings], tmp_path: Path
) -> SignerSettings:
    return SignerSettings(
        mode=Mode.DEVELOPMENT,
        listen=ListenSettings(host="127.0.0.1", port=0),
        tls=pki["signer"],
        database=DatabaseSettings(url=str(engine.url)),
        audit=PeerSettings(target="127.0.0.1:9", server_name="audit.gerbang.internal"),
        kek=KEKSettings(key_file=kek_file),
        grants=(
            GrantSettings(
                caller=ADAPTER,
                key_id="bca-token",
                purposes=(Purpose.SIGN, Purpose.VERIFY),
                schemes=(Scheme.SNAP_TOKEN_ASYMMETRIC,),
            ),
            GrantSettings(
                caller=ADAPTER,
                key_id="bca-transaction",
                purposes=(Purpose.SIGN, Purpose.VERIFY),
                schemes=(Scheme.SNAP_TRANSACTION_SYMMETRIC,),
            ),
        ),
        log=LogSettings(level="error"),
    )


def import_keys(settings: SignerSettings, fresh_rsa: KeyMaterial) -> None:
    storage = bootstrap.open_storage(settings, SystemClock())
    storage.store.create(actor="local:test")
    desk = adding(storage.store, storage.clock)
    for profile, material in (
        (rsa_profile(), fresh_rsa),
        (hmac_profile(), secret("a-shared-secret")),
    ):
        desk.import_key(NewKey(profile=profile, operator="local:test", activate=True), material)
    storage.engine.dispose()


Connect = Callable[[str], AbstractAsyncContextManager[grpc.aio.Channel]]


@pytest.fixture
async def connect(
    settings: SignerSettings, fresh_rsa: KeyMaterial, pki: dict[str, TLSSettings]
) -> AsyncIterator[Connect]:
    """A signer with two keys; opens channels to it as any identity."""
    import_keys(settings, fresh_rsa)
    async with bootstrap.running(settings, clock=SystemClock()) as server:

        @asynccontextmanager
        async def open_(name: str) -> AsyncIterator[grpc.aio.Channel]:
            target = f"127.0.0.1:{server.bound_port}"
            async with open_channel(target, pki[name], "signer.gerbang.internal") as channel:
                yield channel

        yield open_


def now_text() -> str:
    return "2026-11-21T10:30:24+07:00"


def token_request(**changes: Any) -> signing_service_pb2.SignRequest:
    fields: dict[str, Any] = {
        "key_id": "bca-token",
        "attempt_id": "attempt-1",
        "snap_token_asymmetric": scheme_pb2.SnapTokenAsymmetric(
            client_key="client-1", timestamp=now_text()
        ),
    }
    return signing_service_pb2.SignRequest(**{**fields, **changes})


def transaction_request(number: int = 1) -> signing_service_pb2.SignRequest:
    return signing_service_pb2.SignRequest(
        key_id="bca-transaction",
        attempt_id=f"attempt-{number}",
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            method="POST",
            path="/openapi/v1.0/transfer-intrabank",
            access_token=f"token{number}",
            body_sha256=bytes(32),
            timestamp=now_text(),
        ),
    )


async def failure(call: Any) -> ServiceError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


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


ADMIN_ONLY = key_admin_service_pb2_grpc.KeyAdminServiceStub


@pytest.mark.parametrize("name", ["bank-adapter", "auth", "edge"])
async def test_only_operators_administer(connect: Connect, name: str) -> None:
    async with connect(name) as channel:
        stub = ADMIN_ONLY(channel)
        calls = [
            stub.ListKeys(key_admin_service_pb2.ListKeysRequest()),
            stub.GenerateKey(key_admin_service_pb2.GenerateKeyRequest()),
            stub.PromoteKey(key_admin_service_pb2.KeyVersionRequest()),
            stub.ListJournalEntries(key_admin_service_pb2.ListJournalEntriesRequest()),
        ]
        reasons = {(await failure(call)).reason for call in calls}
    assert reasons == {"CALLER_NOT_ALLOWED"}


async def test_an_operator_does_not_sign(connect: Connect) -> None:
    async with connect("operator/ani") as channel:
        stub = signing_service_pb2_grpc.SigningServiceStub(channel)
        assert (await failure(stub.Sign(token_request()))).reason == "CALLER_NOT_ALLOWED"


async def test_an_operator_rotates_a_key_while_the_adapter_signs(connect: Connect) -> None:
    """Generate, probe, record, promote: the adapter's next signature is the new key's."""
    which = {"key_id": "bca-token", "version": 2}
    async with connect("operator/ani") as operator, connect("bank-adapter") as adapter:
        admin = ADMIN_ONLY(operator)
        signing = signing_service_pb2_grpc.SigningServiceStub(adapter)
        profile = (
            (await admin.ListKeys(key_admin_service_pb2.ListKeysRequest())).versions[0].profile
        )
        staged = await admin.GenerateKey(
            key_admin_service_pb2.GenerateKeyRequest(profile=profile, rsa_bits=2048)
        )
        probe = await admin.SignProbe(
            key_admin_service_pb2.SignProbeRequest(
                **which, snap_token_asymmetric=token_request().snap_token_asymmetric
            )
        )
        before = await signing.Sign(token_request())
        await admin.RecordProbe(
            key_admin_service_pb2.RecordProbeRequest(
                **which, accepted=True, response_code="2007300"
            )
        )
        promoted = await admin.PromoteKey(key_admin_service_pb2.KeyVersionRequest(**which))
        after = await signing.Sign(token_request())
        public = await admin.ExportPublicKey(
            key_admin_service_pb2.ExportPublicKeyRequest(key_id="bca-token")
        )
    assert (staged.version, staged.state) == (2, key_admin_service_pb2.KEY_STATE_STAGED)
    assert promoted.state == key_admin_service_pb2.KEY_STATE_ACTIVE
    assert (before.key_version, after.key_version, public.version) == (1, 2, 2)
    assert after.signature == probe.signature != before.signature
    assert promoted.fingerprint == public.fingerprint


async def test_an_operator_imports_retires_and_schedules(
    connect: Connect, vectors: dict[str, Any]
) -> None:
    profile = key_admin_service_pb2.KeyProfile(
        key_id="bank-notify",
        material="rsa_public",
        schemes=["snap_transaction_asymmetric"],
        purposes=["verify"],
    )
    which = {"key_id": "bank-notify", "version": 1}
    async with connect("operator/ani") as channel:
        admin = ADMIN_ONLY(channel)
        pem = vectors["keys"]["KEY-A"]["public"].encode()
        await admin.ImportKey(
            key_admin_service_pb2.ImportKeyRequest(profile=profile, public_key_pem=pem)
        )
        await admin.RetireKey(key_admin_service_pb2.KeyVersionRequest(**which))
        order = key_admin_service_pb2.ScheduleDestructionRequest(**which)
        near = await failure(admin.ScheduleDestruction(order))
        order.due_time.FromMicroseconds(SystemClock().now_us() + 8 * 86_400 * 1_000_000)
        scheduled = await admin.ScheduleDestruction(order)
        alone = await failure(
            admin.ConfirmDestruction(key_admin_service_pb2.KeyVersionRequest(**which))
        )
        cancelled = await admin.CancelDestruction(key_admin_service_pb2.KeyVersionRequest(**which))
        broken = await failure(
            admin.ImportKey(
                key_admin_service_pb2.ImportKeyRequest(profile=profile, public_key_pem=pem[:60])
            )
        )
    assert (near.field, alone.reason, broken.field) == ("due_time", "KEY_STATE", "public_key_pem")
    assert scheduled.destruction.requested_by == "spiffe://gerbang/operator/ani"
    assert not cancelled.HasField("destruction")


async def test_the_journal_is_read_in_pages_and_its_chain_holds(connect: Connect) -> None:
    async with connect("operator/ani") as operator, connect("bank-adapter") as adapter:
        for _ in range(3):
            await signing_service_pb2_grpc.SigningServiceStub(adapter).Sign(token_request())
        entries: list[Entry] = []
        admin = ADMIN_ONLY(operator)
        while True:
            page = await admin.ListJournalEntries(
                key_admin_service_pb2.ListJournalEntriesRequest(
                    after_sequence=len(entries), page_size=2
                )
            )
            if not page.entries:
                break
            entries += [
                Entry(sequence=one.sequence, content=one.content, link=one.link)
                for one in page.entries
            ]
        too_many = await failure(
            admin.ListJournalEntries(
                key_admin_service_pb2.ListJournalEntriesRequest(page_size=1001)
            )
        )
    assert verify_chain(entries).link == page.head_link
    assert sum(b"attempt-1" in entry.content for entry in entries) == 3
    assert too_many.field == "page_size"


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
