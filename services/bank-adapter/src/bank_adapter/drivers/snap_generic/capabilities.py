"""What the profile's bank can do: its own list, which must be what it describes.

A capability without its service, or a service without its capability, is an
error of the file and stops the start.
"""

from __future__ import annotations

from bank_adapter.domain.rail import Capability
from bank_adapter.drivers.snap_generic.profile import GenericProfile


def capabilities(profile: GenericProfile) -> frozenset[Capability]:
    """Raises ValueError naming what differs."""
    questions = {
        Capability.BALANCE: profile.balance_path,
        Capability.STATEMENT: profile.statement_path,
        Capability.INQUIRY_INTERNAL: profile.internal_inquiry_path,
        Capability.INQUIRY_EXTERNAL: profile.external_inquiry_path,
    }
    described = {Capability.TRANSFER_STATUS}
    described |= {capability for capability, path in questions.items() if path}
    described |= {Capability.for_rail(rail) for rail in profile.transfers}
    if profile.capabilities != described:
        differing = ", ".join(sorted(profile.capabilities ^ described))
        raise ValueError(f"capabilities: differ from the services described: {differing}")
    return profile.capabilities
