"""Who may call which RPC of the audit.

Services write their own events; clients and operators read. Nobody edits, so
there is no RPC that could.
"""

from dataclasses import replace
from typing import Final

from servicekit.rpc_policy import CLIENT_PREFIX, EDGE, OPERATOR_PREFIX, Policy, Rule

from audit import limits

AUTH: Final = "spiffe://gerbang/auth"
SIGNER: Final = "spiffe://gerbang/signer"
BANK_ADAPTER: Final = "spiffe://gerbang/bank-adapter"

_QUERY: Final = Rule(
    callers=frozenset({EDGE, CLIENT_PREFIX, OPERATOR_PREFIX}),
    scope="audit.read",
    deadline_cap_s=limits.QUERY_DEADLINE_S,
    idempotent=True,
    max_in_flight=limits.QUERY_IN_FLIGHT,
)

_EXPORT: Final = replace(_QUERY, max_in_flight=limits.EXPORT_IN_FLIGHT)
# The walk is over everybody's events; it tells how many there are and no more.
_VERIFY: Final = replace(_QUERY, scope="audit.verify", max_in_flight=limits.VERIFY_IN_FLIGHT)

POLICY: Final[Policy] = {
    "/gerbang.audit.v1.IngestService/IngestEvents": Rule(
        callers=frozenset({AUTH, SIGNER, BANK_ADAPTER}),
        scope=None,
        deadline_cap_s=limits.INGEST_DEADLINE_S,
        idempotent=True,
        max_in_flight=limits.INGEST_IN_FLIGHT,
    ),
    "/gerbang.audit.v1.QueryService/ListEvents": _QUERY,
    "/gerbang.audit.v1.QueryService/GetEvent": _QUERY,
    "/gerbang.audit.v1.QueryService/ExportEvents": _EXPORT,
    "/gerbang.audit.v1.QueryService/VerifyChain": _VERIFY,
}

# Envoy's own contract (entrypoints/envoy_access_log.py): the edge as itself,
# for no client, so its claims have no part in it.
EDGE_LOG_POLICY: Final[Policy] = {
    "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs": Rule(
        callers=frozenset({EDGE}),
        scope=None,
        deadline_cap_s=limits.EDGE_LOG_STREAM_S,
        idempotent=False,
        max_in_flight=limits.EDGE_LOG_STREAMS_IN_FLIGHT,
        anonymous_from_edge=True,
    ),
}
