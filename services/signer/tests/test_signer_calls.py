"""Calls check themselves: nothing that could be read two ways is signed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signer.domain.call import SNAPToken, SNAPTransactionAsymmetric, SNAPTransactionSymmetric
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Encoding
from signer.domain.timestamp import TimestampForm, check_fresh, instant_us

GOOD: dict[str, Any] = {
    "method": "POST",
    "path": "/openapi/v1.0/transfer-intrabank",
    "access_token": "abc.DEF-123_~+/==",
    "body_sha256": bytes(32),
    "timestamp": "2026-11-21T10:30:24+07:00",
}


def test_a_good_call_is_joined_with_colons() -> None:
    call = SNAPTransactionSymmetric(**GOOD)
    assert call.string_to_sign() == (
        b"POST:/openapi/v1.0/transfer-intrabank:abc.DEF-123_~+/==:"
        + b"00" * 32
        + b":2026-11-21T10:30:24+07:00"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "post"),
        ("method", "POST "),
        ("method", ""),
        ("method", "TRACE"),
        ("path", ""),
        ("path", "openapi/v1.0/x"),
        ("path", "//evil.example/x"),
        ("path", "/a b"),
        ("path", "/a\n"),
        ("path", "/a\x00"),
        ("path", "/é"),
        ("path", "/a#b"),
        ("path", "/" + "a" * 2048),
        ("access_token", ""),
        ("access_token", "a:b"),
        ("access_token", "a b"),
        ("access_token", "a\n"),
        ("access_token", "a" * 4097),
        ("body_sha256", b""),
        ("body_sha256", bytes(31)),
        ("body_sha256", bytes(33)),
        ("timestamp", ""),
        ("timestamp", "2026-11-21T10:30:24"),
        ("timestamp", "2026-11-21 10:30:24+07:00"),
        ("timestamp", "2026-11-21T10:30:24+0700"),
        ("timestamp", "2026-11-21T10:30:24.1+07:00"),
        ("timestamp", "2026-02-30T10:30:24+07:00"),
        ("timestamp", "2026-11-21T24:30:24+07:00"),
        ("timestamp", "2026-11-21T10:30:24+07:00\n"),
        ("timestamp", "٢٠٢٦-11-21T10:30:24+07:00"),
    ],
)
def test_a_bad_field_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(Refusal) as caught:
        SNAPTransactionSymmetric(**{**GOOD, field: value})
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, field)


@pytest.mark.parametrize("client_key", ["", "a|b", "a b", "a\n", "é", "a" * 256])
def test_a_bad_client_key_is_refused(client_key: str) -> None:
    with pytest.raises(Refusal) as caught:
        SNAPToken(client_key=client_key, timestamp=GOOD["timestamp"])
    assert caught.value.field == "client_key"


VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
TOKENS = st.from_regex(r"[A-Za-z0-9._~+/-]{1,12}=?", fullmatch=True)
TIMES = st.sampled_from(["2026-11-21T10:30:24+07:00", "2026-11-21T03:30:24.000Z"])
DIGESTS = st.binary(min_size=32, max_size=32)


def made(kind: type[Any], **fields: Any) -> Any:
    try:
        return kind(**fields)
    except Refusal:
        return None


@given(VISIBLE, TOKENS, DIGESTS, TIMES, VISIBLE, TOKENS, DIGESTS, TIMES)
def test_two_different_calls_never_share_a_string(  # noqa: PLR0917 - drawn by hypothesis
    path: str, token: str, digest: bytes, time: str,
    path_2: str, token_2: str, digest_2: bytes, time_2: str,
) -> None:  # fmt: skip
    one = made(
        SNAPTransactionSymmetric,
        method="POST", path="/" + path, access_token=token, body_sha256=digest, timestamp=time,
    )  # fmt: skip
    other = made(
        SNAPTransactionSymmetric,
        method="POST", path="/" + path_2, access_token=token_2, body_sha256=digest_2,
        timestamp=time_2,
    )  # fmt: skip
    if one is not None and other is not None and one != other:
        assert one.string_to_sign() != other.string_to_sign()


@given(VISIBLE, VISIBLE, DIGESTS, TIMES, TIMES)
def test_a_token_call_never_looks_like_a_transaction(
    client_key: str, path: str, digest: bytes, time: str, time_2: str
) -> None:
    token = made(SNAPToken, client_key=client_key, timestamp=time)
    transaction = made(
        SNAPTransactionAsymmetric,
        method="POST", path="/" + path, body_sha256=digest, timestamp=time_2,
    )  # fmt: skip
    if token is not None and transaction is not None:
        assert token.string_to_sign() != transaction.string_to_sign()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-11-21T10:30:24.000+07:00", TimestampForm.SECONDS),
        ("2026-11-21T10:30:24+07:00", TimestampForm.MILLISECONDS),
    ],
)
def test_the_other_form_is_refused(text: str, form: TimestampForm) -> None:
    with pytest.raises(Refusal):
        instant_us(text, field="timestamp", form=form)


def test_instants_know_their_zone() -> None:
    assert instant_us("1970-01-01T07:00:00+07:00", field="t") == 0
    assert instant_us("1970-01-01T00:00:01.250Z", field="t") == 1_250_000


@pytest.mark.parametrize("away_s", [-301, 301])
def test_a_far_timestamp_is_refused(away_s: int) -> None:
    with pytest.raises(Refusal) as caught:
        check_fresh(1_000_000_000, now_us=1_000_000_000 + away_s * 1_000_000, tolerance_s=300)
    assert caught.value.reason is Reason.TIMESTAMP_OUT_OF_RANGE


@pytest.mark.parametrize("away_s", [-300, 0, 300])
def test_a_near_timestamp_is_fresh(away_s: int) -> None:
    check_fresh(1_000_000_000, now_us=1_000_000_000 + away_s * 1_000_000, tolerance_s=300)


@given(st.binary(min_size=1, max_size=64), st.sampled_from(Encoding))
def test_signatures_read_back(raw: bytes, encoding: Encoding) -> None:
    assert encoding.read(encoding.write(raw)) == raw


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (Encoding.BASE64, ""),
        (Encoding.BASE64, "YWI"),
        (Encoding.BASE64, "YWJ="),
        (Encoding.BASE64, " YWI="),
        (Encoding.BASE64, "YWI=\n"),
        (Encoding.BASE64, "-_-_"),
        (Encoding.BASE64, "é==="),
        (Encoding.HEX, "AB"),
        (Encoding.HEX, "a"),
        (Encoding.HEX, "a b0"),
        (Encoding.HEX, "zz"),
    ],
)
def test_a_signature_has_one_spelling(encoding: Encoding, text: str) -> None:
    with pytest.raises(Refusal) as caught:
        encoding.read(text)
    assert caught.value.reason is Reason.SIGNATURE_INVALID
