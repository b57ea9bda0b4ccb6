"""Keys as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from gerbang.signer.v1 import key_admin_service_pb2 as pb
from rich.console import Console

from gerbang_ops.output import moment, print_json, print_table, to_plain

_SHOWN_CHARACTERS = 16


def state_of(version: pb.KeyVersion) -> str:
    """STAGED, ACTIVE, ..."""
    return pb.KeyState.Name(version.state).removeprefix("KEY_STATE_")


def print_keys(out: Console, versions: Sequence[pb.KeyVersion]) -> None:
    if not versions:
        out.print("The signer has no keys.")
        return
    rows = [
        (
            version.profile.key_id,
            str(version.version),
            state_of(version),
            f"{version.profile.material} {'+'.join(version.profile.purposes)}",
            " ".join(version.profile.schemes),
            version.fingerprint[:_SHOWN_CHARACTERS],
            moment(version.create_time),
            _notes(version),
        )
        for version in versions
    ]
    headings = ("key", "v", "state", "is", "for", "fingerprint", "made", "notes")
    print_table(out, headings, rows)


def print_version(out: Console, version: pb.KeyVersion, *, as_json: bool, what_next: str) -> None:
    """One version after an act, and what usually comes next."""
    if as_json:
        print_json(to_plain(version))
        return
    out.print(
        f"{version.profile.key_id} version {version.version} is {state_of(version)}, "
        f"fingerprint {version.fingerprint}"
    )
    notes = _notes(version)
    if notes:
        out.print(notes)
    if what_next:
        out.print(f"Next: {what_next}")


def _notes(version: pb.KeyVersion) -> str:
    notes = []
    if version.HasField("probe"):
        word = "accepted" if version.probe.accepted else "REFUSED"
        notes.append(
            f"probe {word} {version.probe.response_code} {moment(version.probe.probe_time)}"
        )
    if version.HasField("destruction"):
        order = version.destruction
        who = order.confirmed_by or "NOBODY YET, so nothing happens"
        notes.append(
            f"to be destroyed {moment(order.due_time)}, asked by {order.requested_by}, "
            f"confirmed by {who}"
        )
    return "; ".join(notes)
