"""Keys and tokens as auth would make them, and as nobody should."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class SigningKey:
    """An RSA key with its key id."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def jwk(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"kty": "RSA", "n": key["n"], "e": key["e"]} | {
            "kid": self.kid,
            "alg": "RS256",
            "use": "sig",
        }

    def sign(self, claims: dict[str, Any], *, algorithm: str = "RS256", **header: Any) -> str:
        return jwt.encode(
            claims, self.private, algorithm=algorithm, headers={"kid": self.kid} | header
        )


def api_claims(**changes: Any) -> dict[str, Any]:
    """What auth puts in an ERP's token; a change to None leaves the claim out."""
    now = int(time.time())
    claims = {
        "iss": "gerbang",
        "aud": "gerbang-api",
        "sub": "erp-1",
        "scp": ["transfers.write", "transfers.read", "accounts.read", "audit.read"],
        "accounts": ["bca:1234567890"],
        "iat": now,
        "exp": now + 300,
        "jti": "01J00000000000000000000000",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def operator_claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": "gerbang",
        "aud": "gerbang-dashboard",
        "sub": "siti",
        "roles": ["viewer"],
        "iat": now,
        "exp": now + 900,
    } | changes
    return {name: value for name, value in claims.items() if value is not None}
