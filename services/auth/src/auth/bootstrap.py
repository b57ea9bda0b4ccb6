"""Chooses the implementations and puts the parts together. Nothing else builds one."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from servicekit.clock import Clock, SystemClock
from servicekit.config import Mode
from servicekit.database import check_durability, check_migrated, open_engine
from servicekit.group_commit import GroupCommit
from servicekit.ids import new_ulid
from sqlalchemy import Engine

from auth.adapters.aes_sealer import AESSealer, read_encryption_key
from auth.adapters.argon2_hasher import Argon2Hasher
from auth.adapters.client_rows import CLIENTS
from auth.adapters.jwt_signer import JWTSigner
from auth.adapters.operator_rows import OPERATORS
from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.reads import Reads
from auth.adapters.rsa_key_pairs import RSAKeyPairs
from auth.adapters.sql_journal import SQLJournal
from auth.adapters.sql_signing_key_store import SQLSigningKeyStore
from auth.adapters.totp_codes import PyOTPCodes
from auth.adapters.versioned_rows import VersionedRows
from auth.application.authenticate_client import ClientAuthentication
from auth.application.failure_limit import FailureLimit
from auth.application.issue_token import IssueToken
from auth.application.key_ring import KeyRing
from auth.application.log_in_operator import LogInOperator
from auth.application.publish_jwks import PublishJWKS
from auth.application.rotate_signing_key import RotateSigningKey
from auth.config import AuthSettings
from auth.domain.client import Client
from auth.domain.operator import Operator
from auth.entrypoints.login_page import LoginPage
from auth.entrypoints.login_servicer import LoginServicer
from auth.entrypoints.token_servicer import TokenServicer
from auth.limits import ARGON2_MEMORY_KIB

MIGRATIONS = "auth:migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What servicers, commands and tests are made of."""

    settings: AuthSettings
    clock: Clock
    new_id: Callable[[], str]
    engine: Engine
    hasher: Argon2Hasher
    sealer: AESSealer
    codes: PyOTPCodes
    clients: VersionedRows[Client]
    operators: VersionedRows[Operator]
    signing_keys: SQLSigningKeyStore
    journal: SQLJournal

    @property
    def longest_token_s(self) -> int:
        return max(self.settings.tokens.lifetime_s, self.settings.login.session_s)

    def rotate_signing_key(self) -> RotateSigningKey:
        return RotateSigningKey(
            store=self.signing_keys,
            pairs=RSAKeyPairs(),
            sealer=self.sealer,
            clock=self.clock,
            new_id=self.new_id,
            publish_lead_s=self.settings.keys.publish_lead_s,
        )


@contextlib.asynccontextmanager
async def open_parts(
    settings: AuthSettings,
    *,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    hash_memory_kib: int = ARGON2_MEMORY_KIB,
) -> AsyncIterator[Parts]:
    """The parts over an open database, closed again at the end.

    Only tests, which hash all the time, ask for cheaper hashes.

    Raises SecretFileError, and what servicekit says about a database that is
    not migrated or not durable.
    """
    clock = clock or SystemClock()
    sealer = AESSealer(
        read_encryption_key(settings.keys.encryption_key_file, settings.mode), random_bytes
    )
    new_id = partial(new_ulid, clock, random_bytes)
    with contextlib.ExitStack() as stack:
        engine = open_engine(settings.database, mode=settings.mode)
        stack.callback(engine.dispose)
        check_migrated(engine, MIGRATIONS)
        if settings.mode is Mode.PRODUCTION:
            check_durability(engine)
        reads = Reads(engine)
        stack.callback(reads.close)
        writer = GroupCommit(engine)
        writer.start()
        stack.callback(writer.close)
        hasher = Argon2Hasher(threads=settings.hashing.threads, memory_kib=hash_memory_kib)
        stack.callback(hasher.close)
        events = OutboxEvents(clock=clock, new_id=new_id)
        yield Parts(
            settings=settings,
            clock=clock,
            new_id=new_id,
            engine=engine,
            hasher=hasher,
            sealer=sealer,
            codes=PyOTPCodes(random_bytes),
            clients=VersionedRows(CLIENTS, reads=reads, writer=writer, events=events),
            operators=VersionedRows(OPERATORS, reads=reads, writer=writer, events=events),
            signing_keys=SQLSigningKeyStore(reads=reads, writer=writer, events=events),
            journal=SQLJournal(writer=writer, events=events),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Servicers:
    tokens: TokenServicer
    login: LoginServicer


def build_servicers(
    parts: Parts, *, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> Servicers:
    """The two services over one key ring and one signer."""
    settings = parts.settings
    signer = JWTSigner(parts.sealer)
    keys = KeyRing(
        store=parts.signing_keys, clock=parts.clock, longest_token_s=parts.longest_token_s
    )
    issue_token = IssueToken(
        authentication=ClientAuthentication(
            clients=parts.clients,
            hasher=parts.hasher,
            limit=FailureLimit(parts.clock),
            clock=parts.clock,
            random_bytes=random_bytes,
        ),
        keys=keys,
        signer=signer,
        journal=parts.journal,
        clock=parts.clock,
        new_id=parts.new_id,
        lifetime_s=settings.tokens.lifetime_s,
    )
    log_in = LogInOperator(
        operators=parts.operators,
        hasher=parts.hasher,
        codes=parts.codes,
        sealer=parts.sealer,
        limit=FailureLimit(parts.clock),
        keys=keys,
        signer=signer,
        journal=parts.journal,
        clock=parts.clock,
        new_id=parts.new_id,
        session_s=settings.login.session_s,
    )
    return Servicers(
        tokens=TokenServicer(
            issue_token=issue_token,
            publish_jwks=PublishJWKS(keys=keys),
            jwks_max_age_s=settings.keys.jwks_max_age_s,
        ),
        login=LoginServicer(
            log_in=log_in, page=LoginPage(), public_origin=settings.login.public_origin
        ),
    )
