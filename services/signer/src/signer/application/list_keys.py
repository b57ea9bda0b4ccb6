"""Lists keys and their versions: everything about them that is not secret."""

from typing import Any

from signer.application.ports import KeyStore
from signer.domain.key_profile import KeyProfile
from signer.domain.key_version import KeyVersion


def list_keys(store: KeyStore) -> list[tuple[KeyProfile, KeyVersion]]:
    """By key id, then version, oldest first. Blocking."""
    content = store.load()
    return [
        (content.profiles[stored.version.key_id], stored.version) for stored in content.versions
    ]


def describe(profile: KeyProfile, version: KeyVersion) -> dict[str, Any]:
    """A version in the words of the command line's JSON."""
    destruction = version.destruction
    return {
        "keyId": profile.key_id,
        "version": version.number,
        "state": version.state.value,
        "material": profile.material.value,
        "schemes": sorted(profile.schemes),
        "purposes": sorted(profile.purposes),
        "encoding": profile.encoding.value,
        "fingerprint": version.fingerprint,
        "createdUs": version.created_us,
        "changedUs": version.changed_us,
        "probeAccepted": None if version.probe is None else version.probe.accepted,
        "destroyDueUs": None if destruction is None else destruction.due_us,
        "destroyConfirmedBy": None if destruction is None else destruction.confirmed_by,
    }
