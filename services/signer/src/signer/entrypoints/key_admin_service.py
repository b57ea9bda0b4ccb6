"""gRPC KeyAdminService: an operator's acts, each under the name in its certificate."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from gerbang.signer.v1 import key_admin_service_pb2 as pb
from servicekit.call import Call

from signer.adapters.software_keys import load_public
from signer.application.add_key import AddKey, NewKey
from signer.application.destroy_key import DestroyKey
from signer.application.key_ring import KeyRing
from signer.application.list_keys import list_keys
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import JournalReader, KeyStore
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.refusal import Reason, Refusal, invalid
from signer.entrypoints.key_messages import material_of, profile_of, version_message
from signer.entrypoints.onboarding_text import onboarding_text, public_pem
from signer.entrypoints.refusals import as_service_errors
from signer.entrypoints.store_changes import StoreChanges
from signer.limits import (
    JOURNAL_PAGE_DEFAULT_ENTRIES,
    JOURNAL_PAGE_MAX_ENTRIES,
    REASON_MAX_CHARS,
)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDesk:
    """The verbs behind the service."""

    ring: KeyRing
    store: KeyStore
    adding: AddKey
    moving: MoveKey
    destroying: DestroyKey
    journal: JournalReader
    change: StoreChanges


def _rpc(
    method: Callable[Concatenate["KeyAdminServicer", P], Awaitable[R]],
) -> Callable[Concatenate["KeyAdminServicer", P], Coroutine[Any, Any, R]]:
    """Refusals as errors, and nothing at all while sealed."""

    @wraps(method)
    async def guarded(self: "KeyAdminServicer", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with as_service_errors():
            self.desk.ring.current()
            return await method(self, *args, **kwargs)

    return guarded


class KeyAdminServicer:
    def __init__(self, desk: KeyDesk) -> None:
        self.desk = desk

    @_rpc
    async def ListKeys(self, request: pb.ListKeysRequest, call: Call) -> pb.ListKeysResponse:  # noqa: N802 - the RPC's name
        del request, call
        keys = await asyncio.to_thread(list_keys, self.desk.store)
        return pb.ListKeysResponse(versions=[version_message(*key) for key in keys])

    @_rpc
    async def GenerateKey(self, request: pb.GenerateKeyRequest, call: Call) -> pb.KeyVersion:  # noqa: N802 - the RPC's name
        new = self._new(request, call)
        bits = request.rsa_bits or None
        return await self._change(lambda: self.desk.adding.generate_key(new, rsa_bits=bits))

    @_rpc
    async def ImportKey(self, request: pb.ImportKeyRequest, call: Call) -> pb.KeyVersion:  # noqa: N802 - the RPC's name
        new = self._new(request, call)
        material = await asyncio.to_thread(material_of, request)
        return await self._change(lambda: self.desk.adding.import_key(new, material))

    @_rpc
    async def ExportPublicKey(  # noqa: N802 - the RPC's name
        self, request: pb.ExportPublicKeyRequest, call: Call
    ) -> pb.ExportPublicKeyResponse:
        del call
        version = await asyncio.to_thread(self._choose, request.key_id, request.version)
        if not version.public_key:
            raise Refusal(Reason.KEY_STATE, f"{version} is a secret and has no public part")
        bits = load_public(version.public_key).key_size
        return pb.ExportPublicKeyResponse(
            version=version.number,
            pem=public_pem(version),
            fingerprint=version.fingerprint,
            onboarding_text=onboarding_text(version, bits=bits),
        )

    @_rpc
    async def SignProbe(self, request: pb.SignProbeRequest, call: Call) -> pb.SignProbeResponse:  # noqa: N802 - the RPC's name
        del request, call
        raise _carried_by_the_adapter()

    @_rpc
    async def RecordProbe(self, request: pb.RecordProbeRequest, call: Call) -> pb.KeyVersion:  # noqa: N802 - the RPC's name
        del request, call
        raise _carried_by_the_adapter()

    @_rpc
    async def PromoteKey(self, request: pb.KeyVersionRequest, call: Call) -> pb.KeyVersion:  # noqa: N802 - the RPC's name
        order = _order(request, call)
        return await self._change(lambda: self.desk.moving.promote(order))

    @_rpc
    async def RetireKey(self, request: pb.KeyVersionRequest, call: Call) -> pb.KeyVersion:  # noqa: N802 - the RPC's name
        order = _order(request, call)
        return await self._change(lambda: self.desk.moving.retire(order))

    @_rpc
    async def ScheduleDestruction(  # noqa: N802 - the RPC's name
        self, request: pb.ScheduleDestructionRequest, call: Call
    ) -> pb.KeyVersion:
        order = _order(request, call)
        due_us = request.due_time.ToMicroseconds()
        return await self._change(lambda: self.desk.destroying.schedule(order, due_us=due_us))

    @_rpc
    async def ConfirmDestruction(  # noqa: N802 - the RPC's name
        self, request: pb.KeyVersionRequest, call: Call
    ) -> pb.KeyVersion:
        order = _order(request, call)
        return await self._change(lambda: self.desk.destroying.confirm(order))

    @_rpc
    async def CancelDestruction(  # noqa: N802 - the RPC's name
        self, request: pb.KeyVersionRequest, call: Call
    ) -> pb.KeyVersion:
        order = _order(request, call)
        return await self._change(lambda: self.desk.destroying.cancel(order))

    @_rpc
    async def ListJournalEntries(  # noqa: N802 - the RPC's name
        self, request: pb.ListJournalEntriesRequest, call: Call
    ) -> pb.ListJournalEntriesResponse:
        del call
        size = request.page_size or JOURNAL_PAGE_DEFAULT_ENTRIES
        if not 1 <= size <= JOURNAL_PAGE_MAX_ENTRIES:
            raise invalid("page_size", f"must be 1 to {JOURNAL_PAGE_MAX_ENTRIES}")
        head, entries = await asyncio.to_thread(
            self.desk.journal.page, after=request.after_sequence, limit=size
        )
        return pb.ListJournalEntriesResponse(
            entries=[
                pb.JournalEntry(sequence=one.sequence, content=one.content, link=one.link)
                for one in entries
            ],
            head_sequence=head.sequence,
            head_link=head.link,
        )

    async def _change(self, act: Callable[[], KeyVersion]) -> pb.KeyVersion:
        version = await self.desk.change(act)
        profile = self.desk.ring.current().profiles[version.key_id]
        return version_message(profile, version)

    def _choose(self, key_id: str, number: int) -> KeyVersion:
        """The numbered version, or for 0 the active one."""
        for profile, version in list_keys(self.desk.store):
            wanted = version.state is KeyState.ACTIVE if number == 0 else version.number == number
            if profile.key_id == key_id and wanted:
                return version
        raise Refusal(Reason.KEY_NOT_FOUND, f"there is no such version of {key_id!r}")

    def _new(self, request: pb.GenerateKeyRequest | pb.ImportKeyRequest, call: Call) -> NewKey:
        return NewKey(
            profile=profile_of(request.profile),
            operator=call.caller.spiffe_id,
            reason=_reason(request.reason),
            trace_id=call.trace_id,
        )


def _order(request: pb.KeyVersionRequest | pb.ScheduleDestructionRequest, call: Call) -> KeyOrder:
    return KeyOrder(
        key_id=request.key_id,
        number=request.version,
        operator=call.caller.spiffe_id,
        reason=_reason(request.reason),
        trace_id=call.trace_id,
    )


def _reason(text: str) -> str:
    if len(text) > REASON_MAX_CHARS or not (text.isprintable() or not text):
        raise invalid("reason", f"must be one line of at most {REASON_MAX_CHARS} characters")
    return text


def _carried_by_the_adapter() -> Refusal:
    return Refusal(
        Reason.KEY_STATE, "probes are carried by the bank-adapter; use `gerbang-ops keys probe`"
    )
