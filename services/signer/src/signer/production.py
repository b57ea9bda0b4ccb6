"""What `mode = "production"` refuses before anything is opened.

Published keys are refused where keys are: at import and when the ring is made.
"""

from servicekit.config import Mode
from servicekit.stand_ins import DEVELOPMENT_CA, is_of_development_ca

from signer.config import SignerSettings


class ProductionError(Exception):
    """The configuration is sound but not fit for production."""


def refuse_stand_ins(settings: SignerSettings) -> None:
    """Raises ProductionError when the peers' authority is the development CA."""
    if settings.mode is not Mode.PRODUCTION:
        return
    if is_of_development_ca(settings.tls.ca_file):
        raise ProductionError(
            f"tls.ca_file: holds the {DEVELOPMENT_CA}, whose private key lies unprotected"
            " on a developer's machine; use an authority of your own"
        )
