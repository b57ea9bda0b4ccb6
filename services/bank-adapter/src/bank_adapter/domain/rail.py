"""How money travels between banks, and the services a bank offers."""

from __future__ import annotations

from enum import StrEnum


class Rail(StrEnum):
    """The rails of Indonesian payments; the names are part of the contract."""

    INTRABANK = "INTRABANK"
    BIFAST = "BIFAST"
    ONLINE = "ONLINE"
    SKN = "SKN"
    RTGS = "RTGS"
    VIRTUAL_ACCOUNT = "VIRTUAL_ACCOUNT"


class Capability(StrEnum):
    """What a driver can do. A driver lists its own literally."""

    TRANSFER_INTRABANK = "TRANSFER_INTRABANK"
    TRANSFER_BIFAST = "TRANSFER_BIFAST"
    TRANSFER_ONLINE = "TRANSFER_ONLINE"
    TRANSFER_SKN = "TRANSFER_SKN"
    TRANSFER_RTGS = "TRANSFER_RTGS"
    TRANSFER_VIRTUAL_ACCOUNT = "TRANSFER_VIRTUAL_ACCOUNT"
    TRANSFER_STATUS = "TRANSFER_STATUS"
    BALANCE = "BALANCE"
    STATEMENT = "STATEMENT"
    INQUIRY_INTERNAL = "INQUIRY_INTERNAL"
    INQUIRY_EXTERNAL = "INQUIRY_EXTERNAL"

    @classmethod
    def for_rail(cls, rail: Rail) -> Capability:
        return _FOR_RAIL[rail]


_FOR_RAIL = {rail: Capability(f"TRANSFER_{rail.value}") for rail in Rail}
