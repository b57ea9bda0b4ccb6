"""Rows of the key store: what a row says, and what its seal binds.

Every column of a version and of its profile stands in the associated data of
the version's seal, so a row cannot be swapped, renamed, moved to another state
or given another's confirmation without the key-encryption key.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from servicekit.secret import Secret

from signer.adapters.key_encryption import KeyEncryptionKey
from signer.application.ports import Custody, StoredVersion
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import Destruction, KeyState, KeyVersion, Probe
from signer.domain.scheme import Encoding, Scheme
from signer.domain.timestamp import TimestampForm

Row = Mapping[str, Any]


def _canonical(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True, default=_hex).encode("ascii")


def _hex(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} does not belong into a row")


def profile_row(profile: KeyProfile) -> dict[str, Any]:
    return {
        "key_id": profile.key_id,
        "material": profile.material.value,
        "schemes": ",".join(sorted(profile.schemes)),
        "purposes": ",".join(sorted(profile.purposes)),
        "encoding": profile.encoding.value,
        "timestamp_form": profile.timestamp_form.value,
        "tolerance_s": profile.tolerance_s,
    }


def read_profile(row: Row) -> KeyProfile:
    return KeyProfile(
        key_id=row["key_id"],
        material=Material(row["material"]),
        schemes=frozenset(Scheme(name) for name in row["schemes"].split(",")),
        purposes=frozenset(Purpose(name) for name in row["purposes"].split(",")),
        encoding=Encoding(row["encoding"]),
        timestamp_form=TimestampForm(row["timestamp_form"]),
        tolerance_s=row["tolerance_s"],
    )


def version_row(
    stored: StoredVersion, profile: KeyProfile, kek: KeyEncryptionKey
) -> dict[str, Any]:
    version = stored.version
    probe = version.probe
    destruction = version.destruction
    row: dict[str, Any] = {
        "key_id": version.key_id,
        "number": version.number,
        "state": version.state.value,
        "custody": stored.custody.value,
        "fingerprint": version.fingerprint,
        "public_key": version.public_key,
        "created_us": version.created_us,
        "changed_us": version.changed_us,
        "probe_accepted": None if probe is None else int(probe.accepted),
        "probe_us": None if probe is None else probe.time_us,
        "probe_code": None if probe is None else probe.response_code,
        "destroy_due_us": None if destruction is None else destruction.due_us,
        "destroy_requested_by": None if destruction is None else destruction.requested_by,
        "destroy_confirmed_by": None if destruction is None else destruction.confirmed_by,
    }
    row["sealed"] = kek.seal(stored.kept.reveal(), bound(row, profile_row(profile)))
    return row


def bound(version: Row, profile: Row) -> bytes:
    """The associated data of a version's seal: all of both rows but the seal."""
    open_columns = {name: value for name, value in version.items() if name != "sealed"}
    return _canonical({"format": 1, "profile": dict(profile), "version": open_columns})


def read_version(row: Row, profile: KeyProfile, kek: KeyEncryptionKey) -> StoredVersion:
    """Raises Unsealable."""
    kept: Secret[bytes] = kek.unseal(bytes(row["sealed"]), bound(row, profile_row(profile)))
    probe = None
    if row["probe_us"] is not None:
        probe = Probe(
            accepted=bool(row["probe_accepted"]),
            time_us=row["probe_us"],
            response_code=row["probe_code"],
        )
    destruction = None
    if row["destroy_due_us"] is not None:
        destruction = Destruction(
            due_us=row["destroy_due_us"],
            requested_by=row["destroy_requested_by"],
            confirmed_by=row["destroy_confirmed_by"],
        )
    version = KeyVersion(
        key_id=row["key_id"],
        number=row["number"],
        state=KeyState(row["state"]),
        fingerprint=row["fingerprint"],
        public_key=bytes(row["public_key"]),
        created_us=row["created_us"],
        changed_us=row["changed_us"],
        probe=probe,
        destruction=destruction,
    )
    return StoredVersion(version=version, custody=Custody(row["custody"]), kept=kept)


def listing(revision: int, profiles: Iterable[Row], versions: Iterable[Row]) -> bytes:
    """The canonical list of all rows, for the tag that notices one gone or put back."""
    return _canonical(
        {
            "format": 1,
            "revision": revision,
            "profiles": sorted((dict(row) for row in profiles), key=lambda row: row["key_id"]),
            "versions": sorted(
                [row["key_id"], row["number"], hashlib.sha256(bytes(row["sealed"])).hexdigest()]
                for row in versions
            ),
        }
    )
