"""One message of the older API: sign it, send it, take the answer.

The digest signed is that of the body without any white space, blanks inside
values included (vector V1); the body sent keeps them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from bank_adapter.domain.conversation import Answer, Conversation, Send, SignLegacy, WireMessage
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.protocol import Envelope
from bank_adapter.snap import timestamp
from bank_adapter.snap.exchange import answered, signed
from bank_adapter.snap.external_id import check


def exchange(
    message: WireMessage, *, profile: BCALegacyProfile, envelope: Envelope
) -> Conversation[Answer]:
    """Raises ValueError before the first step for an envelope that is wrong.

    This dialect sends no external id; it still names the attempt here.
    """
    check(envelope.external_id)
    moment = timestamp.write(envelope.at, milliseconds=True)
    return _talk(message, profile=profile, access_token=envelope.access_token, moment=moment)


def _talk(
    message: WireMessage, *, profile: BCALegacyProfile, access_token: str, moment: str
) -> Conversation[Answer]:
    step = SignLegacy(
        key_id=profile.transaction_key_id,
        method=message.method,
        path=message.path,
        access_token=access_token,
        body_sha256=digest(message.body),
        timestamp=moment,
    )
    signature = signed((yield step))
    headers = (
        ("Authorization", f"Bearer {access_token}"),
        ("Content-Type", "application/json"),
        ("Origin", profile.origin),
        ("X-BCA-Key", profile.api_key),
        ("X-BCA-Timestamp", moment),
        ("X-BCA-Signature", signature),
        *(_of_domestic(profile) if message.path == profile.domestic_path else ()),
    )
    send = Send(method=message.method, path=message.path, headers=headers, body=message.body)
    return answered((yield send))


def _of_domestic(profile: BCALegacyProfile) -> tuple[tuple[str, str], ...]:
    return (("channel-id", profile.channel_id), ("credential-id", profile.corporate_id))


def digest(body: bytes) -> bytes:
    """SHA-256 of the body with every white space character removed."""
    return hashlib.sha256(b"".join(body.split())).digest()


def path_of(*segments: str) -> str:
    """A path whose segments are percent-encoded byte by byte, `/` included."""
    return "/".join(quote(segment, safe="-_.~") for segment in segments)


def with_query(path: str, query: Mapping[str, str]) -> str:
    """The path with its query sorted by name and percent-encoded."""
    pairs = sorted(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query.items()
    )
    return f"{path}?{'&'.join(pairs)}"
