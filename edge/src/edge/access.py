"""Who may knock at all, and which scope opens which door: two RBAC filters.

Both are written as DENY rules with a name: Envoy then reports the name, and
`local_replies.py` answers with the right reason. They hold by path, not by route, so
that a route added later is held too.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from edge.envoy_types import Config, extension, typed
from edge.settings import AccessSettings
from edge.surface import (
    API_PREFIX,
    CALLBACK_PREFIX,
    DASHBOARD_PREFIX,
    LOGIN_PATH,
    LOGOUT_PATH,
    TOKEN_PATH,
)
from edge.tokens import API_METADATA, JWT_FILTER

ORIGIN_RULE = "origin_not_allowed"
ADDRESS_RULE = "address_not_allowed"
SCOPE_RULE = "scope_missing"
CONNECT_RULE = "connect_refused"
HOST_RULE = "host_malformed"
DOOR_FILTER = "gerbang.door"
SCOPE_FILTER = "gerbang.scope"

_RBAC = "extensions.filters.http.rbac.v3.RBAC"
_RBAC_PER_ROUTE = "extensions.filters.http.rbac.v3.RBACPerRoute"


# A second Host header shows as a comma; other signs have no place in a name.
_HOST: Config = {
    "header": {
        "name": ":authority",
        "string_match": {
            "safe_regex": {"regex": r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?"}
        },
    }
}
_CONNECT: Config = {"header": {"name": ":method", "string_match": {"exact": "CONNECT"}}}


def _path(exact: Sequence[str] = (), prefixes: Sequence[str] = ()) -> Config:
    """A permission that matches these paths, without their query."""
    matchers = [{"exact": path} for path in exact] + [{"prefix": prefix} for prefix in prefixes]
    return {"or_rules": {"rules": [{"url_path": {"path": matcher}} for matcher in matchers]}}


def _nobody_but(identities: Sequence[Config]) -> Config:
    """A principal that is everyone except these; with none given, everyone."""
    if not identities:
        return {"any": True}
    return {"not_id": {"or_ids": {"ids": list(identities)}}}


def _from(cidr: str) -> Config:
    network = ipaddress.ip_network(cidr)
    return {
        "remote_ip": {
            "address_prefix": str(network.network_address),
            "prefix_len": network.prefixlen,
        }
    }


def _origin(origin: str) -> Config:
    # Envoy joins a repeated header with commas before it compares: a second
    # Origin, whatever it says, makes the text another one.
    return {"header": {"name": "origin", "string_match": {"exact": origin}}}


def _deny(permission: Config, principal: Config) -> Config:
    return {"permissions": [permission], "principals": [principal]}


def door(access: AccessSettings) -> Config:
    """The filter that looks at address and Origin, before any token is read."""
    api = _path([TOKEN_PATH], [API_PREFIX])
    people = _path([LOGIN_PATH, LOGOUT_PATH], [DASHBOARD_PREFIX])
    banks = _path(prefixes=[CALLBACK_PREFIX])
    policies = {
        f"{ADDRESS_RULE}_client": _deny(api, _nobody_but([*map(_from, access.client_cidrs)])),
        f"{ADDRESS_RULE}_operator": _deny(
            people, _nobody_but([*map(_from, access.operator_cidrs)])
        ),
        f"{ADDRESS_RULE}_bank": _deny(banks, _nobody_but([*map(_from, access.callback_cidrs)])),
        ORIGIN_RULE: _deny(api, _nobody_but([*map(_origin, access.origins)])),
        HOST_RULE: _deny({"any": True}, _nobody_but([_HOST])),
        # It has no path for a rule or a route to match, and never ends.
        CONNECT_RULE: _deny(_CONNECT, {"any": True}),
    }
    return extension(DOOR_FILTER, _RBAC, rules={"action": "DENY", "policies": policies})


def scope() -> Config:
    """The filter that reads scopes; each route says which one it wants."""
    return extension(SCOPE_FILTER, _RBAC)


def scope_for_route(name: str) -> Config:
    """Refuses a token whose `scp` array has no element equal to `name`.

    A token without `scp`, or with a string there, has no such element.
    """
    holds = {
        "sourced_metadata": {
            "metadata_matcher": {
                "filter": JWT_FILTER,
                "path": [{"key": API_METADATA}, {"key": "scp"}],
                "value": {"list_match": {"one_of": {"string_match": {"exact": name}}}},
            }
        }
    }
    policies = {f"{SCOPE_RULE}_{name}": _deny({"any": True}, {"not_id": holds})}
    return typed(_RBAC_PER_ROUTE, rbac={"rules": {"action": "DENY", "policies": policies}})
