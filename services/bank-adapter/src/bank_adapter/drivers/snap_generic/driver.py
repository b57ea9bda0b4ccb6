"""The driver made from a profile alone."""

from __future__ import annotations

from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.drivers.snap_driver import Services, SNAPDriver
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.drivers.snap_generic.questions import AccountInquiry, Balance, Statement, Status
from bank_adapter.drivers.snap_generic.transfers import Transfer
from bank_adapter.snap.signals import overlaid


class SnapGenericDriver(SNAPDriver):
    """Implements drivers.protocol.Driver for any plain SNAP bank."""

    def __init__(self, profile: GenericProfile) -> None:
        super().__init__(
            party=profile,
            token_path=profile.token_path,
            capabilities=frozenset(Capability(name) for name in profile.capabilities),
            tables=overlaid(profile.overlay()),
            services=Services(
                transfers={
                    Rail(rail): Transfer(profile, spec) for rail, spec in profile.transfers.items()
                },
                status=Status(profile),
                balance=Balance(profile) if profile.balance_path else None,
                statement=Statement(profile) if profile.statement_path else None,
                internal_inquiry=(
                    AccountInquiry(profile, external=False)
                    if profile.internal_inquiry_path
                    else None
                ),
                external_inquiry=(
                    AccountInquiry(profile, external=True)
                    if profile.external_inquiry_path
                    else None
                ),
            ),
        )
