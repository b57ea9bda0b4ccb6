"""Basic credentials: given out by grant alone, journalled, and by no key that signs."""

from collections.abc import Callable
from typing import Any

import pytest
from gerbang.signer.v1 import scheme_pb2, signing_service_pb2
from signer.adapters.pkcs11_keys import TokenHandle
from signer.application.sign_calls import SignOrder
from signer.domain.call import BasicClientCredentials
from signer.domain.grant import Grant, Grants
from signer.domain.journal import Act
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import KeyVersion
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Algorithm, Encoding, Scheme
from signer.entrypoints.orders import sign_order
from signer.testing import ADAPTER, Desk, hmac_profile, rsa_profile, secret

Put = Callable[..., KeyVersion]
Open = Callable[..., Desk]
KEY = "bca-legacy-client"


def profile(**changes: Any) -> KeyProfile:
    properties: dict[str, Any] = {
        "schemes": frozenset({Scheme.BASIC_CLIENT_CREDENTIALS}),
        "purposes": frozenset({Purpose.SIGN}),
        **changes,
    }
    return hmac_profile(KEY, **properties)


def order(client_id: str = "client-1", key_id: str = KEY) -> SignOrder:
    call = BasicClientCredentials(client_id=client_id)
    return SignOrder(key_id=key_id, attempt_id="attempt-1", call=call)


async def test_credentials_are_those_of_rfc_7617(put_key: Put, open_desk: Open) -> None:
    put_key(profile(), secret("open sesame"))
    desk = open_desk()

    signed = await desk.sign.one(desk.asking, order("Aladdin"))

    assert signed.signature == "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


async def test_journal_names_the_client_and_not_the_secret(put_key: Put, open_desk: Open) -> None:
    put_key(profile(), secret("a-client-secret"))
    desk = open_desk()

    await desk.sign.one(desk.asking, order())

    (record,) = desk.journal.records
    assert (record.act, record.scheme) == (Act.SIGNED, "basic_client_credentials")
    assert record.facts == {"client_id": "client-1"}
    assert "a-client-secret" not in repr(record)


async def test_grant_of_another_scheme_does_not_give_the_secret(
    put_key: Put, open_desk: Open
) -> None:
    put_key(profile(), secret("a-client-secret"))
    others = set(Scheme) - {Scheme.BASIC_CLIENT_CREDENTIALS}
    desk = open_desk(
        grants=Grants(
            Grant(caller=ADAPTER, key_id=KEY, purpose=Purpose.SIGN, scheme=scheme)
            for scheme in others
        )
    )

    with pytest.raises(Refusal) as refused:
        await desk.sign.one(desk.asking, order())

    assert refused.value.reason is Reason.KEY_NOT_ALLOWED


async def test_key_that_signs_never_gives_itself_away(put_key: Put, open_desk: Open) -> None:
    put_key(hmac_profile(), secret("a-shared-secret"))
    desk = open_desk()

    with pytest.raises(Refusal) as refused:
        await desk.sign.one(desk.asking, order(key_id="bca-transaction"))

    assert refused.value.reason is Reason.KEY_NOT_ALLOWED


@pytest.mark.parametrize(
    "changes",
    [
        {"schemes": frozenset({Scheme.BASIC_CLIENT_CREDENTIALS, Scheme.BCA_LEGACY_SYMMETRIC})},
        {"purposes": frozenset(Purpose)},
        {"purposes": frozenset({Purpose.VERIFY})},
        {"encoding": Encoding.HEX},
        {"material": Material.RSA_PRIVATE},
    ],
)
def test_profile_of_a_secret_that_leaves_stands_alone(changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        profile(**changes)

    assert refused.value.reason is Reason.INVALID_FIELD


def test_rsa_key_has_no_such_scheme() -> None:
    with pytest.raises(Refusal):
        rsa_profile(schemes=frozenset({Scheme.BASIC_CLIENT_CREDENTIALS}))


def test_token_gives_no_secret_away() -> None:
    handle = TokenHandle(token=None, key=None, public=None)  # type: ignore[arg-type]

    with pytest.raises(Refusal) as refused:
        handle.sign(Algorithm.APPENDED, b"client-1:")

    assert refused.value.reason is Reason.KEY_NOT_ALLOWED


@pytest.mark.parametrize("client_id", ["", "a:b", "a b", "ä", "x" * 1000])
def test_client_id_is_printable_and_has_no_colon(client_id: str) -> None:
    request = signing_service_pb2.SignRequest(
        key_id=KEY,
        basic_client_credentials=scheme_pb2.BasicClientCredentials(client_id=client_id),
    )

    refusal = sign_order(request).call

    assert isinstance(refusal, Refusal)
    assert refusal.field == "basic_client_credentials.client_id"


def test_wire_request_is_read() -> None:
    request = signing_service_pb2.SignRequest(
        key_id=KEY,
        basic_client_credentials=scheme_pb2.BasicClientCredentials(client_id="client-1"),
    )

    assert sign_order(request).call == BasicClientCredentials(client_id="client-1")
