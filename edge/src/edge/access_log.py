"""The access log: one JSON line a request.

No path and no query: `/v1/accounts/{account_no}/balance` would write account
numbers. The route's name says which call it was. No authorization, no cookie,
no body. The audit has the rest, by trace id.
"""

from __future__ import annotations

from pathlib import Path

from edge.envoy_types import Config, extension

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
