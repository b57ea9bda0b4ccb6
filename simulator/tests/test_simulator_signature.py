"""The bank's grammar of signatures against published and computed vectors."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given
from hypothesis import strategies as st

from simulator import signature

BLANKS = st.text(alphabet=" \t\r\n", max_size=3)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def vector(vectors: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (
        one for part in ("published", "computed") for one in vectors[part] if one["id"] == name
    )
    return found


@pytest.mark.parametrize("name", ["V5-snap-symmetric", "C1", "C3", "C6", "C7", "C8"])
def test_symmetric_vector(vectors: dict[str, Any], name: str) -> None:
    known = vector(vectors, name)
    signed = signature.symmetric_signature(known["key"].encode(), known["string_to_sign"].encode())
    assert signed.decode() == known["signature"]
    assert signature.body_hash(known["body_as_hashed"].encode()) == known["body_sha256"]


@pytest.mark.parametrize(
    "name", ["V6-snap-token-asymmetric", "V7-snap-transaction-asymmetric", "C5"]
)
def test_asymmetric_vector(vectors: dict[str, Any], key_a: RSAPrivateKey, name: str) -> None:
    known = vector(vectors, name)
    text = known["string_to_sign"].encode()
    assert signature.asymmetric_matches(key_a.public_key(), text, known["signature"])
    assert signature.asymmetric_signature(key_a, text) == known["signature"]


@pytest.mark.parametrize("received", ["", "!!!", "AAAA", "é"])
def test_asymmetric_nonsense_does_not_match(key_a: RSAPrivateKey, received: str) -> None:
    assert not signature.asymmetric_matches(key_a.public_key(), b"text", received)


@pytest.mark.parametrize("name", ["V1-bca-legacy-post", "V2-bca-legacy-get"])
def test_legacy_vector(vectors: dict[str, Any], name: str) -> None:
    known = vector(vectors, name)
    signed = signature.legacy_signature(known["key"].encode(), known["string_to_sign"].encode())
    body = signature.strip_all_whitespace(known["body_as_hashed"].encode())
    assert signed.decode() == known["signature"]
    assert signature.body_hash(body) == known["body_sha256"]


def test_string_to_sign_is_put_together_as_printed(vectors: dict[str, Any]) -> None:
    known = vector(vectors, "C7")
    text = signature.symmetric_text(
        method="POST",
        path="/openapi/v1.0/transfer-intrabank",
        token="demoAccessToken0123456789abcdefghijklmnopqrstuvwxyzABCD",
        digest=signature.body_hash(known["body_as_hashed"].encode()),
        timestamp="2026-11-21T10:30:05+07:00",
    )
    assert text.decode() == known["string_to_sign"]


@pytest.mark.parametrize(
    ("raw", "minified"),
    [
        (b"", b""),
        (b' { "a" : "b c" }\n', b'{"a":"b c"}'),
        (rb'{"a": "x \" y"}', rb'{"a":"x \" y"}'),
        (rb'{"a": "\\" , "b": 1}', rb'{"a":"\\","b":1}'),
        (b'{"a": "\xc3\xa9 \\u00e9"}', b'{"a":"\xc3\xa9 \\u00e9"}'),
        (b'{"b":1, "a":null, "b":2}', b'{"b":1,"a":null,"b":2}'),
        (b'{"a": 1.0, "open', b'{"a":1.0,"open'),
    ],
)
def test_minify_removes_blanks_outside_strings_only(raw: bytes, minified: bytes) -> None:
    assert signature.minify(raw) == minified


@given(value=JSON_VALUES, indent=st.sampled_from([None, 0, 2, "\t"]))
def test_minified_text_is_what_a_compact_writer_writes(value: Any, indent: Any) -> None:
    raw = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    assert signature.minify(raw) == compact
    assert signature.minify(compact) == compact
