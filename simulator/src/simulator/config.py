"""The configuration file: TOML, strict, every file path relative to the file itself."""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from simulator import money
from simulator.strict import ShapeError, build


class DialectName(StrEnum):
    BCA = "bca"
    PAYDIA = "paydia"
    BCA_LEGACY = "bca-legacy"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    DORMANT = "dormant"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankListen:
    """Where partners reach the bank. Without certificate, `plain_http = true` must be said."""

    host: str = "127.0.0.1"
    port: int = 9200
    certificate_file: Path | None = None
    private_key_file: Path | None = None
    plain_http: bool = False
    tls_minimum: str = "1.3"

    def __post_init__(self) -> None:
        if self.tls_minimum not in {"1.2", "1.3"}:
            raise ValueError("tls_minimum is 1.2 or 1.3")
        if self.plain_http == (self.certificate_file is not None):
            raise ValueError("give certificate_file and private_key_file, or plain_http = true")
        if (self.certificate_file is None) != (self.private_key_file is None):
            raise ValueError("certificate_file and private_key_file come together")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminListen:
    """The administrative API: plain HTTP, so it must stay on loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = 9201
    allow_any_host: bool = False

    def __post_init__(self) -> None:
        if not self.allow_any_host and not ip_address(self.host).is_loopback:
            raise ValueError("the administrative API listens on loopback only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How strict the bank is, and its habits. The defaults are the strict ones."""

    strict_body: bool = True
    timestamp_tolerance_s: int = 300
    lenient_timestamps: bool = False
    token_lifetime_s: int = 900
    new_token_revokes_old: bool = False
    external_id_once_a_day: bool = True
    duplicate_reference_conflict: bool = True
    inconsistent_reference_refused: bool = True
    inquiry_before_transfer: bool = False
    account_infos_as_object: bool = False
    clearing_pending_inquiries: int = 0
    virtual_account_pending_inquiries: int = 1
    magic_amounts: bool = False
    reply_delay_ms: int = 0
    remembered_requests: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bank's limits, as decimal strings in rupiah; counts are transfers a Jakarta day."""

    transfer_maximum: str = "9999999999999.99"
    switcher_maximum: str = "50000000.00"
    bifast_maximum: str = "250000000.00"
    skn_maximum: str = "1000000000.00"
    rtgs_minimum: str = "100000000.01"
    transfers_per_day: int = 0

    def __post_init__(self) -> None:
        for text in (
            self.transfer_maximum,
            self.switcher_maximum,
            self.bifast_maximum,
            self.skn_maximum,
            self.rtgs_minimum,
        ):
            money.parse(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTarget:
    """Where the bank calls its partner, and with what: the roles of the token call are swapped."""

    base_url: str
    client_id: str
    client_secret: str
    private_key_file: Path
    ca_file: Path | None = None
    source_address: str | None = None
    partner_id: str = ""
    channel_id: str = "95051"
    status: str = "06"
    token_path: str = "/openapi/v1.0/access-token/b2b"  # noqa: S105 - a path, not a secret
    rtgs_path: str = "/openapi/v1.0/transfer-rtgs/notify"
    skn_path: str = "/openapi/v1.0/transfer-skn/notify"

    def __post_init__(self) -> None:
        host = urlsplit(self.base_url).hostname or ""
        # `.internal` is reserved for private networks: no such name leads into the world.
        if host != "localhost" and not host.endswith(".internal") and not _is_loopback(host):
            raise ValueError("base_url of a callback is on loopback or a name below .internal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One identity the bank knows: the key of its tokens, the secret of its calls.

    `api_key` and `api_secret` are the second pair of the dialect before SNAP.
    """

    dialect: DialectName
    client_id: str
    client_secret: str
    partner_id: str
    public_key_file: Path | None = None
    channel_id: str = "95051"
    api_key: str = ""
    api_secret: str = ""
    callback: CallbackTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetting:
    """An account of this bank. `owner` is the client id of the partner who may debit it."""

    number: str
    name: str
    balance: str = "0.00"
    owner: str = ""
    currency: str = "IDR"
    status: AccountStatus = AccountStatus.ACTIVE

    def __post_init__(self) -> None:
        money.parse(self.balance)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBankAccount:
    """An account at another bank that inquiries know; `bifast` says its bank is on BI-FAST."""

    bank_code: str
    number: str
    name: str
    bifast: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualAccount:
    """A bill that services 32 and 33 know; the number keeps its padding blanks."""

    number: str
    name: str
    amount: str
    kind: str = "C"
    product: str = ""

    def __post_init__(self) -> None:
        money.parse(self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file."""

    bank: BankListen
    admin: AdminListen = field(default_factory=AdminListen)
    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)
    journal_file: Path | None = None
    journal_fsync: bool = False
    partners: tuple[Partner, ...] = ()
    accounts: tuple[AccountSetting, ...] = ()
    other_bank_accounts: tuple[OtherBankAccount, ...] = ()
    virtual_accounts: tuple[VirtualAccount, ...] = ()

    def __post_init__(self) -> None:
        _refuse_repeats("partners", [partner.client_id for partner in self.partners])
        _refuse_repeats("accounts", [account.number for account in self.accounts])
        known = {partner.client_id for partner in self.partners} | {""}
        for account in self.accounts:
            if account.owner not in known:
                raise ValueError(f"accounts: owner of {account.number} is no partner")


def load(path: Path) -> Settings:
    """Read the file. Raises ShapeError with the path of the first problem."""
    try:
        source = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ShapeError(f"{path}: {error}") from error
    return build(Settings, source, folder=path.parent)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"{what}: {min(repeated)} appears twice")
