"""A bank's own vectors of symmetric signatures, in the shape of vectors/snap.json."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def check_symmetric(vectors: Mapping[str, Mapping[str, str] | str]) -> None:
    """There is at least one, and each one's body, string and signature agree.

    Each has `key`, `body_as_hashed`, `string_to_sign` and `signature` (base64 of
    HMAC-SHA512). Names that begin with `_` are remarks.
    """
    given = {name: one for name, one in vectors.items() if not name.startswith("_")}
    assert given, "the bank's vectors are missing: ask it for a signature with a known answer"
    for name, one in given.items():
        assert isinstance(one, Mapping), name
        digest = hashlib.sha256(one["body_as_hashed"].encode()).hexdigest()
        assert f":{digest}:" in one["string_to_sign"], name
        made = hmac.digest(one["key"].encode(), one["string_to_sign"].encode(), "sha512")
        assert base64.b64encode(made).decode() == one["signature"], name
