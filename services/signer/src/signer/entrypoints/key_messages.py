"""Keys in the words of the administrative contract, both ways."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from gerbang.signer.v1 import key_admin_service_pb2 as pb

from signer.adapters.key_files import (
    KeyFileError,
    parse_private_key,
    parse_public_key,
    secret_material,
)
from signer.application.ports import KeyMaterial
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import KeyVersion
from signer.domain.refusal import Reason, Refusal, invalid
from signer.domain.scheme import Encoding, Scheme
from signer.domain.timestamp import TimestampForm
from signer.limits import KEY_FILE_MAX_BYTES

E = TypeVar("E", bound=StrEnum)
_TOLERANCE_DEFAULT_S = 300


def profile_of(message: pb.KeyProfile) -> KeyProfile:
    """Raises Refusal INVALID_FIELD naming the profile's field."""
    return KeyProfile(
        key_id=message.key_id,
        material=_member(Material, message.material, "profile.material"),
        schemes=_members(Scheme, message.schemes, "profile.schemes"),
        purposes=_members(Purpose, message.purposes, "profile.purposes"),
        encoding=_member(Encoding, message.encoding or Encoding.BASE64.value, "profile.encoding"),
        timestamp_form=_member(
            TimestampForm,
            message.timestamp_form or TimestampForm.ANY.value,
            "profile.timestamp_form",
        ),
        tolerance_s=message.tolerance_s or _TOLERANCE_DEFAULT_S,
    )


def _members(kind: type[E], names: Sequence[str], field: str) -> frozenset[E]:
    return frozenset(_member(kind, name, field) for name in names)


def _member(kind: type[E], name: str, field: str) -> E:
    try:
        return kind(name)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise invalid(field, f"must be one of {known}") from None


def material_of(request: pb.ImportKeyRequest) -> KeyMaterial:
    """Raises Refusal. Its text never quotes the material."""
    chosen = request.WhichOneof("material")
    if chosen is None:
        raise Refusal(Reason.MISSING_FIELD, "material must be given", field="material")
    content: bytes = getattr(request, chosen)
    if len(content) > KEY_FILE_MAX_BYTES:
        raise invalid(chosen, f"must be at most {KEY_FILE_MAX_BYTES} bytes")
    try:
        match chosen:
            case "private_key_pem":
                return parse_private_key(
                    content, passphrase=request.passphrase or None, name="private_key_pem"
                )
            case "public_key_pem":
                return parse_public_key(content, name="public_key_pem")
            case _:
                return secret_material(content)
    except KeyFileError as error:
        raise Refusal(Reason.INVALID_FIELD, str(error), field=chosen) from None


def version_message(profile: KeyProfile, version: KeyVersion) -> pb.KeyVersion:
    message = pb.KeyVersion(
        profile=pb.KeyProfile(
            key_id=profile.key_id,
            material=profile.material.value,
            schemes=sorted(profile.schemes),
            purposes=sorted(profile.purposes),
            encoding=profile.encoding.value,
            timestamp_form=profile.timestamp_form.value,
            tolerance_s=profile.tolerance_s,
        ),
        version=version.number,
        state=pb.KeyState.Value(f"KEY_STATE_{version.state.value}"),
        fingerprint=version.fingerprint,
    )
    message.create_time.FromMicroseconds(version.created_us)
    message.update_time.FromMicroseconds(version.changed_us)
    if version.probe is not None:
        message.probe.accepted = version.probe.accepted
        message.probe.response_code = version.probe.response_code
        message.probe.probe_time.FromMicroseconds(version.probe.time_us)
    if version.destruction is not None:
        message.destruction.due_time.FromMicroseconds(version.destruction.due_us)
        message.destruction.requested_by = version.destruction.requested_by
        message.destruction.confirmed_by = version.destruction.confirmed_by or ""
    return message
