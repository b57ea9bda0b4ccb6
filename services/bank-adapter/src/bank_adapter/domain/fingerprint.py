"""Tells a repeated request from another payment under the same key."""

from __future__ import annotations

import hashlib


def fingerprint(fields: dict[str, str]) -> bytes:
    """SHA-256 over the business fields, each with its length, sorted by name.

    Lengths keep neighbouring values apart: ("ab", "c") is not ("a", "bc").
    """
    parts = [b"gerbang.transfer.v1"]
    for name in sorted(fields):
        for part in (name.encode(), fields[name].encode()):
            parts += (len(part).to_bytes(4, "big"), part)
    return hashlib.sha256(b"".join(parts)).digest()
