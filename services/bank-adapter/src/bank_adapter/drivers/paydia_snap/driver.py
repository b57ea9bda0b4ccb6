"""Paydia's driver: the services of this folder behind the one protocol."""

from __future__ import annotations

from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.paydia_snap.balance import Balance
from bank_adapter.drivers.paydia_snap.capabilities import CAPABILITIES
from bank_adapter.drivers.paydia_snap.inquiry import ExternalInquiry
from bank_adapter.drivers.paydia_snap.interbank import Interbank
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.drivers.paydia_snap.signals import tables
from bank_adapter.drivers.paydia_snap.status import Status
from bank_adapter.drivers.snap_driver import Services, SNAPDriver


class PaydiaSnapDriver(SNAPDriver):
    """Implements drivers.protocol.Driver for Paydia."""

    def __init__(self, profile: PaydiaSnapProfile) -> None:
        super().__init__(
            party=profile,
            token_path=profile.token_path,
            capabilities=CAPABILITIES,
            tables=tables(profile),
            services=Services(
                transfers={Rail.ONLINE: Interbank(profile)},
                status=Status(profile),
                balance=Balance(profile),
                external_inquiry=ExternalInquiry(profile),
                wants_inquiry_session=profile.session_from_inquiry,
            ),
        )
