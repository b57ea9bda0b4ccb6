"""Channels to our own services: mutual TLS, bounded, without retries.

gRPC's own retries are off: whether a call may be repeated is for the caller to
know, never for the transport.
"""

import grpc
import grpc.aio

from servicekit import limits
from servicekit.config import TLSSettings

TRACE_KEY = "x-request-id"


def open_channel(target: str, tls: TLSSettings, server_name: str) -> grpc.aio.Channel:
    """A channel that presents our certificate and demands `server_name` (DNS SAN).

    Needs a running event loop. Connects when first used; close it when done.
    """
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.ca_file.read_bytes(),
        private_key=tls.private_key_file.read_bytes(),
        certificate_chain=tls.certificate_file.read_bytes(),
    )
    options = (
        # Python checks DNS names, not URIs; the server in turn checks our URI.
        ("grpc.ssl_target_name_override", server_name),
        ("grpc.enable_retries", 0),
        ("grpc.enable_http_proxy", 0),
        ("grpc.max_receive_message_length", limits.MAX_SEND_BYTES),
        ("grpc.max_send_message_length", limits.MAX_RECEIVE_BYTES),
        ("grpc.max_metadata_size", limits.MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", limits.KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", limits.KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", limits.RECONNECT_FIRST_MS),
        ("grpc.max_reconnect_backoff_ms", limits.RECONNECT_MAX_MS),
        # A socket of its own: channels to one target must not share a fate.
        ("grpc.use_local_subchannel_pool", 1),
    )
    return grpc.aio.secure_channel(target, credentials, options=options)


def call_metadata(trace_id: str) -> tuple[tuple[str, str], ...]:
    """Metadata that carries the trace id to the next service."""
    return ((TRACE_KEY, trace_id),)
