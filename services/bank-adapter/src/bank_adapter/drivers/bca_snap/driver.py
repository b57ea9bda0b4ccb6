"""BCA's driver: the services of this folder behind the one protocol."""

from __future__ import annotations

from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.bca_snap.balance import Balance
from bank_adapter.drivers.bca_snap.capabilities import CAPABILITIES
from bank_adapter.drivers.bca_snap.clearing import Clearing
from bank_adapter.drivers.bca_snap.inquiry import ExternalInquiry, InternalInquiry
from bank_adapter.drivers.bca_snap.interbank import Interbank
from bank_adapter.drivers.bca_snap.intrabank import Intrabank
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.drivers.bca_snap.signals import TABLES
from bank_adapter.drivers.bca_snap.statement import Statement
from bank_adapter.drivers.bca_snap.status import Status
from bank_adapter.drivers.bca_snap.virtual_account import VirtualAccount, VirtualAccountInquiry
from bank_adapter.drivers.snap_driver import Services, SNAPDriver


class BCASnapDriver(SNAPDriver):
    """Implements drivers.protocol.Driver for BCA."""

    def __init__(self, profile: BCASnapProfile) -> None:
        super().__init__(
            party=profile,
            token_path=profile.token_path,
            capabilities=CAPABILITIES,
            tables=TABLES,
            services=Services(
                transfers={
                    Rail.INTRABANK: Intrabank(profile),
                    Rail.BIFAST: Interbank(profile),
                    Rail.ONLINE: Interbank(profile),
                    Rail.SKN: Clearing(profile),
                    Rail.RTGS: Clearing(profile),
                    Rail.VIRTUAL_ACCOUNT: VirtualAccount(profile),
                },
                status=Status(profile),
                balance=Balance(profile),
                internal_inquiry=InternalInquiry(profile),
                external_inquiry=ExternalInquiry(profile),
                virtual_account_inquiry=VirtualAccountInquiry(profile),
                statement=Statement(profile),
            ),
        )
