"""The few shapes that Envoy's configuration repeats everywhere.

Envoy reads the JSON form of its own protobuf messages. These functions only
spare the writing of type URLs and durations; they know nothing of Gerbang.
"""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]


def typed(message: str, **fields: Any) -> Config:
    """An `Any`: the message's full name without `envoy.`, and its fields."""
    return {"@type": f"type.googleapis.com/envoy.{message}", **fields}


def extension(name: str, message: str, **fields: Any) -> Config:
    """A named extension with its typed configuration."""
    return {"name": name, "typed_config": typed(message, **fields)}


def duration(seconds: float) -> str:
    """A `google.protobuf.Duration` in JSON, to the millisecond."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def socket_address(host: str, port: int) -> Config:
    return {"socket_address": {"address": host, "port_value": port}}
