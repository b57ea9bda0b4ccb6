"""The access log: one JSON line a request, and a copy of some for the audit.

No path and no query: `/v1/accounts/{account_no}/balance` would write account
numbers. The route's name says which call it was. No authorization, no cookie,
no body. The audit has the rest, by trace id.

The audit is told, over Envoy's own gRPC log, of what no service records by
itself: requests that were refused or left unanswered, and who read the audit
or the dashboard. Envoy batches them and waits for nobody; a payment that goes
well costs nothing here.
"""

from __future__ import annotations

from pathlib import Path

from edge.envoy_types import Config, duration, extension
from edge.limits import AUDIT_LOG_BUFFER_BYTES, AUDIT_LOG_FLUSH_S
from edge.surface import DASHBOARD_PREFIX

AUDIT_RPCS = "/gerbang.audit.v1.QueryService/"

FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%6fZ)%",
    "trace_id": "%REQ(X-REQUEST-ID)%",
    "client": "%REQ(X-GERBANG-CLAIM-SUB)%",
    "operator": "%REQ(X-GERBANG-CLAIM-OPERATOR)%",
    "source": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "origin": "%REQ(ORIGIN):100%",
    "method": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD):20%",
    "route": "%ROUTE_NAME%",
    "protocol": "%PROTOCOL%",
    "tls": "%DOWNSTREAM_TLS_VERSION%",
    "status": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "upstream": "%UPSTREAM_CLUSTER%",
    "upstream_host": "%UPSTREAM_HOST%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "upstream_ms": "%RESPONSE_DURATION%",
}


def access_log(path: Path) -> Config:
    return extension(
        "envoy.access_loggers.file",
        "extensions.access_loggers.file.v3.FileAccessLog",
        path=str(path),
        log_format={"json_format": FIELDS},
    )


def audit_log() -> Config:
    """The copy. It is sent with the edge's certificate, on audit's own connection."""
    return extension(
        "envoy.access_loggers.http_grpc",
        "extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
        common_config={
            "log_name": "gerbang",
            "transport_api_version": "V3",
            "grpc_service": {"envoy_grpc": {"cluster_name": "audit"}},
            "buffer_flush_interval": duration(AUDIT_LOG_FLUSH_S),
            "buffer_size_bytes": AUDIT_LOG_BUFFER_BYTES,
        },
        # Trusted: what a client sends under these names is removed before.
        additional_request_headers_to_log=[
            "origin",
            "x-gerbang-claim-sub",
            "x-gerbang-claim-operator",
            "x-envoy-original-method",
        ],
    ) | {"filter": {"or_filter": {"filters": [_refused(), _unanswered(), *_readers()]}}}


def _refused() -> Config:
    return _status("GE", 400)


def _unanswered() -> Config:
    """The client left first."""
    return _status("EQ", 0)


def _status(operator: str, code: int) -> Config:
    value = {"default_value": code, "runtime_key": f"gerbang.audit_log.{operator.lower()}"}
    return {"status_code_filter": {"comparison": {"op": operator, "value": value}}}


def _readers() -> list[Config]:
    """Who read the audit, by REST (its path is the RPC's by then) or in the dashboard."""
    dashboard = [
        _path(DASHBOARD_PREFIX),
        _path(f"{DASHBOARD_PREFIX}static/") | {"invert_match": True},
    ]
    return [
        {"header_filter": {"header": _path(AUDIT_RPCS)}},
        {"and_filter": {"filters": [{"header_filter": {"header": each}} for each in dashboard]}},
    ]


def _path(prefix: str) -> Config:
    return {"name": ":path", "string_match": {"prefix": prefix}}
