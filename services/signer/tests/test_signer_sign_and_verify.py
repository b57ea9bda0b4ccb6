"""Signing and verifying: default deny, states, encodings, and the journal before the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from servicekit.testing import FakeClock
from signer.adapters.seen_signatures import SeenSignatures
from signer.adapters.sql_key_store import SQLKeyStore
from signer.adapters.tables import seen_signature
from signer.application.asking import Asking
from signer.application.key_ring import KeyRing
from signer.application.ports import KeyMaterial
from signer.application.sign_calls import SignCalls, SignOrder
from signer.application.verify_call import VerifyOrder
from signer.domain.body import body_digest
from signer.domain.call import Call, SNAPToken, SNAPTransactionAsymmetric, SNAPTransactionSymmetric
from signer.domain.grant import Grant, Grants
from signer.domain.journal import Act
from signer.domain.key_profile import Material, Purpose
from signer.domain.key_version import KeyVersion
from signer.domain.rate_limit import RateLimit
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Encoding, Scheme
from signer.domain.timestamp import TimestampForm
from signer.testing import ADAPTER, NOW_TEXT, NOW_US, Desk, hmac_profile, rsa_profile, secret
from sqlalchemy import Engine

TOKEN = SNAPToken(client_key="client-1", timestamp=NOW_TEXT)
TRANSACTION = SNAPTransactionSymmetric(
    method="POST",
    path="/openapi/v1.0/transfer-intrabank",
    access_token="demoAccessToken",
    body_sha256=body_digest(b'{"amount":"1.00"}'),
    timestamp=NOW_TEXT,
)
ASYMMETRIC = SNAPTransactionAsymmetric(
    method="POST", path="/v1.0/debit/notify", body_sha256=bytes(32), timestamp=NOW_TEXT
)
Put = Callable[..., KeyVersion]
Open = Callable[..., Desk]


def order(key_id: str, call: Call | Refusal) -> SignOrder:
    return SignOrder(key_id=key_id, attempt_id="attempt-1", call=call)


@pytest.fixture
def desk(put_key: Put, open_desk: Open, fresh_rsa: KeyMaterial) -> Desk:
    put_key(rsa_profile(), fresh_rsa)
    put_key(hmac_profile(), secret("a-shared-secret"))
    return open_desk()


async def refused(desk: Desk, what: SignOrder) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await desk.sign.one(desk.asking, what)
    return caught.value


@pytest.mark.parametrize(
    ("key_id", "call"),
    [("bca-token", TOKEN), ("bca-token", ASYMMETRIC), ("bca-transaction", TRANSACTION)],
)
async def test_what_is_signed_verifies(desk: Desk, key_id: str, call: Call) -> None:
    signed = await desk.sign.one(desk.asking, order(key_id, call))
    verify = VerifyOrder(key_id=key_id, signature=signed.signature, call=call)
    assert await desk.verify(desk.asking, verify) == signed.key_version == 1


async def test_without_a_grant_nothing_is_signed(put_key: Put, open_desk: Open) -> None:
    put_key(hmac_profile(), secret("a-shared-secret"))
    desk = open_desk(grants=Grants([]))
    refusal = await refused(desk, order("bca-transaction", TRANSACTION))
    assert refusal.reason is Reason.KEY_NOT_ALLOWED


@pytest.mark.parametrize(
    "granted",
    [
        {"caller": "spiffe://gerbang/auth"},
        {"key_id": "other-bank"},
        {"purpose": Purpose.VERIFY},
        {"scheme": Scheme.SNAP_TOKEN_ASYMMETRIC},
    ],
)
async def test_a_grant_that_differs_in_one_part_is_no_grant(
    put_key: Put, open_desk: Open, granted: dict[str, Any]
) -> None:
    put_key(hmac_profile(), secret("a-shared-secret"))
    whole: dict[str, Any] = {
        "caller": ADAPTER,
        "key_id": "bca-transaction",
        "purpose": Purpose.SIGN,
        "scheme": Scheme.SNAP_TRANSACTION_SYMMETRIC,
    }
    desk = open_desk(grants=Grants([Grant(**{**whole, **granted})]))
    refusal = await refused(desk, order("bca-transaction", TRANSACTION))
    assert refusal.reason is Reason.KEY_NOT_ALLOWED
    assert (await open_desk(grants=Grants([Grant(**whole)])).sign.one(
        desk.asking, order("bca-transaction", TRANSACTION)
    )).key_version == 1  # fmt: skip


async def test_an_unknown_key_is_only_told_to_who_was_granted_it(desk: Desk) -> None:
    asking = Asking(caller="spiffe://gerbang/auth", trace_id="t")
    with pytest.raises(Refusal) as caught:
        await desk.sign.one(asking, order("bca-token", TOKEN))
    assert caught.value.reason is Reason.KEY_NOT_ALLOWED


async def test_a_granted_key_that_is_not_there_is_not_found(open_desk: Open) -> None:
    grant = Grant(
        caller=ADAPTER,
        key_id="gone",
        purpose=Purpose.SIGN,
        scheme=Scheme.SNAP_TOKEN_ASYMMETRIC,
    )
    refusal = await refused(open_desk(grants=Grants([grant])), order("gone", TOKEN))
    assert refusal.reason is Reason.KEY_NOT_FOUND


async def test_a_staged_key_does_not_sign(
    put_key: Put, open_desk: Open, fresh_rsa: KeyMaterial
) -> None:
    put_key(rsa_profile(), fresh_rsa, activate=False)
    refusal = await refused(open_desk(), order("bca-token", TOKEN))
    assert refusal.reason is Reason.KEY_STATE


@pytest.mark.parametrize(
    ("key_id", "call"), [("bca-token", TRANSACTION), ("bca-transaction", TOKEN)]
)
async def test_a_key_does_not_sign_another_scheme(desk: Desk, key_id: str, call: Call) -> None:
    refusal = await refused(desk, order(key_id, call))
    assert refusal.reason is Reason.KEY_NOT_ALLOWED


async def test_a_verify_only_profile_does_not_sign(
    put_key: Put, open_desk: Open, fresh_rsa: KeyMaterial
) -> None:
    put_key(rsa_profile(purposes=frozenset({Purpose.VERIFY})), fresh_rsa)
    refusal = await refused(open_desk(), order("bca-token", TOKEN))
    assert refusal.reason is Reason.KEY_NOT_ALLOWED


async def test_a_timestamp_form_of_another_bank_is_refused(put_key: Put, open_desk: Open) -> None:
    profile = hmac_profile(timestamp_form=TimestampForm.MILLISECONDS)
    put_key(profile, secret("a-shared-secret"))
    refusal = await refused(open_desk(), order("bca-transaction", TRANSACTION))
    assert (refusal.reason, refusal.field) == (Reason.INVALID_FIELD, "timestamp")


async def test_hex_is_a_property_of_the_key(put_key: Put, open_desk: Open) -> None:
    put_key(hmac_profile(encoding=Encoding.HEX), secret("a-shared-secret"))
    desk = open_desk()
    signed = await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))
    assert len(bytes.fromhex(signed.signature)) == 64


async def test_a_batch_answers_each_order_in_its_place(desk: Desk) -> None:
    broken = Refusal(Reason.MISSING_FIELD, "scheme must be given", field="scheme")
    results = await desk.sign.batch(
        desk.asking,
        [
            order("bca-token", TOKEN),
            order("bca-transaction", TOKEN),
            order("bca-transaction", TRANSACTION),
            order("bca-token", broken),
        ],
    )
    kinds = [one.reason.name if isinstance(one, Refusal) else "signed" for one in results]
    assert kinds == ["signed", "KEY_NOT_ALLOWED", "signed", "MISSING_FIELD"]
    acts = [record.act for record in desk.journal.records]
    assert acts == [Act.SIGNED, Act.SIGNATURE_REFUSED, Act.SIGNED, Act.SIGNATURE_REFUSED]


async def test_the_journal_says_who_what_and_which_and_nothing_secret(desk: Desk) -> None:
    await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))
    (record,) = desk.journal.records
    text = record.encode()
    assert (record.actor, record.key_id, record.key_version) == (ADAPTER, "bca-transaction", 1)
    assert (record.attempt_id, record.trace_id) == ("attempt-1", "trace-1")
    assert record.facts["path"] == TRANSACTION.path
    assert TRANSACTION.access_token.encode() not in text
    assert b"a-shared-secret" not in text


async def test_no_signature_leaves_when_the_journal_fails(desk: Desk) -> None:
    desk.journal.failure = Refusal(Reason.UNAVAILABLE, "the journal cannot be written")
    refusal = await refused(desk, order("bca-token", TOKEN))
    assert refusal.reason is Reason.UNAVAILABLE


async def test_a_sealed_signer_refuses(desk: Desk) -> None:
    sealed = replace(desk, sign=SignCalls(replace(desk.use, ring=KeyRing())))
    assert (await refused(sealed, order("bca-token", TOKEN))).reason is Reason.SEALED


async def test_a_burst_over_the_limit_is_refused_and_passes_later(
    put_key: Put, open_desk: Open, clock: FakeClock
) -> None:
    put_key(hmac_profile(), secret("a-shared-secret"))
    desk = open_desk(limit=RateLimit(per_second=1, burst=2))
    results = await desk.sign.batch(desk.asking, [order("bca-transaction", TRANSACTION)] * 3)
    assert isinstance(results[2], Refusal)
    assert results[2].reason is Reason.RATE_LIMITED
    clock.advance(1)
    await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))


async def verdict(desk: Desk, key_id: str, signature: str, call: Call) -> Reason | int:
    try:
        return await desk.verify(
            desk.asking, VerifyOrder(key_id=key_id, signature=signature, call=call)
        )
    except Refusal as refusal:
        return refusal.reason


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/openapi/v1.0/transfer-interbank"},
        {"access_token": "demoAccessTokem"},
        {"body_sha256": body_digest(b'{"amount":"2.00"}')},
        {"timestamp": "2026-11-21T10:30:25+07:00"},
    ],
)
async def test_a_signature_of_another_call_is_invalid(desk: Desk, change: dict[str, Any]) -> None:
    signed = await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))
    other = replace(TRANSACTION, **change)
    assert await verdict(desk, "bca-transaction", signed.signature, other) is (
        Reason.SIGNATURE_INVALID
    )


async def test_spoiled_signatures_are_invalid(desk: Desk) -> None:
    good = (await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))).signature
    raw = Encoding.BASE64.read(good)
    spoiled = [
        good[:-4],
        good.swapcase(),
        good + "\n",
        good.rstrip("="),
        raw.hex(),
        Encoding.BASE64.write(raw[:-1]),
        Encoding.BASE64.write(raw[:-1] + bytes([raw[-1] ^ 1])),
        "x",
    ]
    found = [await verdict(desk, "bca-transaction", one, TRANSACTION) for one in spoiled]
    assert found == [Reason.SIGNATURE_INVALID] * len(spoiled)
    assert {record.act for record in desk.journal.records[1:]} == {Act.VERIFICATION_REFUSED}


async def test_an_old_timestamp_is_out_of_range(desk: Desk, clock: FakeClock) -> None:
    signed = await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))
    clock.advance(301)
    assert await verdict(desk, "bca-transaction", signed.signature, TRANSACTION) is (
        Reason.TIMESTAMP_OUT_OF_RANGE
    )


async def test_a_public_key_verifies_what_its_owner_signed(
    *,
    put_key: Put,
    open_desk: Open,
    vectors: dict[str, Any],
    key_a_public: KeyMaterial,
    clock: FakeClock,
) -> None:
    put_key(
        rsa_profile(
            "bank-notify", material=Material.RSA_PUBLIC, purposes=frozenset({Purpose.VERIFY})
        ),
        key_a_public,
    )
    vector = next(one for one in vectors["published"] if one["id"].startswith("V7"))
    call = SNAPTransactionAsymmetric(
        method="POST",
        path="/v1.0/debit/notify",
        body_sha256=body_digest(vector["body_as_hashed"].encode()),
        timestamp="2024-05-02T14:43:08+07:00",
    )
    clock.advance((1_714_635_788_000_000 - NOW_US) / 1_000_000)
    assert await verdict(open_desk(), "bank-notify", vector["signature"], call) == 1


def test_the_store_fixture_is_empty_at_first(store: SQLKeyStore) -> None:
    assert store.load().versions == ()


async def test_a_transaction_is_verified_once(desk: Desk) -> None:
    signed = await desk.sign.one(desk.asking, order("bca-transaction", TRANSACTION))
    first = await verdict(desk, "bca-transaction", signed.signature, TRANSACTION)
    again = await verdict(desk, "bca-transaction", signed.signature, TRANSACTION)
    assert (first, again) == (1, Reason.REPLAYED)


async def test_two_token_requests_of_one_second_are_both_good(desk: Desk) -> None:
    signed = await desk.sign.one(desk.asking, order("bca-token", TOKEN))
    for _ in range(2):
        assert await verdict(desk, "bca-token", signed.signature, TOKEN) == 1


async def test_seen_signatures_are_remembered_while_they_are_fresh(
    engine: Engine, clock: FakeClock
) -> None:
    seen = SeenSignatures(engine, clock=clock)
    until = clock.now_us() + 300_000_000
    assert await seen.take("k", b"signature", fresh_until_us=until)
    assert not await SeenSignatures(engine, clock=clock).take(
        "k", b"signature", fresh_until_us=until
    )
    assert await seen.take("other", b"signature", fresh_until_us=until)
    clock.advance(301)
    assert await seen.take("new", b"another", fresh_until_us=clock.now_us() + 1)
    with engine.connect() as connection:
        assert len(connection.execute(seen_signature.select()).all()) == 1


async def test_of_two_at_once_one_is_the_first(engine: Engine, clock: FakeClock) -> None:
    seen = SeenSignatures(engine, clock=clock)
    until = clock.now_us() + 300_000_000
    found = await asyncio.gather(
        *(seen.take("k", b"signature", fresh_until_us=until) for _ in range(8))
    )
    assert sorted(found) == [False] * 7 + [True]
