"""The whole of Envoy's configuration: listeners, clusters, limits, admin."""

from __future__ import annotations

from edge import surface
from edge.bindings import read_bindings, read_descriptors
from edge.clusters import clusters
from edge.envoy_types import Config, extension, socket_address
from edge.limits import REGEX_PROGRAM_SIZE
from edge.listener import jwks_listener, public_listener
from edge.settings import EdgeSettings

# What monitoring reads. The rest of the admin interface changes things (it
# can stop Envoy) or shows configuration, and is closed even on loopback.
_ADMIN_PATHS = ("/ready", "/stats", "/clusters", "/certs", "/server_info")

_LOG_LINE = {"time": "%Y-%m-%dT%H:%M:%S.%fZ", "level": "%l", "logger": "%n", "event": "%j"}


def _overload(settings: EdgeSettings) -> Config:
    """What gives way first when there is too much: the new, not the old."""
    limits = settings.limits
    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            extension(
                "envoy.resource_monitors.fixed_heap",
                "extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                max_heap_size_bytes=limits.heap_mib * 1024 * 1024,
            ),
            extension(
                "envoy.resource_monitors.global_downstream_max_connections",
                "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=limits.connections,
            ),
        ],
        "actions": [
            {
                "name": f"envoy.overload_actions.{action}",
                "triggers": [
                    {"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": share}}
                ],
            }
            for action, share in (
                ("shrink_heap", 0.85),
                ("disable_http_keepalive", 0.9),
                ("stop_accepting_requests", 0.95),
            )
        ],
    }


def bootstrap(settings: EdgeSettings) -> Config:
    """Raises SurfaceError when the contracts and surface.py do not agree."""
    descriptors = read_descriptors(settings.descriptor_file)
    bindings = read_bindings(descriptors)
    surface.check(bindings)
    return {
        "node": {"id": "edge", "cluster": "gerbang"},
        "static_resources": {
            "listeners": [
                public_listener(bindings, descriptors, settings),
                jwks_listener(bindings, descriptors, settings),
            ],
            "clusters": clusters(settings),
        },
        "application_log_config": {"log_format": {"json_format": _LOG_LINE}},
        # The regular expressions are all ours, none comes from outside.
        "layered_runtime": {
            "layers": [
                {
                    "name": "static",
                    "static_layer": {"re2.max_program_size.error_level": REGEX_PROGRAM_SIZE},
                }
            ]
        },
        "overload_manager": _overload(settings),
        "admin": {
            "address": socket_address("127.0.0.1", settings.admin_port),
            "ignore_global_conn_limit": True,
            "allow_paths": [{"prefix": path} for path in _ADMIN_PATHS],
        },
    }
