"""Minifying: whitespace outside strings goes, every other byte stays."""

import hashlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signer.domain.body import body_digest, legacy_body_digest, minify
from signer.domain.refusal import Refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1, 4, "\t", "\r\n"]), st.booleans())
def test_any_layout_minifies_to_the_compact_text(
    value: object,
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    laid_out = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only)
    raw = laid_out.encode("utf-8", "surrogatepass")
    assert minify(raw) == compact.encode("utf-8", "surrogatepass")


@given(JSON)
def test_a_compact_body_is_hashed_as_sent(value: object) -> None:
    sent = json.dumps(value, separators=(",", ":")).encode()
    assert body_digest(sent) == hashlib.sha256(sent).digest()


@given(st.binary(max_size=200))
def test_minifying_twice_changes_nothing_more(body: bytes) -> None:
    try:
        once = minify(body)
    except Refusal:
        return
    assert minify(once) == once


@given(st.binary(max_size=200))
def test_only_whitespace_ever_goes(body: bytes) -> None:
    try:
        once = minify(body)
    except Refusal:
        return
    blanks = bytes.maketrans(b"", b"")
    assert once.translate(blanks, b" \t\r\n") == body.translate(blanks, b" \t\r\n")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"", b""),
        (b" \r\n\t", b""),
        (b'{ "a" : "b c" }', b'{"a":"b c"}'),
        (b'{"a": "\\" x"}', b'{"a":"\\" x"}'),
        (b'{"a": "\\\\" , "b": " "}', b'{"a":"\\\\","b":" "}'),
        (b'{"z": 1, "a": null}', b'{"z":1,"a":null}'),
        (b'{"a": 1.50e2}', b'{"a":1.50e2}'),
        (b'{"a": "caf\xc3\xa9 /\\/"}', b'{"a":"caf\xc3\xa9 /\\/"}'),
        (b'{"a":\x0b1}', b'{"a":\x0b1}'),
        (b"\xef\xbb\xbf{ }", b"\xef\xbb\xbf{}"),
    ],
)
def test_known_bodies(body: bytes, wanted: bytes) -> None:
    assert minify(body) == wanted


@pytest.mark.parametrize("body", [b'"', b'{"a": "b', b'{"a": "\\"}', b'{"a": "\\'])
def test_a_string_that_does_not_end_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        minify(body)
    assert caught.value.field == "received_body"


def test_empty_body_has_the_digest_of_no_bytes() -> None:
    assert body_digest(b"").hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_legacy_digest_removes_blanks_inside_strings_too() -> None:
    assert legacy_body_digest(b'{"Remark": "Online Transfer"}') == (
        hashlib.sha256(b'{"Remark":"OnlineTransfer"}').digest()
    )


def test_100_000_fuzzed_bodies_are_hashed_as_they_are_sent() -> None:
    """Compact bodies with odd strings: what is hashed is what goes over the wire."""
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)  # noqa: T201 - to repeat a failure
    chance = random.Random(seed)  # noqa: S311 - a test's randomness
    alphabet = ' \t\n"\\/{}[]:,aé\u2028😀0'
    for _ in range(100_000):
        text = "".join(chance.choices(alphabet, k=chance.randrange(24)))
        member = json.dumps(text, ensure_ascii=chance.random() < 0.5)
        sent = f'{{"remark":{member},"n":[1,{{}}]}}'.encode()
        assert minify(sent) == sent, seed
