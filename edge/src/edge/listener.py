"""The two listeners: the public one, and the loopback one that serves JWKS.

The order of the public filters is the order of refusals a caller can see;
docs/edge.md describes it line by line.
"""

from __future__ import annotations

from google.protobuf import descriptor_pb2

from edge import access, filters, tokens
from edge.access_log import access_log, audit_log
from edge.bindings import Binding
from edge.envoy_types import Config, duration, extension, socket_address, typed
from edge.limits import (
    CONNECTION_BUFFER_BYTES,
    CONNECTION_IDLE_S,
    CONNECTION_WINDOW_BYTES,
    DOWNSTREAM_KEEPALIVE_S,
    HANDSHAKE_TIMEOUT_S,
    KEEPALIVE_TIMEOUT_S,
    REQUEST_HEADERS_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    STREAM_WINDOW_BYTES,
)
from edge.local_replies import local_reply_config
from edge.routes import jwks_routes, public_routes
from edge.settings import EdgeSettings, PublicSettings
from edge.surface import JWKS_RPC

_CONNECTION_MANAGER = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = extension(
    "envoy.filters.http.router",
    "extensions.filters.http.router.v3.Router",
    suppress_envoy_headers=True,
)


def _http_filters(
    bindings: tuple[Binding, ...],
    descriptors: descriptor_pb2.FileDescriptorSet,
    settings: EdgeSettings,
) -> list[Config]:
    return [
        filters.response_headers(),
        access.door(settings.access),
        filters.rate(settings),
        tokens.verification(settings),
        filters.client_rate(settings),
        access.scope(),
        filters.body_limit(settings),
        filters.http_status(),
        filters.transcoder(bindings, descriptors, settings),
        _ROUTER,
    ]


def _strict_http(settings: EdgeSettings) -> Config:
    """Everything about how a request must be written to be read at all."""
    limits = settings.limits
    route_timeout_s = settings.times.route_timeout_s
    return {
        "codec_type": "AUTO",
        "server_header_transformation": "PASS_THROUGH",
        "use_remote_address": True,
        "early_header_mutation_extensions": [filters.forged_headers_removed()],
        "always_set_request_id_in_response": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "max_request_headers_kb": limits.header_kib,
        "request_headers_timeout": duration(REQUEST_HEADERS_TIMEOUT_S),
        "request_timeout": duration(REQUEST_TIMEOUT_S),
        # Longer than any route, so that the route's own answer comes first.
        "stream_idle_timeout": duration(route_timeout_s + REQUEST_TIMEOUT_S),
        "common_http_protocol_options": {
            "idle_timeout": duration(CONNECTION_IDLE_S),
            "max_headers_count": limits.header_count,
            # `x_gerbang_claim_sub` reaches some servers as `x-gerbang-...`.
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        "http2_protocol_options": {
            "max_concurrent_streams": limits.streams_per_connection,
            "initial_stream_window_size": STREAM_WINDOW_BYTES,
            "initial_connection_window_size": CONNECTION_WINDOW_BYTES,
            "connection_keepalive": {
                "interval": duration(DOWNSTREAM_KEEPALIVE_S),
                "timeout": duration(KEEPALIVE_TIMEOUT_S),
            },
        },
        "local_reply_config": local_reply_config(),
    }


def _downstream_tls(public: PublicSettings) -> Config:
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": typed(
            "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "tls_params": {
                    "tls_minimum_protocol_version": "TLSv1_2",
                    "tls_maximum_protocol_version": "TLSv1_3",
                },
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificates": [
                    {
                        "certificate_chain": {"filename": str(public.certificate_file)},
                        "private_key": {"filename": str(public.private_key_file)},
                    }
                ],
            },
        ),
    }


def public_listener(
    bindings: tuple[Binding, ...],
    descriptors: descriptor_pb2.FileDescriptorSet,
    settings: EdgeSettings,
) -> Config:
    manager = extension(
        "envoy.filters.network.http_connection_manager",
        _CONNECTION_MANAGER,
        stat_prefix="public",
        **_strict_http(settings),
        access_log=[access_log(settings.access_log_file), audit_log()],
        http_filters=_http_filters(bindings, descriptors, settings),
        route_config=public_routes(bindings, settings),
    )
    return {
        "name": "public",
        "address": socket_address(settings.public.host, settings.public.port),
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER_BYTES,
        # A second edge on the same port fails instead of sharing it, and few
        # long connections are still spread over the workers.
        "enable_reuse_port": False,
        "connection_balance_config": {"exact_balance": {}},
        "filter_chains": [
            {
                "transport_socket": _downstream_tls(settings.public),
                "transport_socket_connect_timeout": duration(HANDSHAKE_TIMEOUT_S),
                "filters": [manager],
            }
        ],
    }


def jwks_listener(
    bindings: tuple[Binding, ...],
    descriptors: descriptor_pb2.FileDescriptorSet,
    settings: EdgeSettings,
) -> Config:
    keys_only = [binding for binding in bindings if binding.rpc == JWKS_RPC]
    manager = extension(
        "envoy.filters.network.http_connection_manager",
        _CONNECTION_MANAGER,
        stat_prefix="jwks",
        http_filters=[
            filters.http_status(),
            filters.transcoder(keys_only, descriptors, settings),
            _ROUTER,
        ],
        route_config=jwks_routes(bindings, settings),
    )
    return {
        "name": "jwks",
        "address": socket_address("127.0.0.1", settings.jwks_port),
        "enable_reuse_port": False,
        # Many clients must not keep the edge from its keys.
        "ignore_global_conn_limit": True,
        "filter_chains": [{"filters": [manager]}],
    }
