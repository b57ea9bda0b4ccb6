"""JSON Web Tokens: who signs them, what they must say, which claims go inward.

The keys come from auth through a loopback listener of this same Envoy, fetched
ahead of need and kept while auth is away. Only RS256 keys are published, so a
token by any other algorithm has no key to verify it. Verified tokens are not
cached: a token whose key is gone must fail with the next JWKS.
"""

from __future__ import annotations

from edge.envoy_types import Config, duration, extension
from edge.limits import (
    CLOCK_SKEW_S,
    JWKS_RETRY_S,
    JWKS_TIMEOUT_S,
    OPERATOR_TOKEN_LIFETIME_S,
    TOKEN_LIFETIME_S,
)
from edge.settings import EdgeSettings
from edge.surface import API_PREFIX, DASHBOARD_PREFIX, JWKS_PATH

JWT_FILTER = "envoy.filters.http.jwt_authn"
# Where the payload is kept for later filters and the access log.
API_METADATA = "api"
OPERATOR_METADATA = "operator"

ISSUER = "gerbang"
OPERATOR_COOKIE = "gerbang_operator"
JWKS_CLUSTER = "jwks"


def _provider(settings: EdgeSettings, *, name: str, audience: str, lifetime_s: int) -> Config:
    return {
        "issuer": ISSUER,
        "audiences": [audience],
        "require_expiration": True,
        # Envoy measures it by its own clock and forgets the skew here.
        "max_lifetime": duration(lifetime_s + CLOCK_SKEW_S),
        "clock_skew_seconds": CLOCK_SKEW_S,
        # Removes the token from the request once it is verified.
        "forward": False,
        "payload_in_metadata": name,
        "remote_jwks": {
            "http_uri": {
                "uri": f"http://127.0.0.1:{settings.jwks_port}{JWKS_PATH}",
                "cluster": JWKS_CLUSTER,
                "timeout": duration(JWKS_TIMEOUT_S),
            },
            "cache_duration": duration(settings.times.jwks_cache_s),
            "async_fetch": {
                # auth may start later than the edge; do not wait for it.
                "fast_listener": True,
                "failed_refetch_duration": duration(JWKS_RETRY_S),
            },
        },
    }


def _claim(claim: str, header: str) -> Config:
    return {"claim_name": claim, "header_name": f"x-gerbang-claim-{header}"}


def verification(settings: EdgeSettings) -> Config:
    """The jwt_authn filter: by path, so that no route can forget it."""
    api = _provider(
        settings, name=API_METADATA, audience="gerbang-api", lifetime_s=TOKEN_LIFETIME_S
    ) | {
        # Named, or else Envoy would take a token from the query as well.
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        "claim_to_headers": [
            _claim("sub", "sub"),
            _claim("scp", "scp"),
            _claim("accounts", "accounts"),
        ],
    }
    operator = _provider(
        settings,
        name=OPERATOR_METADATA,
        audience="gerbang-dashboard",
        lifetime_s=OPERATOR_TOKEN_LIFETIME_S,
    ) | {
        "from_cookies": [OPERATOR_COOKIE],
        "claim_to_headers": [_claim("sub", "operator"), _claim("roles", "roles")],
    }
    return extension(
        JWT_FILTER,
        "extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={API_METADATA: api, OPERATOR_METADATA: operator},
        rules=[
            {"match": {"prefix": API_PREFIX}, "requires": {"provider_name": API_METADATA}},
            {
                "match": {"prefix": DASHBOARD_PREFIX},
                "requires": {"provider_name": OPERATOR_METADATA},
            },
        ],
        # The body and the WWW-Authenticate of a 401 are made in local_replies.py.
        strip_failure_response=True,
    )
