"""Paydia SNAP: the e-money family of SNAP, status by the partner's own reference.

Paydia's pages show only the first fields of each table. The rest follows the standard's tables.
"""

from simulator.config import Limits
from simulator.dialects.paydia import account, status, token, transfer
from simulator.exchange import Route


def routes(limits: Limits) -> tuple[Route, ...]:
    """All routes of the dialect."""
    return (
        token.ROUTE,
        account.balance_route(),
        account.inquiry_route(),
        transfer.route(limits),
        status.route(),
    )
