"""What `mode = "production"` refuses before anything is opened.

Published keys are refused where keys are: at import and when the ring is made.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID
from servicekit.config import Mode

from signer.config import SignerSettings

_DEVELOPMENT_CA = "Gerbang development CA"


class ProductionError(Exception):
    """The configuration is sound but not fit for production."""


def refuse_stand_ins(settings: SignerSettings) -> None:
    """Raises ProductionError when the peers' authority is the development CA."""
    if settings.mode is not Mode.PRODUCTION:
        return
    for certificate in x509.load_pem_x509_certificates(settings.tls.ca_file.read_bytes()):
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if any(name.value == _DEVELOPMENT_CA for name in names):
            raise ProductionError(
                f"tls.ca_file: holds the {_DEVELOPMENT_CA}, whose private key lies unprotected"
                " on a developer's machine; use an authority of your own"
            )
