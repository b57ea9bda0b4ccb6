"""Every number the edge holds requests to; docs/edge.md explains each.

Names carry the unit. `DEFAULT_` values can be set in the configuration,
`MAX_` is how far; the others are not a choice.
"""

from __future__ import annotations

from typing import Final

# Requests.
DEFAULT_BODY_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
DEFAULT_RESPONSE_BYTES: Final = 16 * 1024 * 1024
DEFAULT_HEADER_KIB: Final = 16
MAX_HEADER_KIB: Final = 96
DEFAULT_HEADER_COUNT: Final = 64

# Compiled size of a regular expression; Envoy's own bound is 100.
REGEX_PROGRAM_SIZE: Final = 2000

# Connections.
DEFAULT_CONNECTIONS: Final = 2000
DEFAULT_STREAMS_PER_CONNECTION: Final = 100
DEFAULT_UPSTREAM_REQUESTS: Final = 1024
UPSTREAM_CONNECTIONS: Final = 64
DEFAULT_HEAP_MIB: Final = 512
CONNECTION_BUFFER_BYTES: Final = 256 * 1024
STREAM_WINDOW_BYTES: Final = 64 * 1024
CONNECTION_WINDOW_BYTES: Final = 1024 * 1024
# A client's rate bucket is forgotten when this many others are fresher.
RATE_BUCKETS: Final = 4096

# Times. The order that must hold: bank wait < route < the ERP's own (100 s in
# .NET), so that the party that waited too long is always the one outside.
DEFAULT_BANK_WAIT_S: Final = 10.0
MAX_BANK_WAIT_S: Final = 80.0
ROUTE_TIMEOUT_MARGIN_S: Final = 5.0
# A question about an account or a transfer waits for the bank itself, and for
# a token before; the adapter ends it 5 s before the route does.
DEFAULT_BANK_TIMEOUT_S: Final = 60.0
MAX_BANK_TIMEOUT_S: Final = 75.0
QUESTION_TIMEOUT_MARGIN_S: Final = 20.0
HANDSHAKE_TIMEOUT_S: Final = 10.0
REQUEST_HEADERS_TIMEOUT_S: Final = 10.0
REQUEST_TIMEOUT_S: Final = 30.0
CONNECTION_IDLE_S: Final = 300.0
DOWNSTREAM_KEEPALIVE_S: Final = 60.0
KEEPALIVE_TIMEOUT_S: Final = 5.0
CONNECT_TIMEOUT_S: Final = 2.0
HEALTH_INTERVAL_S: Final = 2.0
HEALTH_TIMEOUT_S: Final = 1.0
UPSTREAM_KEEPALIVE_S: Final = 20.0
# uvicorn closes a quiet connection after 5 s; let go of it before that.
DASHBOARD_IDLE_S: Final = 3.0

# Tokens. auth gives at most 300 s; a longer one was not made by it.
TOKEN_LIFETIME_S: Final = 300
OPERATOR_TOKEN_LIFETIME_S: Final = 12 * 3600
CLOCK_SKEW_S: Final = 5
DEFAULT_JWKS_CACHE_S: Final = 30.0
MAX_JWKS_CACHE_S: Final = 600.0
JWKS_TIMEOUT_S: Final = 2.0
JWKS_RETRY_S: Final = 0.5

# What the audit is told (access_log.py). Envoy sends when either is reached.
AUDIT_LOG_FLUSH_S: Final = 1.0
AUDIT_LOG_BUFFER_BYTES: Final = 65_536
