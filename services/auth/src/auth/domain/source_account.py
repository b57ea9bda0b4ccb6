"""The (bank, source account) pairs that a client may pay from.

Written "bank:account", for example "bca:1234567890", on the command line, in
the database and in the token. No money is known here.
"""

import re

from auth.domain.invalid_value import InvalidValueError

_ACCOUNT = re.compile(r"[a-z][a-z0-9_-]{0,31}:[0-9A-Za-z]{1,34}")
_CLEAR_DIGITS = 4


def check_source_account(value: str) -> None:
    """Raise unless `value` is a bank profile id, a colon and an account number."""
    if not _ACCOUNT.fullmatch(value):
        raise InvalidValueError("account", f"{value!r} is not bank:account, as in bca:1234567890")


def masked(value: str) -> str:
    """The pair with all but the last four characters of the account hidden."""
    bank, _, number = value.partition(":")
    hidden = max(len(number) - _CLEAR_DIGITS, 0)
    return f"{bank}:{'*' * hidden}{number[hidden:]}"
