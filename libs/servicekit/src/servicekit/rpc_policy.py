"""What every RPC declares: who may call it, with which scope, for how long.

A policy is data that a service writes down in its own `rpc_policy.py`. The
server refuses to start with an RPC that has no rule or a rule that has no RPC.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TRUST_DOMAIN = "spiffe://gerbang/"
# The one peer whose claims and documents are believed (DESIGN rule 14).
EDGE = "spiffe://gerbang/edge"
OPERATOR_PREFIX = "spiffe://gerbang/operator/"
CLIENT_PREFIX = "spiffe://gerbang/client/"


class PolicyError(Exception):
    """The policy and the registered services do not fit each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of one RPC.

    callers: SPIFFE ids, or prefixes of them that end in "/"; nobody else.
    scope: what a client's token must hold; None when no client is involved.
    deadline_cap_s: the longest a call may run, whatever its own deadline says.
    idempotent: whether a caller may repeat it blindly.
    max_in_flight: calls that run at the same time; one more is refused.
    anonymous_from_edge: the edge may call without claims (token, keys, login).
    """

    callers: frozenset[str]
    scope: str | None
    deadline_cap_s: float
    idempotent: bool
    max_in_flight: int
    anonymous_from_edge: bool = False

    def __post_init__(self) -> None:
        if not all(
            caller.startswith(TRUST_DOMAIN) and caller != TRUST_DOMAIN for caller in self.callers
        ):
            raise ValueError(f"callers must be a set of ids below {TRUST_DOMAIN}")
        if self.deadline_cap_s <= 0 or self.max_in_flight <= 0:
            raise ValueError("deadline_cap_s and max_in_flight must be above 0")
        if self.anonymous_from_edge and self.scope is not None:
            raise ValueError("an anonymous RPC cannot need a scope")

    def admits(self, spiffe_id: str) -> bool:
        """Whether this peer may call at all. An empty list admits nobody."""
        if spiffe_id in self.callers:
            return not spiffe_id.endswith("/")
        return any(
            caller.endswith("/") and spiffe_id.startswith(caller) and len(spiffe_id) > len(caller)
            for caller in self.callers
        )


# By full method name, for example "/gerbang.auth.v1.TokenService/IssueToken".
Policy = Mapping[str, Rule]
