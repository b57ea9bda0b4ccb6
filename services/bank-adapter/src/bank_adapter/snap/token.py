"""The access token of SNAP (service 73): asking for it and reading it.

Keeping and sharing the token is the application's; nothing is kept here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from bank_adapter.domain.conversation import Answer, Conversation, Send, SignToken
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap import body, reply
from bank_adapter.snap.exchange import answered, signed
from bank_adapter.snap.headers import token_headers
from bank_adapter.snap.party import Party
from bank_adapter.snap.signals import Tables, classify

SERVICE_CODE = "73"

# The standard's lifetime, for a bank that gives none.
STANDARD_LIFETIME_S = 900
LONGEST_LIFETIME_S = 86_400

# It goes into a header: visible ASCII only, and the standard's length.
_TOKEN = re.compile(r"[!-~]{1,2048}", re.ASCII)
_SECONDS = re.compile(r"([0-9]{1,9})(?:\.0*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReading:
    """A token answer, read. `access_token` is empty unless the bank gave one.

    The verdict is ACCEPTED exactly when there is a token; REFUSED when the bank
    refuses us.
    """

    reading: Reading
    access_token: str = field(default="", repr=False)
    expires_in_s: int = 0


def ask(*, party: Party, path: str, at: datetime, tables: Tables) -> Conversation[TokenReading]:
    """Has `client|timestamp` signed, asks, and reads the answer."""
    moment = party.token_moment(at)
    step = SignToken(key_id=party.token_key_id, client_key=party.client_id, timestamp=moment)
    signature = party.encoded(signed((yield step)))
    headers = token_headers(party, timestamp=moment, signature=signature)
    answer = answered((yield Send(method="POST", path=path, headers=headers, body=_body(party))))
    return read(answer, tables=tables)


def _body(party: Party) -> bytes:
    return body.render({party.token_grant_field: "client_credentials"})


def read(answer: Answer, *, tables: Tables) -> TokenReading:
    """Reads the answer. A success without a usable token is UNKNOWN."""
    snap = reply.read_reply(answer)
    reading = classify(snap, service_code=SERVICE_CODE, tables=tables)
    if reading.verdict is not Verdict.ACCEPTED:
        return TokenReading(reading=reading)
    access_token = reply.text(snap.fields, "accessToken")
    if not is_usable(access_token):
        unusable = replace(reading, verdict=Verdict.UNKNOWN, reason="NO_USABLE_TOKEN")
        return TokenReading(reading=unusable)
    return TokenReading(
        reading=reading,
        access_token=access_token,
        expires_in_s=lifetime_s(reply.text(snap.fields, "expiresIn")),
    )


def is_usable(access_token: str) -> bool:
    """Whether it can stand in a header."""
    return _TOKEN.fullmatch(access_token) is not None


def lifetime_s(text: str) -> int:
    """Seconds; the standard's where the bank gives none that can be read."""
    found = _SECONDS.fullmatch(text)
    if found is None:
        return STANDARD_LIFETIME_S
    return min(int(found[1]), LONGEST_LIFETIME_S)
