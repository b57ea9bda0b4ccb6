"""Destroys key material: scheduled, confirmed by a second operator, then done when due.

Only RETIRED versions. The row stays, with its public key and fingerprint, as
the record of what there was.
"""

from collections.abc import Mapping
from dataclasses import replace

from servicekit.clock import Clock
from servicekit.secret import Secret

from signer.application.move_key import KeyOrder, find, moved, record_of
from signer.application.ports import KeyCustody, KeyStore, StoreChange, StoreContent, StoredVersion
from signer.domain.journal import Act
from signer.domain.key_version import Destruction, KeyState, KeyVersion, check_move
from signer.domain.refusal import Reason, Refusal, invalid
from signer.limits import DESTRUCTION_DELAY_MIN_S

_DAY_S = 86_400


class DestroyKey:
    """Blocking; run it in a thread or from the command line."""

    def __init__(
        self, *, store: KeyStore, custodies: Mapping[str, KeyCustody], clock: Clock, actor: str
    ) -> None:
        """`actor` is who carries out what is due: the signer itself."""
        self._store = store
        self._custodies = custodies
        self._clock = clock
        self._actor = actor

    def schedule(self, order: KeyOrder, *, due_us: int) -> KeyVersion:
        """Raises Refusal (INVALID_FIELD for a date that is too near, KEY_STATE)."""
        now_us = self._clock.now_us()
        if due_us < now_us + DESTRUCTION_DELAY_MIN_S * 1_000_000:
            days = DESTRUCTION_DELAY_MIN_S // _DAY_S
            raise invalid("due_time", f"must be at least {days} days ahead")
        content = self._store.load()
        stored = find(content, order)
        check_move(stored.version, KeyState.DESTROYED)
        if stored.version.destruction is not None:
            raise Refusal(Reason.KEY_STATE, f"{stored.version} is scheduled already; cancel first")
        destruction = Destruction(due_us=due_us, requested_by=order.operator)
        return self._note(
            content, stored, order, destruction, Act.DESTRUCTION_SCHEDULED, {"due_us": str(due_us)}
        )

    def confirm(self, order: KeyOrder) -> KeyVersion:
        """The second operator's word. Raises Refusal KEY_STATE when it is the first one's."""
        content = self._store.load()
        stored = find(content, order)
        destruction = _ordered(stored)
        if destruction.requested_by == order.operator:
            raise Refusal(
                Reason.KEY_STATE, "another operator than the one who scheduled it must confirm"
            )
        if destruction.confirmed_by is not None:
            raise Refusal(Reason.KEY_STATE, f"{stored.version} is confirmed already")
        confirmed = replace(destruction, confirmed_by=order.operator)
        return self._note(content, stored, order, confirmed, Act.DESTRUCTION_CONFIRMED, {})

    def cancel(self, order: KeyOrder) -> KeyVersion:
        """Takes the order back, confirmed or not. Any operator may. Raises Refusal KEY_STATE."""
        content = self._store.load()
        stored = find(content, order)
        _ordered(stored)
        return self._note(content, stored, order, None, Act.DESTRUCTION_CANCELLED, {})

    def run_due(self) -> list[KeyVersion]:
        """Destroys what is due and confirmed; gives what it destroyed.

        The material goes first: a crash in between finds it gone and writes
        the row then.
        """
        content = self._store.load()
        now_us = self._clock.now_us()
        due = [stored for stored in content.versions if _is_due(stored, now_us)]
        if not due:
            return []
        gone: list[StoredVersion] = []
        records = []
        for stored in due:
            self._custodies[stored.custody.value].forget(stored)
            gone.append(replace(moved(stored, KeyState.DESTROYED, now_us=now_us), kept=Secret(b"")))
            order = KeyOrder(
                key_id=stored.version.key_id, number=stored.version.number, operator=self._actor
            )
            destruction = _ordered(stored)
            facts = {
                "requested_by": destruction.requested_by,
                "confirmed_by": destruction.confirmed_by or "",
            }
            records.append(record_of(order, Act.KEY_DESTROYED, now_us=now_us, facts=facts))
        self._store.write(
            StoreChange(
                base_revision=content.revision, records=tuple(records), versions=tuple(gone)
            )
        )
        return [stored.version for stored in gone]

    def _note(  # noqa: PLR0917 - private, and each is a thing of its own type
        self,
        content: StoreContent,
        stored: StoredVersion,
        order: KeyOrder,
        destruction: Destruction | None,
        act: Act,
        facts: dict[str, str],
    ) -> KeyVersion:
        now_us = self._clock.now_us()
        version = replace(stored.version, destruction=destruction, changed_us=now_us)
        self._store.write(
            StoreChange(
                base_revision=content.revision,
                records=(record_of(order, act, now_us=now_us, facts=facts),),
                versions=(replace(stored, version=version),),
            )
        )
        return version


def _ordered(stored: StoredVersion) -> Destruction:
    if stored.version.destruction is None or stored.version.state is not KeyState.RETIRED:
        raise Refusal(Reason.KEY_STATE, f"{stored.version} is not scheduled to be destroyed")
    return stored.version.destruction


def _is_due(stored: StoredVersion, now_us: int) -> bool:
    order = stored.version.destruction
    return (
        stored.version.state is KeyState.RETIRED
        and order is not None
        and order.confirmed_by is not None
        and order.due_us <= now_us
    )
