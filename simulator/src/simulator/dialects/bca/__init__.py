"""BCA SNAP: paths under /openapi, HMAC-SHA512, errors that repeat the request."""

from simulator.config import Limits
from simulator.dialects.bca import account, intrabank, status, token
from simulator.exchange import Route


def routes(limits: Limits) -> tuple[Route, ...]:
    """All routes of the dialect."""
    return (
        token.ROUTE,
        account.balance_route(),
        account.inquiry_route(),
        intrabank.route(limits),
        status.route(),
    )
