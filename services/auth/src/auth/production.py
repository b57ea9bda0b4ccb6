"""What auth refuses in production: everything that only development may have."""

from pathlib import Path
from urllib.parse import urlsplit

from servicekit.config import Mode
from servicekit.stand_ins import is_loopback, is_of_development_ca

from auth.config import AuthSettings
from auth.domain.client import Client
from auth.domain.names import DEMO_CLIENT_ID


class ProductionError(Exception):
    """The process must not start in production as it is configured."""


def refuse_development_files(settings: AuthSettings) -> None:
    """Raises ProductionError for the development CA or an origin no browser should use."""
    if settings.mode is not Mode.PRODUCTION:
        return
    for path in (settings.tls.ca_file, settings.tls.certificate_file):
        if _is_of_development(path):
            raise ProductionError(
                f"{path}: belongs to the development CA; production needs an authority of its own"
            )
    origin = urlsplit(settings.login.public_origin)
    if origin.scheme != "https" or is_loopback(origin.hostname or ""):
        raise ProductionError(
            f"login.public_origin: {settings.login.public_origin} is not the https address "
            "that browsers reach in production"
        )


def refuse_demo_client(mode: Mode, client: Client | None) -> None:
    """Raises ProductionError for a demo client that could get a token."""
    if mode is Mode.PRODUCTION and client is not None and client.active:
        raise ProductionError(
            f"the demo client {DEMO_CLIENT_ID} is active; run: "
            f"python -m auth clients disable {DEMO_CLIENT_ID} --config FILE"
        )


def refuse_demo_client_id(mode: Mode, client_id: str) -> None:
    """Raises ProductionError when the demo client is to be made or enabled."""
    if mode is Mode.PRODUCTION and client_id == DEMO_CLIENT_ID:
        raise ProductionError(f"{DEMO_CLIENT_ID} is the demo client; production refuses it")


def _is_of_development(path: Path) -> bool:
    try:
        return is_of_development_ca(path)
    except OSError as error:
        raise ProductionError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise ProductionError(f"{path}: holds no PEM certificate") from None
