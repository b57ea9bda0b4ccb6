"""The rules of a client: two secrets at most, versions that only grow."""

from dataclasses import replace

import pytest
from auth.domain.client import Client, ClientStatus
from auth.domain.invalid_value import InvalidValueError

CLIENT = Client(
    client_id="erp",
    name="ERP",
    status=ClientStatus.ACTIVE,
    secret_hash="first",
    previous_secret=None,
    scopes=frozenset({"transfers.read"}),
    origins=frozenset({"https://erp.example.com"}),
    accounts=frozenset(),
    version=1,
    created_us=10,
    updated_us=10,
)


def test_a_rotation_keeps_the_old_secret_until_its_instant() -> None:
    rotated = CLIENT.with_secret("second", old_valid_until_us=200, now_us=100)

    assert rotated.secret_hash == "second"
    before_the_end = rotated.previous_secret_at(199)
    assert before_the_end is not None
    assert before_the_end.hash == "first"
    assert rotated.previous_secret_at(200) is None


def test_a_rotation_without_overlap_ends_the_old_secret_at_once() -> None:
    rotated = CLIENT.with_secret("second", old_valid_until_us=100, now_us=100)

    assert rotated.previous_secret is None


def test_a_second_rotation_ends_the_oldest_of_three_secrets() -> None:
    rotated = CLIENT.with_secret("second", old_valid_until_us=200, now_us=100)
    again = rotated.with_secret("third", old_valid_until_us=300, now_us=150)

    assert again.previous_secret is not None
    assert (again.secret_hash, again.previous_secret.hash) == ("third", "second")


@pytest.mark.parametrize(
    "changed",
    [
        CLIENT.with_secret("second", old_valid_until_us=200, now_us=100),
        CLIENT.with_status(ClientStatus.DISABLED, now_us=100),
        CLIENT.with_grants(
            name="x",
            scopes=CLIENT.scopes,
            origins=CLIENT.origins,
            accounts=frozenset({"bca:1"}),
            now_us=100,
        ),
    ],
)
def test_every_change_makes_a_new_version(changed: Client) -> None:
    assert (changed.version, changed.updated_us) == (2, 100)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://erp.example.com", True),
        (None, False),
        ("", False),
        ("null", False),
        ("https://erp.example.com:443", False),
        ("https://ERP.example.com", False),
        ("https://erp.example.com/", False),
        ("https://erp.example.com.evil.example", False),
        ("https://erp.example.com,https://erp.example.com", False),
    ],
)
def test_an_origin_is_allowed_only_byte_for_byte(origin: str | None, *, allowed: bool) -> None:
    assert CLIENT.allows_origin(origin) is allowed


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "ERP"},
        {"scopes": frozenset()},
        {"scopes": frozenset({"everything"})},
        {"origins": frozenset()},
        {"origins": frozenset({"*"})},
        {"accounts": frozenset({"1234567890"})},
        {"accounts": frozenset({f"bca:{number}" for number in range(101)})},
    ],
)
def test_a_client_that_breaks_a_rule_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        replace(CLIENT, **wrong)  # type: ignore[arg-type]
