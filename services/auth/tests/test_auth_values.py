"""The grammar of names, scopes, origins and accounts."""

import pytest
from auth.domain.client import check_client_secret
from auth.domain.invalid_value import InvalidValueError
from auth.domain.names import check_display_name, check_identifier
from auth.domain.origin import check_origin
from auth.domain.scope import check_scopes, grant, parse_scope
from auth.domain.source_account import check_source_account, masked


@pytest.mark.parametrize("value", ["a", "demo-erp", "erp2", "0", "a" * 63])
def test_an_identifier_is_lower_case_letters_digits_and_inner_hyphens(value: str) -> None:
    check_identifier("client_id", value)


@pytest.mark.parametrize(
    "value", ["", "-a", "a-", "A", "a_b", "a b", "a\n", "a" * 64, "\u0430", "a.b"]
)
def test_any_other_identifier_is_refused(value: str) -> None:
    with pytest.raises(InvalidValueError):
        check_identifier("client_id", value)


@pytest.mark.parametrize("value", ["", "  ", "a" * 121, "a\nb", "a\x00"])
def test_a_display_name_must_be_printable(value: str) -> None:
    with pytest.raises(InvalidValueError):
        check_display_name("name", value)


@pytest.mark.parametrize(
    "value",
    [
        "https://erp.example.com",
        "https://erp.example.com:8443",
        "http://localhost:3000",
        "https://127.0.0.1:8443",
        "https://[::1]:8443",
    ],
)
def test_an_origin_as_clients_send_it_is_taken(value: str) -> None:
    check_origin("origin", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "*",
        "erp.example.com",
        "https://erp.example.com/",
        "https://erp.example.com/path",
        "https://ERP.example.com",
        "HTTPS://erp.example.com",
        "https://erp.example.com:443",
        "http://erp.example.com:80",
        "https://erp.example.com:0",
        "https://erp.example.com:65536",
        "https://user@erp.example.com",
        "https://erp.example.com?x",
        "https://*.example.com",
        "https://erp.example.com\n",
        "ftp://erp.example.com",
    ],
)
def test_an_origin_that_no_client_sends_is_refused(value: str) -> None:
    with pytest.raises(InvalidValueError):
        check_origin("origin", value)


def test_an_unknown_scope_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(InvalidValueError, match=r"transfers\.read"):
        check_scopes({"transfers.reed"})


@pytest.mark.parametrize("text", ["", " ", "a  b", " a", "a ", 'a"b', "a\\b", "a\tb", "a\u00e9"])
def test_a_malformed_scope_parameter_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_scope(text)


ALL = frozenset({"transfers.read", "audit.read"})
SOME = frozenset({"audit.read"})
MORE = frozenset({"audit.read", "transfers.write"})


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, ALL),
        (ALL, ALL),
        (SOME, SOME),
        (MORE, None),
        (frozenset({"transfers"}), None),
        (frozenset({"AUDIT.READ"}), None),
    ],
)
def test_a_token_carries_what_was_asked_and_never_more_than_is_held(
    asked: frozenset[str] | None, granted: frozenset[str] | None
) -> None:
    assert grant(asked=asked, held=ALL) == granted


@pytest.mark.parametrize(
    "value", ["", "bca", "bca:", ":123", "BCA:123", "bca:12 3", "bca:1:2", "bca:" + "1" * 35]
)
def test_an_account_without_bank_or_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidValueError):
        check_source_account(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("bca:1234567890", "bca:******7890"), ("bca:12345", "bca:*2345"), ("bca:123", "bca:123")],
)
def test_a_masked_account_shows_four_characters(value: str, shown: str) -> None:
    check_source_account(value)
    assert masked(value) == shown


@pytest.mark.parametrize("secret", ["a" * 32, "a" * 256, "aZ09-._~" * 4])
def test_a_long_plain_secret_is_taken(secret: str) -> None:
    check_client_secret(secret)


@pytest.mark.parametrize(
    "secret", ["", "a" * 31, "a" * 257, "a" * 40 + "+", "a" * 40 + "%", "é" * 40]
)
def test_a_short_secret_or_one_that_encodings_change_is_refused(secret: str) -> None:
    with pytest.raises(InvalidValueError):
        check_client_secret(secret)
