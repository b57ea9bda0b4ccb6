"""The HTTP filters of the public listener that are not about identity.

Their order is in `listener.py`; who may come in is in `access.py` and
`tokens.py`. A local reply passes back through all of them, so the first one
has the last word on every response.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib import resources

from google.protobuf import descriptor_pb2

from edge.bindings import Binding
from edge.envoy_types import Config, extension, typed
from edge.errors import NOT_HERE
from edge.limits import RATE_BUCKETS
from edge.settings import EdgeSettings, RateSettings
from edge.tokens import API_METADATA, JWT_FILTER

RATE_FILTER = "gerbang.rate"
CLIENT_RATE_FILTER = "gerbang.client_rate"
BODY_FILTER = "envoy.filters.http.buffer"
TRANSCODER_FILTER = "envoy.filters.http.grpc_json_transcoder"

_RATE = "extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
_TRANSCODER = "extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"
_ALWAYS: Config = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}

# Headers by which other servers name a caller, a path or a method, and the
# ones only we may set. `-bin` is gRPC's binary metadata, which no REST client
# has a use for and which a server rejects when it is not base64.
_FORGED: tuple[Config, ...] = (
    {"prefix": "x-gerbang-"},
    {"prefix": "x-envoy-"},
    {"prefix": "x-forwarded-"},
    {"prefix": "x-http-method"},
    {"prefix": "grpc-"},
    {"suffix": "-bin"},
    {"exact": "forwarded"},
    {"exact": "x-real-ip"},
    {"exact": "x-original-url"},
    {"exact": "x-rewrite-url"},
    {"exact": "x-method-override"},
    # The trace id is ours, so that nobody can put his calls into the trace
    # of another; the answer carries it.
    {"exact": "x-request-id"},
)

_RESPONSE_HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}


def forged_headers_removed() -> Config:
    """Runs before routing, tracing and every filter."""
    return extension(
        "envoy.http.early_header_mutation.header_mutation",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=[{"remove_on_match": {"key_matcher": matcher}} for matcher in _FORGED],
    )


def response_headers() -> Config:
    """What every answer carries, and what none does."""
    add = [
        {
            "append": {
                "header": {"key": key, "value": value},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        }
        for key, value in _RESPONSE_HEADERS.items()
    ]
    # An answer about money is for its caller, not for a cache in between. A
    # service that knows better (JWKS, the dashboard's files) says so itself.
    add.append(
        {
            "append": {
                "header": {"key": "cache-control", "value": "no-store"},
                "append_action": "ADD_IF_ABSENT",
            }
        }
    )
    matchers = ({"prefix": "x-gerbang-"}, {"prefix": "x-envoy-"}, {"prefix": "grpc-"})
    remove = [{"remove_on_match": {"key_matcher": matcher}} for matcher in matchers]
    return extension(
        "envoy.filters.http.header_mutation",
        "extensions.filters.http.header_mutation.v3.HeaderMutation",
        mutations={"response_mutations": [{"remove": "server"}, *remove, *add]},
    )


def _bucket(rate: RateSettings) -> Config:
    return {"max_tokens": rate.burst, "tokens_per_fill": rate.per_s, "fill_interval": "1s"}


def _rate(rate: RateSettings, name: str) -> Config:
    return {
        "stat_prefix": name,
        "token_bucket": _bucket(rate),
        "filter_enabled": _ALWAYS,
        "filter_enforced": _ALWAYS,
    }


def rate(settings: EdgeSettings) -> Config:
    """One bucket for everything, before any signature is verified."""
    return extension(RATE_FILTER, _RATE, **_rate(settings.rates.total, "total"))


def rate_for_route(rate: RateSettings, name: str) -> Config:
    """A bucket of a route's own, in place of the common one."""
    return typed(_RATE, **_rate(rate, name))


def client_rate(settings: EdgeSettings) -> Config:
    """A bucket for each client id, so that one ERP cannot starve another."""
    subject = {
        "metadata": {
            "descriptor_key": "client",
            "metadata_key": {
                "key": JWT_FILTER,
                "path": [{"key": API_METADATA}, {"key": "sub"}],
            },
            "source": "DYNAMIC",
            "skip_if_absent": True,
        }
    }
    return extension(
        CLIENT_RATE_FILTER,
        _RATE,
        # The common bucket was asked already; this one is never empty.
        **(_rate(settings.rates.total, "client") | {"always_consume_default_token_bucket": False}),
        rate_limits=[{"actions": [subject]}],
        # A descriptor without a value stands for each value that turns up.
        descriptors=[
            {
                "entries": [{"key": "client"}],
                "token_bucket": _bucket(settings.rates.client),
            }
        ],
        max_dynamic_descriptors=RATE_BUCKETS,
    )


def body_limit(settings: EdgeSettings) -> Config:
    """Reads the whole body first; a longer one is 413.

    Stands after the token is verified, so that strangers cannot make us hold
    their bytes.
    """
    return extension(
        BODY_FILTER,
        "extensions.filters.http.buffer.v3.Buffer",
        max_request_bytes=settings.limits.body_bytes,
    )


def http_status() -> Config:
    """The service's own HTTP status, where gRPC's codes have no word for it.

    Stands before the transcoder, so that it sees the response after it.
    """
    code = resources.files("edge").joinpath("http_status.lua").read_text(encoding="utf-8")
    code = code.replace("NOT_HERE", NOT_HERE.body())
    return extension(
        "envoy.filters.http.lua",
        "extensions.filters.http.lua.v3.Lua",
        default_source_code={"inline_string": code},
    )


def transcoder(
    bindings: Sequence[Binding],
    descriptors: descriptor_pb2.FileDescriptorSet,
    settings: EdgeSettings,
) -> Config:
    """REST to gRPC, for the services that have a REST path."""
    return extension(
        TRANSCODER_FILTER,
        _TRANSCODER,
        # Inside the file, so that configuration and contract cannot part.
        proto_descriptor_bin=base64.b64encode(descriptors.SerializeToString()).decode("ascii"),
        services=sorted({binding.service for binding in bindings}),
        # Forms write a blank as a plus; a plus itself is %2B.
        query_param_unescape_plus=True,
        # Routes and their filters stand on REST paths; see routes.py.
        match_incoming_request_route=True,
        # Needs google.rpc's types in the descriptors, or bodies are empty.
        convert_grpc_status=True,
        print_options={
            # An ERP's table columns want every field in every answer.
            "always_print_primitive_fields": True,
            "always_print_enums_as_ints": False,
            "preserve_proto_field_names": False,
        },
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
        max_request_body_size=settings.limits.body_bytes,
        max_response_body_size=settings.limits.response_bytes,
    )


def answered_here() -> Config:
    """Per-route configuration of a route that answers by itself.

    It waits for no body (a gRPC stream would never end), and the transcoder,
    which comes earlier, must not give an answer of its own.
    """
    return not_transcoded() | {
        BODY_FILTER: typed("extensions.filters.http.buffer.v3.BufferPerRoute", disabled=True)
    }


def not_transcoded() -> Config:
    """Per-route configuration of a route that is plain HTTP behind, too."""
    return {TRANSCODER_FILTER: typed("config.route.v3.FilterConfig", disabled=True)}
