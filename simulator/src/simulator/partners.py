"""The partners a bank serves, with their keys parsed once."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from simulator.config import Partner
from simulator.strict import ShapeError


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPartner:
    """A configured partner, ready for use at every call."""

    setting: Partner
    client_id: str
    partner_id: str
    channel_id: str
    secret: bytes
    api_secret: bytes
    public_key: RSAPublicKey | None
    # A second key and secret while the partner changes them; both are good.
    next_public_key: RSAPublicKey | None = None
    next_secret: bytes | None = None

    @property
    def public_keys(self) -> tuple[RSAPublicKey, ...]:
        return tuple(key for key in (self.public_key, self.next_public_key) if key is not None)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        return (self.secret,) if self.next_secret is None else (self.secret, self.next_secret)


def know(partners: Iterable[Partner]) -> dict[str, KnownPartner]:
    """Partners by client id. Raises ShapeError for a key that cannot be used."""
    return {partner.client_id: _know(partner) for partner in partners}


def read_public_key(pem: bytes) -> RSAPublicKey:
    """Raises ValueError."""
    loaded = load_pem_public_key(pem)
    if not isinstance(loaded, RSAPublicKey):
        raise ValueError("is no RSA key")  # noqa: TRY004  one error for every bad key
    return loaded


def _know(partner: Partner) -> KnownPartner:
    key: RSAPublicKey | None = None
    if partner.public_key_file is not None:
        try:
            key = read_public_key(partner.public_key_file.read_bytes())
        except (OSError, ValueError) as error:
            raise ShapeError(
                f"partners: public_key_file of {partner.client_id}: {error}"
            ) from error
    return KnownPartner(
        setting=partner,
        client_id=partner.client_id,
        partner_id=partner.partner_id,
        channel_id=partner.channel_id,
        secret=partner.client_secret.encode(),
        api_secret=partner.api_secret.encode(),
        public_key=key,
    )
