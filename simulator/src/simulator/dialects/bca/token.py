"""Service 73 of BCA; the token type is written in lower case there."""

from simulator import token_service
from simulator.config import DialectName

ROUTE = token_service.route(
    dialect=DialectName.BCA,
    path="/openapi/v1.0/access-token/b2b",
    token_type="bearer",  # noqa: S106 - the kind of token, not a token
)
