"""A client: a program that asks for tokens, what it may do and from where.

It holds hashes of secrets, never a secret. Every change makes a new version;
whatever was remembered about an older version is worthless by that alone.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from auth.domain.invalid_value import InvalidValueError
from auth.domain.names import check_display_name, check_identifier
from auth.domain.origin import check_origin
from auth.domain.scope import check_scopes
from auth.domain.source_account import check_source_account
from auth.limits import (
    MAX_ACCOUNTS_PER_CLIENT,
    MAX_CLIENT_SECRET_CHARACTERS,
    MAX_ORIGINS_PER_CLIENT,
    MAX_SCOPES_PER_CLIENT,
    MIN_CLIENT_SECRET_CHARACTERS,
)


class ClientStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousSecret:
    """The secret before the last rotation; good until `valid_until_us`, exclusive."""

    hash: str
    valid_until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One row of the list of clients; instants are microseconds since 1970, UTC."""

    client_id: str
    name: str
    status: ClientStatus
    secret_hash: str
    previous_secret: PreviousSecret | None
    scopes: frozenset[str]
    origins: frozenset[str]
    accounts: frozenset[str]
    version: int
    created_us: int
    updated_us: int

    def __post_init__(self) -> None:
        check_identifier("client_id", self.client_id)
        check_display_name("name", self.name)
        check_scopes(self.scopes)
        for origin in self.origins:
            check_origin("origin", origin)
        for account in self.accounts:
            check_source_account(account)
        _check_count("scope", len(self.scopes), at_least=1, at_most=MAX_SCOPES_PER_CLIENT)
        _check_count("origin", len(self.origins), at_least=1, at_most=MAX_ORIGINS_PER_CLIENT)
        _check_count("account", len(self.accounts), at_least=0, at_most=MAX_ACCOUNTS_PER_CLIENT)

    @property
    def active(self) -> bool:
        return self.status is ClientStatus.ACTIVE

    def previous_secret_at(self, now_us: int) -> PreviousSecret | None:
        """The older secret, if it still counts."""
        previous = self.previous_secret
        return previous if previous is not None and now_us < previous.valid_until_us else None

    def allows_origin(self, origin: str | None) -> bool:
        """Whether the request's Origin is one of the client's own, byte for byte."""
        return origin is not None and origin in self.origins

    def with_secret(self, new_hash: str, *, old_valid_until_us: int, now_us: int) -> "Client":
        """The client after a rotation; an instant not after now ends the old secret."""
        previous = None
        if old_valid_until_us > now_us:
            previous = PreviousSecret(hash=self.secret_hash, valid_until_us=old_valid_until_us)
        return replace(
            self,
            secret_hash=new_hash,
            previous_secret=previous,
            version=self.version + 1,
            updated_us=now_us,
        )

    def with_status(self, status: ClientStatus, *, now_us: int) -> "Client":
        return replace(self, status=status, version=self.version + 1, updated_us=now_us)

    def with_grants(
        self,
        *,
        name: str,
        scopes: frozenset[str],
        origins: frozenset[str],
        accounts: frozenset[str],
        now_us: int,
    ) -> "Client":
        """The client with other rights; its secrets and status stay."""
        return replace(
            self,
            name=name,
            scopes=scopes,
            origins=origins,
            accounts=accounts,
            version=self.version + 1,
            updated_us=now_us,
        )


def check_client_secret(secret: str) -> None:
    """Raise unless the secret is long enough and survives every way of sending it."""
    if not MIN_CLIENT_SECRET_CHARACTERS <= len(secret) <= MAX_CLIENT_SECRET_CHARACTERS:
        raise InvalidValueError(
            "secret",
            f"must be {MIN_CLIENT_SECRET_CHARACTERS} to {MAX_CLIENT_SECRET_CHARACTERS} characters",
        )
    # Letters, digits and -._~ read the same with and without the
    # percent-encoding that RFC 6749 section 2.3.1 asks for and many leave out.
    if not all(c.isascii() and (c.isalnum() or c in "-._~") for c in secret):
        raise InvalidValueError("secret", "may hold letters, digits and - . _ ~ only")


def _check_count(field: str, count: int, *, at_least: int, at_most: int) -> None:
    if not at_least <= count <= at_most:
        raise InvalidValueError(field, f"{count} given; {at_least} to {at_most} are possible")
