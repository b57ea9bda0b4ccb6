"""The login page: one template, one style sheet inside it, no script.

The Content-Security-Policy admits exactly that style sheet, by its hash, and a
form that posts to our own origin; nothing is loaded from anywhere.
"""

import base64
import hashlib
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATE = "login.html"
_STYLE = "login.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What the page says above the form, in both languages."""

    english: str
    indonesian: str


# One text for a wrong name, password or code, a lock and a disabled operator:
# the page must not tell which.
NOT_SIGNED_IN = Problem(
    english=(
        "Name, password or code is not right. After several failures, wait some minutes "
        "before you try again."
    ),
    indonesian=(
        "Nama, kata sandi, atau kode tidak benar. Setelah beberapa kali gagal, tunggu "
        "beberapa menit sebelum mencoba lagi."
    ),
)
FOREIGN_FORM = Problem(
    english="The form was sent from another page. Please sign in on this one.",
    indonesian="Formulir dikirim dari halaman lain. Silakan masuk di halaman ini.",
)
UNREADABLE_FORM = Problem(
    english="The form could not be read. Please fill it in again.",
    indonesian="Formulir tidak dapat dibaca. Silakan isi kembali.",
)
NOT_READY = Problem(
    english="The service is busy. Please try again in a moment.",
    indonesian="Layanan sedang sibuk. Silakan coba sebentar lagi.",
)


class LoginPage:
    """Renders the page and knows the headers it must travel with."""

    def __init__(self) -> None:
        environment = Environment(
            loader=PackageLoader("auth", "entrypoints/pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        source, _, _ = environment.loader.get_source(environment, _STYLE)  # type: ignore[union-attr]
        # Our own file, not anybody's input: it must reach the page unescaped,
        # byte for byte as it was hashed.
        self._style = Markup(source)  # noqa: S704 - see above
        self._template = environment.get_template(_TEMPLATE)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        self.headers = (
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            # Not no-referrer: with it a browser posts the form with Origin null.
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        )

    def render(self, *, problem: Problem | None = None, name: str = "") -> bytes:
        """The page as UTF-8; `name` fills the first field again after a failure."""
        return self._template.render(style=self._style, problem=problem, name=name).encode()
