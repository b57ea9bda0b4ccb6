"""The services behind the edge, and how sure it must be of each.

Every connection is mTLS 1.3: the edge shows spiffe://gerbang/edge and accepts
a service only by the URI in its certificate. A service that fails its gRPC
health check gets nothing, even when it is the only one. There are no retries
and no outlier ejection: a request goes to one place once.
"""

from __future__ import annotations

from edge.envoy_types import Config, duration, socket_address, typed
from edge.limits import (
    CONNECT_TIMEOUT_S,
    CONNECTION_BUFFER_BYTES,
    CONNECTION_WINDOW_BYTES,
    DASHBOARD_IDLE_S,
    HEALTH_INTERVAL_S,
    HEALTH_TIMEOUT_S,
    KEEPALIVE_TIMEOUT_S,
    STREAM_WINDOW_BYTES,
    UPSTREAM_CONNECTIONS,
    UPSTREAM_KEEPALIVE_S,
)
from edge.routes import DASHBOARD_CLUSTER
from edge.settings import EdgeSettings, IdentitySettings, UpstreamSettings
from edge.tokens import JWKS_CLUSTER

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def _mutual_tls(
    service: str, upstream: UpstreamSettings, identity: IdentitySettings, alpn: str
) -> Config:
    spiffe_id = upstream.spiffe_id or f"spiffe://gerbang/{service}"
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": typed(
            "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            sni=upstream.server_name or f"{service}.gerbang.internal",
            common_tls_context={
                "tls_params": {
                    "tls_minimum_protocol_version": "TLSv1_3",
                    "tls_maximum_protocol_version": "TLSv1_3",
                },
                "alpn_protocols": [alpn],
                "tls_certificates": [
                    {
                        "certificate_chain": {"filename": str(identity.certificate_file)},
                        "private_key": {"filename": str(identity.private_key_file)},
                    }
                ],
                "validation_context": {
                    "trusted_ca": {"filename": str(identity.ca_file)},
                    "match_typed_subject_alt_names": [
                        {"san_type": "URI", "matcher": {"exact": spiffe_id}}
                    ],
                },
            },
        ),
    }


def _endpoints(name: str, addresses: tuple[str, ...]) -> Config:
    split = [address.rpartition(":") for address in addresses]
    return {
        "cluster_name": name,
        "endpoints": [
            {
                "lb_endpoints": [
                    {"endpoint": {"address": socket_address(host.strip("[]"), int(port))}}
                    for host, _, port in split
                ]
            }
        ],
    }


def _service(name: str, addresses: tuple[str, ...], requests: int) -> Config:
    """What every cluster has.

    Addresses may be names; they are looked up again and again, so a service
    may move.
    """
    return {
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "lb_policy": "LEAST_REQUEST",
        # With one endpoint, Envoy's default would send to a dead one.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "connect_timeout": duration(CONNECT_TIMEOUT_S),
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER_BYTES,
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": UPSTREAM_CONNECTIONS,
                    "max_pending_requests": requests,
                    "max_requests": requests,
                    "max_retries": 0,
                }
            ]
        },
        "upstream_connection_options": {"tcp_keepalive": {}},
        "load_assignment": _endpoints(name, addresses),
    }


def _grpc_service(name: str, upstream: UpstreamSettings, settings: EdgeSettings) -> Config:
    http2 = {
        "initial_stream_window_size": STREAM_WINDOW_BYTES,
        "initial_connection_window_size": CONNECTION_WINDOW_BYTES,
        # Not more often than servicekit's server tolerates. After a quiet time
        # one more goes out beside the first request.
        "connection_keepalive": {
            "interval": duration(UPSTREAM_KEEPALIVE_S),
            "connection_idle_interval": duration(UPSTREAM_KEEPALIVE_S),
            "timeout": duration(KEEPALIVE_TIMEOUT_S),
        },
    }
    health_check = {
        "timeout": duration(HEALTH_TIMEOUT_S),
        "interval": duration(HEALTH_INTERVAL_S),
        "no_traffic_interval": duration(HEALTH_INTERVAL_S),
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "grpc_health_check": {"authority": f"{name}.gerbang.internal"},
    }
    return _service(name, upstream.targets, settings.limits.upstream_requests) | {
        "transport_socket": _mutual_tls(name, upstream, settings.identity, "h2"),
        "health_checks": [health_check],
        "typed_extension_protocol_options": {
            _HTTP_OPTIONS: typed(
                _HTTP_OPTIONS.removeprefix("envoy."),
                explicit_http_config={"http2_protocol_options": http2},
            )
        },
    }


def _dashboard(settings: EdgeSettings) -> Config:
    """The pages of audit: HTTP/1.1, the same certificate as its gRPC port."""
    upstream = settings.upstreams.dashboard
    return _service(DASHBOARD_CLUSTER, upstream.targets, settings.limits.upstream_requests) | {
        "transport_socket": _mutual_tls("audit", upstream, settings.identity, "http/1.1"),
        "typed_extension_protocol_options": {
            _HTTP_OPTIONS: typed(
                _HTTP_OPTIONS.removeprefix("envoy."),
                common_http_protocol_options={"idle_timeout": duration(DASHBOARD_IDLE_S)},
                explicit_http_config={"http_protocol_options": {}},
            )
        },
    }


def _jwks(settings: EdgeSettings) -> Config:
    """This Envoy's own loopback listener, where the token filter finds keys."""
    return {
        "name": JWKS_CLUSTER,
        "type": "STATIC",
        "connect_timeout": duration(CONNECT_TIMEOUT_S),
        "load_assignment": _endpoints(JWKS_CLUSTER, (f"127.0.0.1:{settings.jwks_port}",)),
    }


def clusters(settings: EdgeSettings) -> list[Config]:
    upstreams = settings.upstreams
    return [
        _grpc_service("auth", upstreams.auth, settings),
        _grpc_service("bank-adapter", upstreams.bank_adapter, settings),
        _grpc_service("audit", upstreams.audit, settings),
        _dashboard(settings),
        _jwks(settings),
    ]
