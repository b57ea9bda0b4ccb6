"""Which RPCs the public may reach over REST, and the scope each one needs.

A new public RPC is one `google.api.http` rule in its proto and one row here;
rendering fails while either lacks the other. No row grants more than its path:
everything under /v1/ needs a token with the scope, and only that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from edge.bindings import Binding

# The prefixes that the filters of `access.py` and `tokens.py` go by.
API_PREFIX: Final = "/v1/"
TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 a path
JWKS_PATH: Final = "/.well-known/jwks.json"
LOGIN_PATH: Final = "/login"
LOGOUT_PATH: Final = "/logout"
DASHBOARD_PREFIX: Final = "/dashboard/"
# Banks call SNAP's own paths; held by source address here, by signature there.
CALLBACK_PREFIX: Final = "/openapi/"

JWKS_RPC: Final = "/gerbang.auth.v1.TokenService/GetJwks"

# RPC -> scope; None where the caller has no token yet or needs none.
SURFACE: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "/gerbang.auth.v1.TokenService/IssueToken": None,
        JWKS_RPC: None,
        "/gerbang.auth.v1.LoginService/GetLoginPage": None,
        "/gerbang.auth.v1.LoginService/SubmitLogin": None,
        "/gerbang.auth.v1.LoginService/Logout": None,
        "/gerbang.bank_adapter.v1.TransferService/CreateTransfer": "transfers.write",
        "/gerbang.bank_adapter.v1.TransferService/GetTransfer": "transfers.read",
        "/gerbang.bank_adapter.v1.TransferService/ListTransfers": "transfers.read",
        # Asking moves no money: a job that only watches must not need the right to pay.
        "/gerbang.bank_adapter.v1.TransferService/InquireTransfer": "transfers.read",
        "/gerbang.bank_adapter.v1.TransferService/CancelTransfer": "transfers.write",
        "/gerbang.bank_adapter.v1.AccountService/GetBalance": "accounts.read",
        "/gerbang.bank_adapter.v1.AccountService/GetStatement": "accounts.read",
        "/gerbang.bank_adapter.v1.AccountService/InquireAccount": "accounts.read",
        "/gerbang.audit.v1.QueryService/ListEvents": "audit.read",
        "/gerbang.audit.v1.QueryService/GetEvent": "audit.read",
        "/gerbang.audit.v1.QueryService/ExportEvents": "audit.read",
        # It walks over everybody's events, so it is not part of reading one's own.
        "/gerbang.audit.v1.QueryService/VerifyChain": "audit.verify",
        # A bank's proof is its signature, checked behind the edge.
        "/gerbang.bank_adapter.v1.BankNotificationService/IssueBankToken": None,
        "/gerbang.bank_adapter.v1.BankNotificationService/NotifyRtgs": None,
        "/gerbang.bank_adapter.v1.BankNotificationService/NotifySkn": None,
    }
)


# These wait for the bank itself rather than for a while.
QUESTIONS: Final = frozenset(
    {
        "/gerbang.bank_adapter.v1.TransferService/InquireTransfer",
        "/gerbang.bank_adapter.v1.AccountService/GetBalance",
        "/gerbang.bank_adapter.v1.AccountService/GetStatement",
        "/gerbang.bank_adapter.v1.AccountService/InquireAccount",
    }
)


class SurfaceError(Exception):
    """The protos and the table do not agree; the text says on what."""


def check(bindings: Sequence[Binding], surface: Mapping[str, str | None] = SURFACE) -> None:
    """Raises SurfaceError unless every public RPC has a row that fits its path."""
    bound = {binding.rpc for binding in bindings}
    problems = [f"{rpc} has a REST path but no row in surface.py" for rpc in bound - surface.keys()]
    problems += [f"{rpc} is in surface.py but has no REST path" for rpc in surface.keys() - bound]
    for binding in bindings:
        scoped = surface.get(binding.rpc) is not None
        if binding.rpc in surface and scoped != binding.template.startswith(API_PREFIX):
            problems.append(f"{binding.rpc}: a scope and a path under {API_PREFIX} go together")
    if problems:
        raise SurfaceError("\n".join(sorted(problems)))


def scopes(surface: Mapping[str, str | None] = SURFACE) -> tuple[str, ...]:
    """Every scope the table names, once."""
    return tuple(sorted({scope for scope in surface.values() if scope is not None}))
