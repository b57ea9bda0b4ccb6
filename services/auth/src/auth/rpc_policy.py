"""Who may call auth's RPCs: only the edge, and without claims.

Internal callers need no token: their certificate is their identity.
"""

from servicekit.rpc_policy import EDGE, Policy, Rule

_EDGE = frozenset({EDGE})
_TOKENS = "/gerbang.auth.v1.TokenService/"
_LOGIN = "/gerbang.auth.v1.LoginService/"


def _anonymous(*, deadline_cap_s: float, idempotent: bool, max_in_flight: int) -> Rule:
    return Rule(
        callers=_EDGE,
        scope=None,
        deadline_cap_s=deadline_cap_s,
        idempotent=idempotent,
        max_in_flight=max_in_flight,
        anonymous_from_edge=True,
    )


POLICY: Policy = {
    _TOKENS + "IssueToken": _anonymous(deadline_cap_s=10, idempotent=True, max_in_flight=256),
    _TOKENS + "GetJwks": _anonymous(deadline_cap_s=5, idempotent=True, max_in_flight=64),
    _LOGIN + "GetLoginPage": _anonymous(deadline_cap_s=5, idempotent=True, max_in_flight=64),
    # A code counts once, so a login sent again by a proxy would fail.
    _LOGIN + "SubmitLogin": _anonymous(deadline_cap_s=10, idempotent=False, max_in_flight=32),
    _LOGIN + "Logout": _anonymous(deadline_cap_s=5, idempotent=True, max_in_flight=32),
}
