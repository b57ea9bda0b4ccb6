"""Moves a version through its life: promote, retire.

Promotion makes the staged version ACTIVE and the one before it VERIFY_ONLY in
one transaction, so no moment is without a signing key. A key that asks for
tokens is promoted only after the bank accepted its probe; see probe_key.
"""

from dataclasses import dataclass, replace

from servicekit.clock import Clock

from signer.application.ports import KeyStore, StoreChange, StoreContent, StoredVersion
from signer.domain.journal import Act, Record
from signer.domain.key_profile import KeyProfile, Purpose
from signer.domain.key_version import KeyState, KeyVersion, check_move
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Scheme
from signer.limits import PROBE_VALID_S, REASON_MIN_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """An operator's order about one version."""

    key_id: str
    number: int
    operator: str
    reason: str = ""
    trace_id: str = ""


def find(content: StoreContent, order: KeyOrder) -> StoredVersion:
    """Raises Refusal KEY_NOT_FOUND."""
    for stored in content.versions_of(order.key_id):
        if stored.version.number == order.number:
            return stored
    raise Refusal(Reason.KEY_NOT_FOUND, f"there is no version {order.number} of {order.key_id!r}")


def moved(stored: StoredVersion, to: KeyState, *, now_us: int) -> StoredVersion:
    """Raises Refusal KEY_STATE."""
    check_move(stored.version, to)
    return replace(stored, version=replace(stored.version, state=to, changed_us=now_us))


def record_of(
    order: KeyOrder, act: Act, *, now_us: int, facts: dict[str, str] | None = None
) -> Record:
    noted = dict(facts or {})
    if order.reason:
        noted["reason"] = order.reason
    return Record(
        act=act,
        time_us=now_us,
        actor=order.operator,
        key_id=order.key_id,
        key_version=order.number,
        trace_id=order.trace_id,
        facts=noted,
    )


def needs_probe(profile: KeyProfile) -> bool:
    """Whether nothing but the bank's own word opens the way: it can be asked for a token."""
    return Purpose.SIGN in profile.purposes and Scheme.SNAP_TOKEN_ASYMMETRIC in profile.schemes


class MoveKey:
    """Blocking; run it in a thread or from the command line."""

    def __init__(self, *, store: KeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def promote(self, order: KeyOrder) -> KeyVersion:
        """Makes a version ACTIVE and the one before it VERIFY_ONLY.

        A staged one needs a probe of the last day that the bank accepted. A
        key that signs no token requests may have a written reason instead.
        Going back to a version that was active before needs neither.

        Raises:
            Refusal: KEY_NOT_FOUND, KEY_STATE, MISSING_FIELD.
        """
        content = self._store.load()
        now_us = self._clock.now_us()
        chosen = find(content, order)
        if chosen.version.state is KeyState.STAGED:
            _check_tried(content.profiles[order.key_id], chosen.version, order, now_us=now_us)
        promoted = moved(chosen, KeyState.ACTIVE, now_us=now_us)
        before = [
            moved(stored, KeyState.VERIFY_ONLY, now_us=now_us)
            for stored in content.versions_of(order.key_id)
            if stored.version.state is KeyState.ACTIVE
        ]
        replaced = ",".join(str(stored.version.number) for stored in before)
        record = record_of(order, Act.KEY_PROMOTED, now_us=now_us, facts={"replaced": replaced})
        self._store.write(
            StoreChange(
                base_revision=content.revision, records=(record,), versions=(*before, promoted)
            )
        )
        return promoted.version

    def retire(self, order: KeyOrder) -> KeyVersion:
        """Takes a staged or verify-only version out of use. Raises Refusal."""
        content = self._store.load()
        now_us = self._clock.now_us()
        retired = moved(find(content, order), KeyState.RETIRED, now_us=now_us)
        record = record_of(order, Act.KEY_RETIRED, now_us=now_us)
        self._store.write(
            StoreChange(base_revision=content.revision, records=(record,), versions=(retired,))
        )
        return retired.version


def _check_tried(profile: KeyProfile, version: KeyVersion, order: KeyOrder, *, now_us: int) -> None:
    """Raises Refusal unless the bank accepted the version, or a person vouches for it."""
    probe = version.probe
    if probe is not None and not probe.accepted:
        raise Refusal(
            Reason.KEY_STATE,
            f"the bank refused {version} ({probe.response_code}); probe it again",
        )
    if probe is not None and now_us - probe.time_us <= PROBE_VALID_S * 1_000_000:
        return
    if needs_probe(profile):
        what = "was not accepted by the bank yet" if probe is None else "has too old a probe"
        raise Refusal(Reason.KEY_STATE, f"{version} {what}; probe it first")
    if len(order.reason) < REASON_MIN_CHARS:
        raise Refusal(
            Reason.MISSING_FIELD,
            f"{version} was not probed; probe it, or give the reason why it is known to be right",
            field="reason",
        )
