"""The driver made from a profile alone: the services of this folder that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.snap_driver import Services, SNAPDriver, TransferService
from bank_adapter.drivers.snap_generic import clearing, interbank, intrabank
from bank_adapter.drivers.snap_generic.balance import Balance
from bank_adapter.drivers.snap_generic.capabilities import capabilities
from bank_adapter.drivers.snap_generic.inquiry import ExternalInquiry, InternalInquiry
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.drivers.snap_generic.signals import tables
from bank_adapter.drivers.snap_generic.statement import Statement
from bank_adapter.drivers.snap_generic.status import Status

TRANSFERS: Mapping[str, Callable[[GenericProfile, TransferSpec], TransferService]] = (
    MappingProxyType(
        {
            intrabank.SERVICE_CODE: intrabank.Intrabank,
            interbank.SERVICE_CODE: interbank.Interbank,
            clearing.RTGS: clearing.Clearing,
            clearing.SKN: clearing.Clearing,
        }
    )
)


class SnapGenericDriver(SNAPDriver):
    """Implements drivers.protocol.Driver for any plain SNAP bank."""

    def __init__(self, profile: GenericProfile) -> None:
        """Raises ValueError naming what is wrong in the profile."""
        super().__init__(
            party=profile,
            token_path=profile.token_path,
            capabilities=capabilities(profile),
            tables=tables(profile),
            services=Services(
                transfers={
                    rail: _transfer(rail, profile, spec) for rail, spec in profile.transfers.items()
                },
                status=Status(profile),
                balance=Balance(profile) if profile.balance_path else None,
                statement=Statement(profile) if profile.statement_path else None,
                internal_inquiry=InternalInquiry(profile)
                if profile.internal_inquiry_path
                else None,
                external_inquiry=ExternalInquiry(profile)
                if profile.external_inquiry_path
                else None,
            ),
        )


def _transfer(rail: Rail, profile: GenericProfile, spec: TransferSpec) -> TransferService:
    service = TRANSFERS.get(spec.service_code)
    if service is None:
        raise ValueError(
            f"transfers.{rail}.service_code: must be one of {', '.join(sorted(TRANSFERS))}"
        )
    return service(profile, spec)
