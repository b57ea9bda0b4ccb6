"""Puts the signer together and keeps it running.

It starts sealed and NOT_SERVING, waits for the file of its key-encryption key,
opens every usable key, and only then serves. A wrong passphrase, a changed row
or a published key in production ends the start with a sentence.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import servicekit.database as db
from gerbang.audit.v1 import event_pb2, ingest_service_pb2, ingest_service_pb2_grpc
from gerbang.signer.v1 import (
    key_admin_service_pb2,
    probe_service_pb2,
    signing_service_pb2,
    verification_service_pb2,
)
from servicekit.channel import open_channel
from servicekit.clock import Clock, SystemClock
from servicekit.config import Mode
from servicekit.log import get_logger
from servicekit.server import GRPCServer, Registration
from sqlalchemy import Engine

from signer.adapters.journal_relay import JournalRelay
from signer.adapters.journal_rows import SQLJournalReader
from signer.adapters.journal_writer import JournalWriter
from signer.adapters.process_memory import lock_memory
from signer.adapters.seen_signatures import SeenSignatures
from signer.adapters.software_keys import SoftwareCustody
from signer.adapters.sql_key_store import KeyStoreError, SQLKeyStore
from signer.application.add_key import AddKey
from signer.application.destroy_key import DestroyKey
from signer.application.key_ring import KeyRing, make_ring
from signer.application.key_use import KeyUse
from signer.application.move_key import MoveKey
from signer.application.ports import Custody, KeyCustody
from signer.application.probe_key import ProbeKey
from signer.application.published_keys import published_versions
from signer.application.rate_limits import RateLimits
from signer.application.sign_calls import SignCalls
from signer.application.verify_call import VerifyCall
from signer.config import SignerSettings
from signer.domain.journal import Act, Record
from signer.entrypoints.key_admin_service import KeyAdminServicer, KeyDesk
from signer.entrypoints.probe_service import ProbeServicer
from signer.entrypoints.signing_service import SigningServicer
from signer.entrypoints.store_changes import StoreChanges
from signer.entrypoints.verification_service import VerificationServicer
from signer.limits import (
    DESTRUCTION_POLL_S,
    KEY_RING_POLL_S,
    RELAY_DEADLINE_S,
    SEALED_POLL_S,
    STOP_GRACE_S,
)
from signer.production import refuse_stand_ins
from signer.rpc_policy import POLICY

MIGRATIONS = "signer:migrations"
SELF = "spiffe://gerbang/signer"

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What both the service and the command line work on."""

    engine: Engine
    store: SQLKeyStore
    custodies: dict[str, KeyCustody]
    clock: Clock

    @property
    def software(self) -> KeyCustody:
        return self.custodies[Custody.SOFTWARE.value]


def open_storage(settings: SignerSettings, clock: Clock) -> Storage:
    """Raises KeyStoreError when the database is not migrated or not durable."""
    engine = db.open_engine(settings.database, mode=settings.mode)
    db.check_migrated(engine, MIGRATIONS)
    if settings.mode is Mode.PRODUCTION:
        db.check_durability(engine)
    return Storage(
        engine=engine,
        store=SQLKeyStore(engine, sources=settings.kek_sources(), clock=clock),
        custodies=open_custodies(settings),
        clock=clock,
    )


def open_custodies(settings: SignerSettings) -> dict[str, KeyCustody]:
    """Software always; the token where one is configured. Raises CustodyError."""
    custodies: dict[str, KeyCustody] = {Custody.SOFTWARE.value: SoftwareCustody()}
    token = settings.keys.pkcs11
    if token is not None:
        # The token's library is loaded only where there is a token.
        from signer.adapters.pkcs11_keys import Token, TokenCustody  # noqa: PLC0415 - see above

        opened = Token(
            module_file=token.module_file,
            token_label=token.token_label,
            pin_file=token.pin_file,
            mode=settings.mode,
        )
        custodies[Custody.PKCS11.value] = TokenCustody(opened)
    return custodies


def load_ring(storage: Storage, ring: KeyRing, mode: Mode) -> None:
    """Opens the keys into the ring. Blocking.

    Raises:
        KeyStoreError, KeyEncryptionError: the store does not open, or
            production found a published key in it.
    """
    content = storage.store.load()
    if mode is Mode.PRODUCTION:
        for version, known_as in published_versions(content):
            raise KeyStoreError(f"{version} is {known_as}; production refuses it")
    ring.replace(make_ring(content, storage.custodies))


async def serve(settings: SignerSettings, *, clock: Clock | None = None) -> None:
    """Runs until cancelled."""
    refuse_stand_ins(settings)
    _log.info("signer starts", mode=settings.mode.value, memory_locked=lock_memory())
    async with running(settings, clock=clock or SystemClock()):
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def running(settings: SignerSettings, *, clock: Clock) -> AsyncIterator[GRPCServer]:
    """The signer, serving; taken down in order on the way out."""
    storage = await asyncio.to_thread(open_storage, settings, clock)
    ring = KeyRing()
    journal = JournalWriter(storage.engine)
    journal.start()
    closing = asyncio.Event()
    threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="keys")
    destroying = DestroyKey(
        store=storage.store, custodies=storage.custodies, clock=clock, actor=SELF
    )
    server = GRPCServer(
        listen=settings.listen,
        tls=settings.tls,
        policy=POLICY,
        registrations=_registrations(
            settings=settings,
            storage=storage,
            ring=ring,
            journal=journal,
            threads=threads,
            closing=closing,
            destroying=destroying,
        ),
        clock=clock,
    )
    tasks: list[asyncio.Task[None]] = []
    try:
        await server.start()
        await _unseal(settings, storage, ring)
        started = Record(act=Act.STARTED, time_us=clock.now_us(), actor=SELF)
        await journal.append([started])
        tasks.append(asyncio.create_task(_follow_store(settings.mode, storage, ring)))
        tasks.append(asyncio.create_task(_destroy_what_is_due(destroying)))
        tasks.append(asyncio.create_task(_relay(settings, storage)))
        await server.set_serving(True)
        _log.info("signer serves", port=server.bound_port, revision=ring.current().revision)
        yield server
    finally:
        closing.set()
        await server.stop(STOP_GRACE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(journal.close)
        threads.shutdown(wait=True)
        storage.engine.dispose()


def _registrations(
    *,
    settings: SignerSettings,
    storage: Storage,
    ring: KeyRing,
    journal: JournalWriter,
    threads: ThreadPoolExecutor,
    closing: asyncio.Event,
    destroying: DestroyKey,
) -> Sequence[Registration]:
    use = KeyUse(
        ring=ring,
        grants=settings.granted(),
        limits=RateLimits(
            {one.key_id: one.limit() for one in settings.rate_limits},
            default=settings.rate_limit.limit(),
            clock=storage.clock,
        ),
        journal=journal,
        threads=threads,
        clock=storage.clock,
    )
    replays = SeenSignatures(storage.engine, clock=storage.clock)

    async def refresh() -> None:
        await asyncio.to_thread(load_ring, storage, ring, settings.mode)

    change = StoreChanges(refresh)
    desk = _key_desk(
        settings=settings,
        storage=storage,
        ring=ring,
        destroying=destroying,
        change=change,
    )
    signing = signing_service_pb2.DESCRIPTOR.services_by_name["SigningService"]
    verification = verification_service_pb2.DESCRIPTOR.services_by_name["VerificationService"]
    return [
        Registration(signing, SigningServicer(SignCalls(use), closing=closing)),
        Registration(verification, VerificationServicer(VerifyCall(use, replays=replays))),
        Registration(
            probe_service_pb2.DESCRIPTOR.services_by_name["ProbeService"],
            ProbeServicer(ProbeKey(use, store=storage.store), change=change),
        ),
        Registration(
            key_admin_service_pb2.DESCRIPTOR.services_by_name["KeyAdminService"],
            KeyAdminServicer(desk),
        ),
    ]


def _key_desk(
    *,
    settings: SignerSettings,
    storage: Storage,
    ring: KeyRing,
    destroying: DestroyKey,
    change: StoreChanges,
) -> KeyDesk:
    return KeyDesk(
        ring=ring,
        store=storage.store,
        adding=AddKey(
            store=storage.store,
            custody=storage.custodies[settings.keys.custody.value],
            software=storage.software,
            mode=settings.mode,
            clock=storage.clock,
        ),
        moving=MoveKey(store=storage.store, clock=storage.clock),
        destroying=destroying,
        journal=SQLJournalReader(storage.engine),
        change=change,
    )


async def _unseal(settings: SignerSettings, storage: Storage, ring: KeyRing) -> None:
    """Waits for the KEK's file, makes an empty store if there is none, opens the keys."""
    sources = settings.kek_sources()
    if not any(source.present() for source in sources):
        _log.warning("signer is sealed", waits_for=[str(source.path) for source in sources])
    while not any(source.present() for source in sources):  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(SEALED_POLL_S)
    await asyncio.to_thread(storage.store.create, actor=SELF)
    await asyncio.to_thread(load_ring, storage, ring, settings.mode)


async def _follow_store(mode: Mode, storage: Storage, ring: KeyRing) -> None:
    """Takes up what the command line, an operator or another replica changed."""
    revision = refused = 0
    while True:
        await asyncio.sleep(KEY_RING_POLL_S)
        try:
            revision = await asyncio.to_thread(storage.store.revision)
            if revision in (ring.current().revision, refused):
                continue
            await asyncio.to_thread(load_ring, storage, ring, mode)
            _log.info("key ring changed", revision=revision)
        except Exception as error:  # noqa: BLE001 - the keys in memory are good; go on with them
            refused = revision
            _log.error(
                "key ring kept as it was; the store does not open",
                error=type(error).__name__,
                reason=str(error),
            )


async def _destroy_what_is_due(destroying: DestroyKey) -> None:
    while True:
        try:
            for version in await asyncio.to_thread(destroying.run_due):
                _log.warning("key destroyed", key_id=version.key_id, key_version=version.number)
        except Exception as error:  # noqa: BLE001 - tried again at the next turn
            _log.error("due keys not destroyed", error=type(error).__name__, reason=str(error))
        await asyncio.sleep(DESTRUCTION_POLL_S)


async def _relay(settings: SignerSettings, storage: Storage) -> None:
    async with open_channel(
        settings.audit.target, settings.tls, settings.audit.server_name
    ) as channel:
        stub = ingest_service_pb2_grpc.IngestServiceStub(channel)

        async def ship(events: Sequence[event_pb2.Event]) -> None:
            request = ingest_service_pb2.IngestEventsRequest(events=events)
            await stub.IngestEvents(request, timeout=RELAY_DEADLINE_S)

        await JournalRelay(storage.engine, ship).run()
