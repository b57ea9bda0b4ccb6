"""The journal against the attempts: the rules on their own, then the three services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bank_adapter.domain.attempt import AttemptResult
from bank_adapter.domain.change import Change, bump
from bank_adapter.entrypoints.operator_contract import to_attempt
from gerbang.audit.v1 import event_pb2, ingest_service_pb2
from gerbang.audit.v1.ingest_service_pb2_grpc import IngestServiceStub
from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2
from gerbang.signer.v1.signing_service_pb2_grpc import SigningServiceStub
from gerbang_ops.reconciliation import Fault, Use, Window, reconcile, use_of
from ops_run import CommandLine
from ops_services import attempt, put_waiting, running_adapter, running_audit, running_signer
from servicekit.channel import open_channel
from servicekit.config import TLSSettings

NOW_US = 1_795_231_824_000_000
WINDOW = Window(from_us=NOW_US - 1_000, before_us=NOW_US + 1_000)
SENT = to_attempt(attempt("T", NOW_US))
ID = SENT.attempt.attempt_id


def use(**changes: object) -> Use:
    fields: dict[str, object] = {
        "sequence": 7,
        "time_us": NOW_US,
        "attempt_id": ID,
        "actor": "spiffe://gerbang/bank-adapter",
        "key_id": "bca-transaction",
        "scheme": "snap_transaction_symmetric",
        "method": "POST",
        "path": "/openapi/v1.0/transfer-intrabank",
        "body_sha256": SENT.body_sha256,
        **changes,
    }
    return Use(**fields)  # type: ignore[arg-type]


def sent(**changes: object) -> pb.AttemptEvidence:
    return to_attempt(attempt("T", NOW_US, attempt_id=ID, **changes))


UNSENT = {"http_status": 0, "response_code": ""}


@pytest.mark.parametrize(
    ("uses", "attempts", "asked", "faults"),
    [
        ([use()], [SENT], [], []),
        ([use(), use(sequence=8)], [SENT], [], []),
        ([use()], [], [], [Fault.SIGNATURE_WITHOUT_ATTEMPT]),
        ([use(attempt_id="")], [SENT], [""], [Fault.SENT_WITHOUT_SIGNATURE]),
        ([use()], [], [ID], []),
        ([], [SENT], [], [Fault.SENT_WITHOUT_SIGNATURE]),
        ([], [sent(**UNSENT)], [], [Fault.SENT_WITHOUT_SIGNATURE]),
        ([], [sent(**UNSENT, reason="OWNER_DIED")], [], []),
        ([], [sent(**UNSENT, result=AttemptResult.NOT_SENT, reason="SIGNER_AWAY")], [], []),
        ([use(body_sha256="00")], [SENT], [], [Fault.ANOTHER_BODY_SIGNED]),
        ([use(body_sha256="00", scheme="bca_legacy_symmetric")], [SENT], [], []),
        # Outside the window one half is enough: the other may stand further off.
        ([use(time_us=NOW_US - 2_000)], [], [], []),
        ([use(time_us=NOW_US - 2_000)], [SENT], [], []),
    ],
)
def test_every_pair_has_its_verdict(
    uses: list[Use], attempts: list[pb.AttemptEvidence], asked: list[str], faults: list[Fault]
) -> None:
    result = reconcile(uses, attempts, asked, window=WINDOW)

    assert [finding.fault for finding in result.findings] == faults


def test_what_is_allowed_is_counted() -> None:
    other = to_attempt(attempt("T", NOW_US, **UNSENT, result=AttemptResult.NOT_SENT, reason="X"))
    uses = [use(), use(sequence=8), use(sequence=9, attempt_id="ASKED")]

    result = reconcile(uses, [SENT, other], ["ASKED"], window=WINDOW)

    assert result.findings == ()
    assert (result.signatures, result.attempts) == (3, 2)
    assert (result.questions, result.repeated, result.unsent) == (1, 1, 1)


@pytest.mark.parametrize(
    ("act", "counts"),
    [
        ("signer.signed", True),
        ("signer.probe_signed", True),
        ("signer.signature_refused", False),
        ("signer.verified", False),
        ("signer.key_promoted", False),
    ],
)
def test_only_signatures_are_uses(act: str, counts: bool) -> None:  # noqa: FBT001 - parametrised
    entry = {"act": act, "timeUs": NOW_US, "attemptId": ID, "keyId": "bca-token"}

    found = use_of(7, json.dumps(entry).encode())

    assert (found is not None) == counts


async def test_three_services_agree_until_a_signature_belongs_to_nothing(
    ops: CommandLine,
    pki: dict[str, TLSSettings],
    tmp_path: Path,
) -> None:
    async with (
        running_signer(tmp_path, pki) as signer_port,
        running_audit(tmp_path, pki) as audit_port,
        running_adapter(tmp_path, pki) as (house, adapter_port),
    ):
        ports = {"signer": signer_port, "audit": audit_port, "bank-adapter": adapter_port}
        ops.targets.update(ports)
        secret = tmp_path / "secret"
        secret.write_text("shared-with-the-bank")
        secret.chmod(0o600)
        key = ("bca-transaction", "--scheme", "snap_transaction_symmetric")
        await ops.run("keys", "import", *key, "--secret-file", str(secret))
        await ops.run(
            "keys", "promote", "bca-transaction", "1", "--yes", "--reason", "a key of the test"
        )
        transfer = await put_waiting(house)
        (stored,) = await house.ledger.attempts(transfer.transfer_id)
        await sign(pki, signer_port, stored.attempt_id, stored.message.body_sha256)
        await sign(pki, signer_port, "01QUESTION", bytes(32))
        await tell_audit(pki, audit_port, "01QUESTION", house.clock.now_us())

        agreed = await ops.run("reconcile", "--leave-out-s", "0", "--json")
        await sign(pki, signer_port, "01STRANGE", bytes(32))
        second = attempt(transfer.transfer_id, house.clock.now_us())
        before = await house.ledger.get(transfer.transfer_id)
        assert before is not None
        await house.ledger.apply(Change(before=before, after=bump(before), opened=second))
        alarm = await ops.run("reconcile", "--leave-out-s", "0")

    assert agreed.code == 0, agreed.stderr
    assert agreed.json()["findings"] == []
    assert (agreed.json()["signatures"], agreed.json()["questions"]) == (2, 1)
    assert alarm.code == 6
    assert "SIGNATURE_WITHOUT_ATTEMPT" in alarm.stdout
    assert "01STRANGE" in alarm.stdout
    assert f"{second.attempt_id}: transfer {transfer.transfer_id}" in alarm.stdout


async def sign(pki: dict[str, TLSSettings], port: int, attempt_id: str, body_sha256: bytes) -> None:
    request = signing_service_pb2.SignRequest(
        key_id="bca-transaction",
        attempt_id=attempt_id,
        snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
            method="POST",
            path="/openapi/v1.0/transfer-intrabank",
            access_token="token",
            body_sha256=body_sha256,
            timestamp="2026-11-21T10:30:24+07:00",
        ),
    )
    target = f"127.0.0.1:{port}"
    async with open_channel(target, pki["bank-adapter"], "signer.gerbang.internal") as channel:
        await SigningServiceStub(channel).Sign(request)


async def tell_audit(pki: dict[str, TLSSettings], port: int, attempt_id: str, at_us: int) -> None:
    event = event_pb2.Event(
        event_id="01KDVDNA00643N4DN1GA39592E",
        service="bank-adapter",
        kind="bank.account.asked",
        actor="erp",
        attempt_id=attempt_id,
    )
    event.occur_time.FromMicroseconds(at_us)
    target = f"127.0.0.1:{port}"
    async with open_channel(target, pki["bank-adapter"], "audit.gerbang.internal") as channel:
        request = ingest_service_pb2.IngestEventsRequest(events=[event])
        await IngestServiceStub(channel).IngestEvents(request)
