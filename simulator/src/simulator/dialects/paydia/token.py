"""Service 73 of Paydia."""

from simulator import token_service
from simulator.config import DialectName
from simulator.dialects.paydia.naming import BASE

ROUTE = token_service.route(
    dialect=DialectName.PAYDIA,
    path=f"{BASE}/access-token/b2b",
    token_type="Bearer",  # noqa: S106 - the kind of token, not a token
)
