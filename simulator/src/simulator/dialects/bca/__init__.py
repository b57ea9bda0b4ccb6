"""BCA SNAP: paths under /openapi, HMAC-SHA512, errors that repeat the request."""

from simulator.config import Limits
from simulator.dialects.bca import (
    account,
    clearing,
    interbank,
    intrabank,
    statement,
    status,
    token,
    virtual_account,
)
from simulator.exchange import Route


def routes(limits: Limits) -> tuple[Route, ...]:
    """All routes of the dialect."""
    return (
        token.ROUTE,
        account.balance_route(),
        statement.route(),
        account.inquiry_route(),
        interbank.inquiry_route(limits),
        intrabank.route(limits),
        interbank.transfer_route(limits),
        clearing.rtgs_route(limits),
        clearing.skn_route(limits),
        virtual_account.inquiry_route(),
        virtual_account.payment_route(limits),
        status.route(),
    )
