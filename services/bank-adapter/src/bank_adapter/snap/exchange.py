"""One SNAP message and its answer: have it signed, send it, take the answer.

The generator yields steps and does nothing itself. What is signed is the
digest of the very bytes that are sent.
"""

from __future__ import annotations

from datetime import datetime

from bank_adapter.domain.conversation import (
    Answer,
    Conversation,
    Reply,
    Send,
    Signature,
    SignTransaction,
    SignTransactionAsymmetric,
    WireMessage,
)
from bank_adapter.snap.external_id import check
from bank_adapter.snap.headers import transaction_headers
from bank_adapter.snap.party import Party, Signing


def exchange(
    message: WireMessage,
    *,
    party: Party,
    external_id: str,
    access_token: str,
    at: datetime,
) -> Conversation[Answer]:
    """Signs and sends the message. Raises ValueError before the first step.

    The external id is checked here and not in the generator, so that a bad one
    is known before anything is asked of the signer.
    """
    check(external_id, max_digits=party.external_id_digits_of(message.service_code))
    moment = party.transaction_moment(at)
    return _talk(
        message,
        party=party,
        external_id=external_id,
        access_token=access_token if party.signing is Signing.SYMMETRIC else "",
        moment=moment,
    )


def _talk(
    message: WireMessage, *, party: Party, external_id: str, access_token: str, moment: str
) -> Conversation[Answer]:
    step: SignTransaction | SignTransactionAsymmetric
    if party.signing is Signing.SYMMETRIC:
        step = SignTransaction(
            key_id=party.transaction_key_id,
            method=message.method,
            path=message.path,
            access_token=access_token,
            body_sha256=message.body_sha256,
            timestamp=moment,
        )
    else:
        step = SignTransactionAsymmetric(
            key_id=party.transaction_key_id,
            method=message.method,
            path=message.path,
            body_sha256=message.body_sha256,
            timestamp=moment,
        )
    signature = party.encoded(signed((yield step)))
    headers = transaction_headers(
        party,
        timestamp=moment,
        signature=signature,
        external_id=external_id,
        access_token=access_token,
    )
    send = Send(method=message.method, path=message.path, headers=headers, body=message.body)
    return answered((yield send))


def signed(reply: Reply) -> str:
    """The signature; a runner that sends anything else has a bug."""
    if not isinstance(reply, Signature):
        raise TypeError("a signing step is answered with a Signature")
    return reply.value


def answered(reply: Reply) -> Answer:
    """The answer; a runner that sends anything else has a bug."""
    if not isinstance(reply, Answer):
        raise TypeError("a Send is answered with an Answer")
    return reply
