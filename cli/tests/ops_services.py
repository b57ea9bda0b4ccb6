"""The three services as they run, on SQLite, each on a port of its own."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from audit import bootstrap as audit_bootstrap
from audit.adapters.event_store import SQLEventStore
from audit.adapters.event_writer import EventWriter
from audit.adapters.reader import Reader
from audit.config import AuditSettings
from bank_adapter import bootstrap as adapter_bootstrap
from bank_adapter.bootstrap import House, open_house
from bank_adapter.config import BankAdapterSettings, BankSettings, SignerSettings
from bank_adapter.domain.attempt import Attempt, AttemptKind, AttemptResult
from bank_adapter.domain.change import Change
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import Event, State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.domain.verdict import Verdict
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.serve import build_server
from msgspec.structs import replace
from servicekit.clock import SystemClock
from servicekit.config import (
    DatabaseSettings,
    InternalClient,
    ListenSettings,
    LogSettings,
    Mode,
    PeerSettings,
    TLSSettings,
)
from servicekit.database import migrate, open_engine
from servicekit.ids import new_ulid
from signer import bootstrap as signer_bootstrap
from signer.config import GrantSettings, KEKSettings
from signer.config import SignerSettings as SignerFile
from signer.domain.key_profile import Purpose
from signer.domain.scheme import Scheme

LOCAL = ListenSettings(host="127.0.0.1", port=0)
AWAY = "127.0.0.1:9"
PKI = dict[str, TLSSettings]


def operators(*scopes: str) -> tuple[InternalClient, ...]:
    """Jane and Budi hold the scopes; Mallory is an operator without any."""
    return tuple(
        InternalClient(
            spiffe_id=f"spiffe://gerbang/operator/{name}",
            client_id=f"operator-{name}",
            scopes=frozenset(scopes),
        )
        for name in ("jane", "budi")
    )


def database(folder: Path, name: str, migrations: str) -> DatabaseSettings:
    path = folder / f"{name}.db"
    path.write_bytes(_migrated(migrations))
    return DatabaseSettings(url=f"sqlite:///{path}")


@functools.cache
def _migrated(migrations: str) -> bytes:
    """An SQLite file with all tables: migrating takes longer than a test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_engine(DatabaseSettings(url=f"sqlite:///{path}"))
        migrate(engine, migrations)
        engine.dispose()
        return path.read_bytes()


@contextlib.asynccontextmanager
async def running_adapter(
    folder: Path,
    pki: PKI,
    *,
    signer: str = AWAY,
    bank_url: str = f"https://{AWAY}",
    bank_ca: Path | None = None,
) -> AsyncIterator[tuple[House, int]]:
    """With a signer and a bank that cannot be reached, unless they are named."""
    token_key = folder / "token-key"
    token_key.write_bytes(b"k" * 32)
    token_key.chmod(0o600)
    settings = BankAdapterSettings(
        listen=LOCAL,
        tls=pki["bank-adapter"],
        database=database(folder, "adapter", adapter_bootstrap.MIGRATIONS),
        log=LogSettings(level="error"),
        signer=SignerSettings(target=signer, server_name="signer.gerbang.internal", timeout_s=2),
        audit=PeerSettings(target=AWAY, server_name="audit.gerbang.internal"),
        token_key_file=token_key,
        default_bank="bca",
        banks={
            "bca": BankSettings(
                driver="bca_snap",
                base_url=bank_url,
                ca_file=bank_ca,
                profile={
                    "client_id": "gerbang-0001",
                    "partner_id": "KBBDEMO001",
                    "token_key_id": "bca-token",
                    "transaction_key_id": "bca-transaction",
                },
            )
        },
        internal_clients=operators("transfers.operate", "transfers.approve"),
    )
    async with open_house(settings) as house:
        recorder = APIRecorder(
            ledger=house.ledger, identifiers=house.identifiers, clock=house.clock
        )
        server = build_server(house, recorder)
        await server.start()
        try:
            yield house, server.bound_port
        finally:
            await server.stop(0)
            await recorder.drain()


@contextlib.asynccontextmanager
async def running_signer(folder: Path, pki: PKI) -> AsyncIterator[int]:
    kek = folder / "kek"
    kek.write_text("7" * 64 + "\n")
    kek.chmod(0o600)
    settings = SignerFile(
        mode=Mode.DEVELOPMENT,
        listen=LOCAL,
        tls=pki["signer"],
        database=database(folder, "signer", signer_bootstrap.MIGRATIONS),
        audit=PeerSettings(target=AWAY, server_name="audit.gerbang.internal"),
        kek=KEKSettings(key_file=kek),
        grants=(
            GrantSettings(
                caller="spiffe://gerbang/bank-adapter",
                key_id="bca-token",
                purposes=(Purpose.SIGN,),
                schemes=(Scheme.SNAP_TOKEN_ASYMMETRIC,),
            ),
            GrantSettings(
                caller="spiffe://gerbang/bank-adapter",
                key_id="bca-transaction",
                purposes=(Purpose.SIGN,),
                schemes=(Scheme.SNAP_TRANSACTION_SYMMETRIC,),
            ),
        ),
        log=LogSettings(level="error"),
    )
    async with signer_bootstrap.running(settings, clock=SystemClock()) as server:
        yield server.bound_port


@contextlib.asynccontextmanager
async def running_audit(folder: Path, pki: PKI) -> AsyncIterator[int]:
    settings = AuditSettings(
        mode=Mode.DEVELOPMENT,
        listen=LOCAL,
        tls=pki["audit"],
        database=database(folder, "audit", audit_bootstrap.MIGRATIONS),
        internal_clients=operators("audit.read", "audit.verify"),
    )
    engine = open_engine(settings.database)
    clock = SystemClock()
    reader, writer = Reader(engine), EventWriter(SQLEventStore(engine, clock))
    writer.start()
    server = audit_bootstrap.build_server(settings, reader=reader, writer=writer, clock=clock)
    await server.start()
    try:
        yield server.bound_port
    finally:
        await server.stop(0)
        await writer.close()
        await reader.close()
        engine.dispose()


def attempt(transfer_id: str, at_us: int, **changes: object) -> Attempt:
    """A payment whose answer never came."""
    made = Attempt(
        attempt_id=new_ulid(_At(at_us)),
        transfer_id=transfer_id,
        kind=AttemptKind.TRANSFER,
        bank_identity="bca/gerbang-0001",
        external_id=str(at_us),
        external_day=20261121,
        message=WireMessage(
            service_code="17",
            method="POST",
            path="/openapi/v1.0/transfer-intrabank",
            body=b'{"amount":1}',
        ),
        owner_id="O",
        started_us=at_us,
        deadline_us=at_us + 1,
        result=AttemptResult.LOST,
        verdict=Verdict.UNKNOWN,
        reason="TIMEOUT",
        ended_us=at_us + 60_000_000,
        reply_body=b'{"responseMessage":"[red]odd\x1b[2J","accountNo":"8010001575"}',
        http_status=504,
        response_code="5041700",
    )
    return replace(made, **changes)


class _At:
    """A clock that stands."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def monotonic(self) -> float:
        return 0.0


async def put_to_approve(house: House) -> Transfer:
    """A transfer in AWAITING_APPROVAL, created just now."""
    now_us = house.clock.now_us()
    waiting = await put_waiting(house)
    changed = replace(
        waiting,
        state=State.AWAITING_APPROVAL,
        state_reason="AWAITING_APPROVAL",
        send_by_us=now_us + 3_600_000_000,
        version=waiting.version + 1,
        exposed_count=0,
    )
    await house.ledger.apply(Change(before=waiting, after=changed))
    return changed


async def put_waiting(
    house: House, reference: str = "INV-1", *, collided: bool = False
) -> Transfer:
    """A transfer in NEEDS_OPERATOR, with one attempt that may have arrived."""
    now_us = house.clock.now_us()
    transfer_id = house.identifiers.transfer_id()
    one = attempt(transfer_id, now_us - 1_000_000)
    transfer = Transfer(
        transfer_id=transfer_id,
        client_id="erp",
        partner_reference_no=reference,
        idempotency_key=reference,
        fingerprint=b"f" * 32,
        twin=b"t" * 32,
        bank="bca",
        bank_identity="bca/gerbang-0001",
        order=PaymentOrder(
            rail=Rail.INTRABANK,
            amount=Money(125_000_000, "IDR"),
            source_account_no="1234567890",
            beneficiary_account_no="8010001575",
            beneficiary_account_name="YORIES YOLANDA",
            bank_partner_reference_no=f"2026{now_us}",
        ),
        rail_reason="ASKED",
        state=State.NEEDS_OPERATOR,
        state_reason="" if collided else "INQUIRIES_EXHAUSTED_NOT_FOUND",
        version=1,
        event_count=1,
        created_us=now_us,
        updated_us=now_us,
        send_by_us=now_us,
        attempt_id=one.attempt_id,
        exposed_count=1,
    )
    event = Event.COLLIDE if collided else Event.EXHAUST_INQUIRIES
    line = TransferEvent(
        transfer_id=transfer_id,
        sequence=1,
        at_us=now_us,
        event=event.value,
        from_state="UNKNOWN",
        to_state="NEEDS_OPERATOR",
        actor="bank-adapter",
    )
    await house.ledger.apply(Change(before=None, after=transfer, events=(line,), opened=one))
    return transfer
