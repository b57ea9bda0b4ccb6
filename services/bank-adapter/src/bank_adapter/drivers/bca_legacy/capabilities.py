"""What this driver can do, listed by hand: a service not named is refused."""

from __future__ import annotations

from bank_adapter.domain.rail import Capability

CAPABILITIES = frozenset(
    {
        Capability.TRANSFER_INTRABANK,
        Capability.TRANSFER_ONLINE,
        Capability.TRANSFER_SKN,
        Capability.TRANSFER_RTGS,
        Capability.TRANSFER_STATUS,
        Capability.BALANCE,
        Capability.STATEMENT,
        Capability.INQUIRY_EXTERNAL,
    }
)
