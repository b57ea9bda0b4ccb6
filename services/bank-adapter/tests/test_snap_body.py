"""Body bytes: rendered once, minified, nothing escaped, order kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from bank_adapter.domain.money import Money
from bank_adapter.snap import body
from hypothesis import given
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parent / "vectors" / "snap.json").read_text("utf-8"))
BODIES = ["C1", "C3", "C6", "C7", "C8"]

texts = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize("name", BODIES)
def test_vector_is_rendered_byte_for_byte(name: str):
    expected = VECTORS[name]["body_as_hashed"]
    rendered = body.render(json.loads(expected))
    assert rendered == expected.encode()
    assert hashlib.sha256(rendered).hexdigest() == VECTORS[name]["body_sha256"]


@pytest.mark.parametrize("name", [*BODIES, "V5-snap-symmetric"])
def test_minified_vector_stays_itself(name: str):
    expected = VECTORS[name]["body_as_hashed"].encode()
    assert body.minify(expected) == expected


@pytest.mark.parametrize("name", [*BODIES, "V5-snap-symmetric"])
def test_indented_vector_is_minified_to_the_vector(name: str):
    expected = VECTORS[name]["body_as_hashed"]
    indented = json.dumps(json.loads(expected), indent=3, ensure_ascii=False)
    assert body.minify(indented.encode()) == expected.encode()


def test_slash_quote_and_non_ascii():
    assert body.render({"remark": 'a/b "é" <&>+\u2028'}) == (
        '{"remark":"a/b \\"é\\" <&>+\u2028"}'.encode()
    )


def test_minify_keeps_blanks_inside_strings():
    raw = b'{ "virtualAccountNo" :\t"  12345678 \\" 1 " ,\r\n"a": [ 1 , 2 ] }'
    assert body.minify(raw) == b'{"virtualAccountNo":"  12345678 \\" 1 ","a":[1,2]}'


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(ValueError, match="surrogates"):
        body.render({"remark": "\ud800"})


def test_money_object():
    assert body.money(Money(1_000_000, "IDR")) == {"value": "10000.00", "currency": "IDR"}


def test_what_we_asked_about_is_read_back():
    assert body.asked(b'{"accountNo":"1","n":{}}', "accountNo") == "1"
    assert body.asked(b'{"accountNo":"1","n":{}}', "n") == ""
    assert body.asked(b"{}", "accountNo") == ""


@given(st.dictionaries(texts, texts, max_size=5))
def test_rendered_bytes_carry_exactly_the_text(fields: dict[str, str]):
    rendered = body.render(fields)
    assert json.loads(rendered) == fields
    assert body.minify(rendered) == rendered
