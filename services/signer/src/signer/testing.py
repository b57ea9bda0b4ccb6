"""Stand-ins and short ways for the signer's tests. Never in production."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2
from servicekit.clock import Clock, SystemClock
from servicekit.config import Mode
from servicekit.errors import ServiceError, from_rpc_error

from signer import bootstrap
from signer.adapters.key_encryption import KeySource
from signer.adapters.key_files import secret_material
from signer.adapters.software_keys import SoftwareCustody
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.add_key import AddKey, NewKey
from signer.application.asking import Asking
from signer.application.key_ring import KeyRing
from signer.application.key_use import KeyUse
from signer.application.ports import KeyMaterial
from signer.application.sign_calls import SignCalls
from signer.application.verify_call import VerifyCall
from signer.config import SignerSettings
from signer.domain.grant import Grant, Grants
from signer.domain.journal import Record
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.scheme import Encoding, Scheme

ADAPTER = "spiffe://gerbang/bank-adapter"
OPERATOR = "spiffe://gerbang/operator/ani"
NOW_US = 1_795_231_824_000_000  # 2026-11-21T10:30:24+07:00
NOW_TEXT = "2026-11-21T10:30:24+07:00"


def key_source(path: Path, kind: str = "key") -> KeySource:
    return KeySource(path=path, kind=kind, mode=Mode.DEVELOPMENT, scrypt_log2_n=14)


def adding(store: SQLKeyStore, clock: Clock, mode: Mode = Mode.DEVELOPMENT) -> AddKey:
    software = SoftwareCustody()
    return AddKey(store=store, custody=software, software=software, mode=mode, clock=clock)


def rsa_profile(key_id: str = "bca-token", **changes: Any) -> KeyProfile:
    properties: dict[str, Any] = {
        "key_id": key_id,
        "material": Material.RSA_PRIVATE,
        "schemes": frozenset({Scheme.SNAP_TOKEN_ASYMMETRIC, Scheme.SNAP_TRANSACTION_ASYMMETRIC}),
        "purposes": frozenset(Purpose),
    }
    return KeyProfile(**{**properties, **changes})


def hmac_profile(key_id: str = "bca-transaction", **changes: Any) -> KeyProfile:
    properties: dict[str, Any] = {
        "key_id": key_id,
        "material": Material.HMAC_SECRET,
        "schemes": frozenset({Scheme.SNAP_TRANSACTION_SYMMETRIC}),
        "purposes": frozenset(Purpose),
    }
    return KeyProfile(**{**properties, **changes})


def legacy_profile(key_id: str = "bca-legacy") -> KeyProfile:
    return hmac_profile(
        key_id, schemes=frozenset({Scheme.BCA_LEGACY_SYMMETRIC}), encoding=Encoding.HEX
    )


class MemoryJournal:
    """Keeps records in a list; can be told to fail."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.failure: Exception | None = None

    async def append(self, records: Sequence[Record]) -> None:
        if self.failure is not None:
            raise self.failure
        self.records.extend(records)


class MemoryReplays:
    """Remembers signatures for ever."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, bytes]] = set()

    async def take(self, key_id: str, signature: bytes, *, fresh_until_us: int) -> bool:
        del fresh_until_us
        new = (key_id, signature) not in self.seen
        self.seen.add((key_id, signature))
        return new


def every_grant(store: SQLKeyStore, caller: str = ADAPTER) -> Grants:
    return Grants(
        Grant(caller=caller, key_id=profile.key_id, purpose=purpose, scheme=scheme)
        for profile in store.load().profiles.values()
        for purpose in Purpose
        for scheme in Scheme
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The application without gRPC: what a servicer holds."""

    ring: KeyRing
    use: KeyUse
    sign: SignCalls
    verify: VerifyCall
    journal: MemoryJournal
    asking: Asking


def secret(text: str) -> KeyMaterial:
    return secret_material(text.encode())


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
"""Opens a channel to the signer under test, as an identity such as "bank-adapter"."""


def token_request(**changes: Any) -> signing_service_pb2.SignRequest:
    fields: dict[str, Any] = {
        "key_id": "bca-token",
        "attempt_id": "attempt-1",
        "snap_token_asymmetric": scheme_pb2.SnapTokenAsymmetric(
            client_key="client-1", timestamp=NOW_TEXT
        ),
    }
    return signing_service_pb2.SignRequest(**{**fields, **changes})


async def failure(call: Any) -> ServiceError:
    """The error that a call ends with; an answer is a failed test."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error)
    raise AssertionError(f"answered with {type(answer).__name__}")
