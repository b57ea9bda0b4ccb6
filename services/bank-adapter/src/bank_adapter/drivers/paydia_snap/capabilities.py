"""What this driver can do, listed by hand: a service not named is refused.

Service 43 reaches any bank over a network of Paydia's choice; toward the ERP
it is the rail ONLINE.
"""

from __future__ import annotations

from bank_adapter.domain.rail import Capability

CAPABILITIES = frozenset(
    {
        Capability.TRANSFER_ONLINE,
        Capability.TRANSFER_STATUS,
        Capability.BALANCE,
        Capability.INQUIRY_EXTERNAL,
    }
)
