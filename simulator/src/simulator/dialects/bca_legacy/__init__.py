"""BCA before SNAP: OAuth with Basic, HMAC-SHA256 in hex, its own error codes."""

from simulator.config import Limits
from simulator.dialects.bca_legacy import account, domestic, intrabank, status, token
from simulator.exchange import Route


def routes(limits: Limits) -> tuple[Route, ...]:
    """All routes of the dialect."""
    return (
        token.ROUTE,
        account.balance_route(),
        account.statement_route(),
        account.name_route(),
        intrabank.route(limits),
        domestic.route(limits),
        status.route(),
    )
