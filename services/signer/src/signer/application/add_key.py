"""Brings a key into the store: imported or generated, always as a new version.

A new version is STAGED. Only the first version of a key may be made ACTIVE at
once (`activate`), to provision an installation; later ones are promoted.
"""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.config import Mode

from signer.application.ports import (
    Kept,
    KeyCustody,
    KeyMaterial,
    KeyStore,
    KeyStoreChanged,
    StoreChange,
    StoreContent,
    StoredVersion,
)
from signer.application.published_keys import published_as
from signer.domain.journal import Act, Record
from signer.domain.key_profile import KeyProfile, Material
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.refusal import Reason, Refusal, invalid
from signer.limits import (
    GENERATED_SECRET_BYTES,
    HMAC_SECRET_MAX_BYTES,
    HMAC_SECRET_MIN_BYTES,
    REASON_MIN_CHARS,
    RSA_SIZES_BITS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What an operator asks for."""

    profile: KeyProfile
    operator: str
    activate: bool = False
    reason: str = ""
    """Why a key may be active without a probe; production wants one."""
    trace_id: str = ""


class AddKey:
    """Blocking; run it in a thread or from the command line."""

    def __init__(
        self,
        *,
        store: KeyStore,
        custody: KeyCustody,
        software: KeyCustody,
        mode: Mode,
        clock: Clock,
    ) -> None:
        """`software` keeps public keys, which no token needs to hold."""
        self._store = store
        self._custody = custody
        self._software = software
        self._mode = mode
        self._clock = clock

    def import_key(self, new: NewKey, material: KeyMaterial) -> KeyVersion:
        """Raises Refusal (INVALID_FIELD, KEY_STATE, KEY_NOT_ALLOWED)."""
        if material.kind is not new.profile.material:
            raise invalid(
                "material", f"is {material.kind.value}, the key is {new.profile.material.value}"
            )
        if material.kind is Material.HMAC_SECRET:
            _check_secret(material.secret.reveal())
        self._check_published(material)
        self._check_activation(new)
        content = self._store.load()
        number = _next_number(content, new)
        _check_not_there(content, new, material.fingerprint, material.public_key)
        public = material.kind is Material.RSA_PUBLIC
        custody = self._software if public else self._custody
        kept = custody.keep(material, label=f"{new.profile.key_id}:{number}")
        return self._write(
            content=content,
            new=new,
            number=number,
            kept=kept,
            custody=custody,
            act=Act.KEY_IMPORTED,
        )

    def generate_key(self, new: NewKey, *, rsa_bits: int | None) -> KeyVersion:
        """Makes a key inside custody. Raises Refusal.

        Args:
            new: what is wanted; its profile says RSA or HMAC.
            rsa_bits: 2048, 3072 or 4096 for RSA; None for an HMAC secret.
        """
        material = new.profile.material
        self._check_activation(new)
        content = self._store.load()
        number = _next_number(content, new)
        label = f"{new.profile.key_id}:{number}"
        if material is Material.RSA_PRIVATE:
            if rsa_bits not in RSA_SIZES_BITS:
                raise invalid("rsa_bits", f"must be one of {RSA_SIZES_BITS}")
            kept = self._custody.generate_rsa(label=label, bits=rsa_bits)
        elif material is Material.HMAC_SECRET:
            kept = self._custody.generate_hmac(label=label, size_bytes=GENERATED_SECRET_BYTES)
        else:
            raise invalid("material", "another party's public key cannot be generated")
        return self._write(
            content=content,
            new=new,
            number=number,
            kept=kept,
            custody=self._custody,
            act=Act.KEY_GENERATED,
        )

    def _check_activation(self, new: NewKey) -> None:
        wants_reason = new.activate and self._mode is Mode.PRODUCTION
        if wants_reason and len(new.reason) < REASON_MIN_CHARS:
            raise Refusal(
                Reason.MISSING_FIELD,
                "give the reason why this key is active at once, without a probe",
                field="reason",
            )

    def _check_published(self, key: KeyMaterial) -> None:
        known_as = published_as(key)
        if known_as is not None and self._mode is Mode.PRODUCTION:
            raise Refusal(Reason.KEY_NOT_ALLOWED, f"this is {known_as}; production refuses it")

    def _write(
        self,
        *,
        content: StoreContent,
        new: NewKey,
        number: int,
        kept: Kept,
        custody: KeyCustody,
        act: Act,
    ) -> KeyVersion:
        now_us = self._clock.now_us()
        version = KeyVersion(
            key_id=new.profile.key_id,
            number=number,
            state=KeyState.ACTIVE if new.activate else KeyState.STAGED,
            fingerprint=kept.fingerprint,
            public_key=kept.public_key,
            created_us=now_us,
            changed_us=now_us,
        )
        facts = {
            "custody": custody.kind.value,
            "fingerprint": version.fingerprint,
            "state": version.state.value,
        }
        if new.reason:
            facts["reason"] = new.reason
        record = Record(
            act=act,
            time_us=now_us,
            actor=new.operator,
            key_id=version.key_id,
            key_version=number,
            trace_id=new.trace_id,
            facts=facts,
        )
        is_new = new.profile.key_id not in content.profiles
        stored = StoredVersion(version=version, custody=custody.kind, kept=kept.kept)
        change = StoreChange(
            base_revision=content.revision,
            records=(record,),
            profiles=(new.profile,) if is_new else (),
            versions=(stored,),
        )
        try:
            self._store.write(change)
        except KeyStoreChanged:
            custody.forget(stored)  # a token must not keep what no row names
            raise
        return version


def _next_number(content: StoreContent, new: NewKey) -> int:
    """The new version's number, after the checks on what is there."""
    there = content.profiles.get(new.profile.key_id)
    if there is not None and there != new.profile:
        raise Refusal(
            Reason.KEY_STATE,
            f"key {new.profile.key_id!r} exists with other properties; they cannot change",
        )
    versions = content.versions_of(new.profile.key_id)
    if versions and new.activate:
        raise Refusal(
            Reason.KEY_STATE,
            f"key {new.profile.key_id!r} has versions; stage the new one and promote it",
        )
    return 1 + max((stored.version.number for stored in versions), default=0)


def _check_not_there(
    content: StoreContent, new: NewKey, fingerprint: str, public_key: bytes
) -> None:
    """Refuses the same RSA key twice in one profile. Check values of secrets may collide."""
    for stored in content.versions_of(new.profile.key_id):
        if public_key and stored.version.fingerprint == fingerprint:
            raise Refusal(
                Reason.KEY_STATE, f"this key is already {stored.version}; nothing was changed"
            )


def _check_secret(secret: bytes) -> None:
    if not HMAC_SECRET_MIN_BYTES <= len(secret) <= HMAC_SECRET_MAX_BYTES:
        raise invalid(
            "secret", f"must be {HMAC_SECRET_MIN_BYTES} to {HMAC_SECRET_MAX_BYTES} bytes long"
        )
    if secret != secret.strip():
        raise invalid("secret", "starts or ends with a blank or a newline; was it pasted?")
