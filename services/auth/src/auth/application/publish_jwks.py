"""The public keys as a JWK Set (RFC 7517), for whoever verifies our tokens."""

from dataclasses import dataclass

from auth.application.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishJWKS:
    keys: KeyRing

    async def __call__(self) -> dict[str, list[dict[str, str]]]:
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": key.kid,
                    "n": key.modulus,
                    "e": key.exponent,
                }
                for key in await self.keys.published()
            ]
        }
