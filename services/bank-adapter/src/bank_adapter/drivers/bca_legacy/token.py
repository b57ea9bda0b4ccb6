"""The older API's token: OAuth client credentials with Basic, no signature."""

from __future__ import annotations

from bank_adapter.domain.conversation import Answer, AuthorizeClient, Conversation, Send
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap.exchange import answered, signed
from bank_adapter.snap.reply import read_object, text
from bank_adapter.snap.token import TokenReading, is_usable, lifetime_s

BODY = b"grant_type=client_credentials"


def ask(profile: BCALegacyProfile) -> Conversation[TokenReading]:
    """Asks; the secret is put in by whoever answers the first step."""
    step = AuthorizeClient(key_id=profile.token_key_id, client_id=profile.client_id)
    basic = signed((yield step))
    headers = (
        ("Authorization", f"Basic {basic}"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    send = Send(method="POST", path=profile.token_path, headers=headers, body=BODY)
    return read(answered((yield send)))


def read(answer: Answer) -> TokenReading:
    """A refusal of ours by any code but a fault is REFUSED; never raises."""
    fields, fault = read_object(answer)
    access_token = text(fields, "access_token")
    if answer.status != SUCCESS or not is_usable(access_token):
        return TokenReading(reading=failure(answer.status, fields, fault or "NO_USABLE_TOKEN"))
    return TokenReading(
        reading=Reading(verdict=Verdict.ACCEPTED, http_status=answer.status),
        access_token=access_token,
        # Older clients saw 3600 s; without a word of the bank we assume SNAP's 900.
        expires_in_s=lifetime_s(text(fields, "expires_in")),
    )
