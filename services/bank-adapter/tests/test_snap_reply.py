"""Replies are read tolerantly, and nothing a bank sends makes the reader raise."""

from __future__ import annotations

import pytest
from bank_adapter.domain.conversation import Answer
from bank_adapter.snap.reply import inner, plain, read_reply, reference, text
from bank_adapter.snap.response_code import ResponseCode, parse
from hypothesis import given
from hypothesis import strategies as st


def reply_to(body: bytes, status: int = 200):
    return read_reply(Answer(status=status, headers={}, body=body))


@pytest.mark.parametrize("code", ['"2001700"', "2001700", '" 2001700 "'])
def test_response_code_as_string_or_number(code: str):
    reply = reply_to(f'{{"responseCode":{code},"responseMessage":"Successful"}}'.encode())
    assert (str(reply.code), reply.message, reply.fault) == ("2001700", "Successful", "")


def test_byte_order_mark_is_read_over():
    assert reply_to(b'\xef\xbb\xbf{"responseCode":"2001700"}').fault == ""


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "NOT_JSON"),
        (b"<html><body>502 Bad Gateway</body></html>", "NOT_JSON"),
        (b'{"responseCode":"2001700"', "NOT_JSON"),
        (b'{"responseCode":"2001700"} {}', "NOT_JSON"),
        (b'{"responseCode":NaN}', "NOT_JSON"),
        (b"\xff\xfe{}", "NOT_JSON"),
        (b"[" * 100_000, "NOT_JSON"),
        (b'{"a":' * 100_000, "NOT_JSON"),
        (b"null", "NOT_AN_OBJECT"),
        (b"2001700", "NOT_AN_OBJECT"),
        (b'["2001700"]', "NOT_AN_OBJECT"),
        (b"{}", "NO_RESPONSE_CODE"),
        (b'{"responseCode":""}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":"200170"}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":"20017000"}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":"200170O"}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":2001700.0}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":true}', "NO_RESPONSE_CODE"),
        (b'{"responseCode":{"code":"2001700"}}', "NO_RESPONSE_CODE"),
        (
            '{"responseCode":"\uff12\uff10\uff10\uff11\uff17\uff10\uff10"}'.encode(),
            "NO_RESPONSE_CODE",
        ),
        (b'{"responseCode":"2001700","responseCode":"4031714"}', "REPEATED_KEY"),
        (b'{"responseCode":"2001700","amount":{"value":"1.00","value":"2.00"}}', "REPEATED_KEY"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, fault: str):
    reply = reply_to(body)
    assert (reply.code, reply.fault) == (None, fault)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
def test_redirect_says_nothing_even_with_a_code(status: int):
    assert reply_to(b'{"responseCode":"2001700"}', status).fault == "REDIRECT"


def test_same_value_twice_is_no_contradiction():
    assert reply_to(b'{"responseCode":"2001700","responseCode":"2001700"}').fault == ""


def test_numbers_keep_their_text():
    reply = reply_to(b'{"responseCode":2001700,"expiresIn":900,"value":10000.00}')
    assert (reply.fields["expiresIn"], reply.fields["value"]) == ("900", "10000.00")


def test_huge_number_is_text():
    assert reply_to(b'{"responseCode":' + b"9" * 10_000 + b"}").fault == "NO_RESPONSE_CODE"


@pytest.mark.parametrize("infos", ['{"a":"x"}', '[{"a":"x"}]', '[null,{"a":"x"},{"a":"y"}]'])
def test_object_or_list_in_front(infos: str):
    reply = reply_to(f'{{"responseCode":"2001100","accountInfos":{infos}}}'.encode())
    assert inner(reply.fields, "accountInfos") == {"a": "x"}


@pytest.mark.parametrize("infos", ["[]", "null", '"x"', "[1,2]", "true"])
def test_no_object_is_an_empty_one(infos: str):
    reply = reply_to(f'{{"responseCode":"2001100","accountInfos":{infos}}}'.encode())
    assert inner(reply.fields, "accountInfos") == {}


def test_message_of_the_bank_is_cut_and_made_plain():
    reply = reply_to(
        b'{"responseCode":"2001700","responseMessage":"a\\nb\\ud800' + b"x" * 300 + b'"}'
    )
    assert reply.message.startswith("a?b?xx")
    assert len(reply.message) == 150


def test_reference_is_cut_to_its_column():
    assert reference({"referenceNo": "9" * 100}, "referenceNo") == "9" * 64


@given(st.text())
def test_reference_always_fits_64_octets(value: str):
    found = reference({"referenceNo": value}, "referenceNo")
    assert len(found.encode("utf-8")) <= 64


def test_first_name_that_has_text_counts():
    assert text({"a": "", "b": " x ", "c": "y"}, "a", "b", "c") == "x"


@given(st.text())
def test_plain_text_can_always_be_stored(value: str):
    made = plain(value, 150)
    made.encode("utf-8")
    assert made.isprintable()
    assert len(made) <= 150


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_bytes_make_the_reader_raise(body: bytes, status: int):
    reply = reply_to(body, status)
    assert (reply.code is None) == (reply.fault != "")


@pytest.mark.parametrize(
    ("code", "parts"), [("4041711", ResponseCode(404, "17", "11")), ("2007300", None)]
)
def test_code_is_taken_apart(code: str, parts: ResponseCode | None):
    assert parse(code) == (parts or ResponseCode(200, "73", "00"))
