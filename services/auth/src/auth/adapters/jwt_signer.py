"""JWTs by PyJWT, RS256. It signs what the use case decided and adds the kid."""

from collections import OrderedDict
from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from auth.application.ports import Sealer
from auth.application.rotate_signing_key import signing_key_purpose
from auth.domain.signing_key import SigningKey

_OPEN_KEYS = 2


class JWTSigner:
    """Opens a private key when it first signs and keeps the last two open."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._open: OrderedDict[str, RSAPrivateKey] = OrderedDict()

    def sign(self, claims: Mapping[str, object], key: SigningKey) -> str:
        return jwt.encode(
            dict(claims), self._private_key(key), algorithm="RS256", headers={"kid": key.kid}
        )

    def _private_key(self, key: SigningKey) -> RSAPrivateKey:
        private_key = self._open.get(key.kid)
        if private_key is None:
            der = self._sealer.open(key.sealed_private_key, purpose=signing_key_purpose(key.kid))
            # The seal has proved that these are the bytes we made; checking the
            # primes again would stop the event loop for a tenth of a second.
            loaded = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
            if not isinstance(loaded, RSAPrivateKey):
                raise TypeError("a signing key is not an RSA key")
            private_key = self._open[key.kid] = loaded
            if len(self._open) > _OPEN_KEYS:
                self._open.popitem(last=False)
        return private_key
