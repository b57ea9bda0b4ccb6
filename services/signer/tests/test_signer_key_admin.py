"""Administration over real mutual TLS: operators only, each under their own name."""

from typing import Any

import pytest
from gerbang.signer.v1 import (
    key_admin_service_pb2,
    key_admin_service_pb2_grpc,
    probe_service_pb2,
    probe_service_pb2_grpc,
    signing_service_pb2_grpc,
)
from servicekit.clock import SystemClock
from signer.domain.journal import Entry, verify_chain
from signer.testing import Connect, failure, token_request

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


async def test_a_key_is_rotated_while_the_adapter_signs(connect: Connect) -> None:
    """Generate, probe, promote: the adapter's next signature is the new key's."""
    which = {"key_id": "bca-token", "version": 2}
    async with connect("operator/ani") as operator, connect("bank-adapter") as adapter:
        admin = ADMIN_ONLY(operator)
        signing = signing_service_pb2_grpc.SigningServiceStub(adapter)
        probing = probe_service_pb2_grpc.ProbeServiceStub(adapter)
        profile = (
            (await admin.ListKeys(key_admin_service_pb2.ListKeysRequest())).versions[0].profile
        )
        staged = await admin.GenerateKey(
            key_admin_service_pb2.GenerateKeyRequest(profile=profile, rsa_bits=2048)
        )
        too_early = await failure(
            admin.PromoteKey(key_admin_service_pb2.KeyVersionRequest(**which))
        )
        probe = await probing.SignProbeCall(
            probe_service_pb2.SignProbeCallRequest(version=2, call=token_request(), operator="ani")
        )
        before = await signing.Sign(token_request())
        report = probe_service_pb2.ReportProbeAnswerRequest(
            version=2,
            call=token_request(),
            signature=probe.signature,
            operator="ani",
            accepted=True,
            response_code="2007300",
        )
        await probing.ReportProbeAnswer(report)
        promoted = await admin.PromoteKey(key_admin_service_pb2.KeyVersionRequest(**which))
        after = await signing.Sign(token_request())
        public = await admin.ExportPublicKey(
            key_admin_service_pb2.ExportPublicKeyRequest(key_id="bca-token")
        )
    assert (staged.version, staged.state) == (2, key_admin_service_pb2.KEY_STATE_STAGED)
    assert too_early.reason == "KEY_STATE"
    assert promoted.state == key_admin_service_pb2.KEY_STATE_ACTIVE
    assert (before.key_version, after.key_version, public.version) == (1, 2, 2)
    assert after.signature == probe.signature != before.signature
    assert promoted.fingerprint == public.fingerprint
    assert promoted.probe.response_code == "2007300"


@pytest.mark.parametrize("name", ["operator/ani", "auth", "edge"])
async def test_nobody_but_the_adapter_carries_a_probe(connect: Connect, name: str) -> None:
    async with connect(name) as channel:
        probing = probe_service_pb2_grpc.ProbeServiceStub(channel)
        calls = [
            probing.SignProbeCall(probe_service_pb2.SignProbeCallRequest()),
            probing.ReportProbeAnswer(probe_service_pb2.ReportProbeAnswerRequest()),
        ]
        assert {(await failure(call)).reason for call in calls} == {"CALLER_NOT_ALLOWED"}


async def test_an_operators_word_about_the_bank_is_not_taken(connect: Connect) -> None:
    async with connect("operator/ani") as channel:
        admin = ADMIN_ONLY(channel)
        which = {"key_id": "bca-token", "version": 1}
        signed = await failure(admin.SignProbe(key_admin_service_pb2.SignProbeRequest(**which)))
        recorded = await failure(
            admin.RecordProbe(key_admin_service_pb2.RecordProbeRequest(**which, accepted=True))
        )
    assert (signed.reason, recorded.reason) == ("KEY_STATE", "KEY_STATE")


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
