"""What stands before every page: who is logged in, where a POST comes from, headers.

The edge has checked the operator's cookie and forwards its claims; only the
edge can connect (edge_protocol.py), so they are believed. Pages carry no
inline script or style and the policy allows none. Nothing here sets a cookie,
and what the admin library would set is dropped.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE: Final = "/dashboard"
LOGIN: Final = "/login"
STATIC: Final = f"{BASE}/static/"

# Tabler's style sheet holds its small pictures as data.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_PAGES_KEPT: Final = "no-store"
_STATIC_KEPT: Final = "private, max-age=3600"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who looks at the page, as the edge vouches for."""

    name: str
    roles: tuple[str, ...]


class DashboardGate:
    """ASGI middleware, outermost. Puts the Operator into the request's state."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        is_static = path.startswith(STATIC)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                del headers["set-cookie"]
                headers.update(_HEADERS)
                headers["cache-control"] = _STATIC_KEPT if is_static else _PAGES_KEPT
            await send(message)

        refusal = self._refusal(scope, path, is_static=is_static)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, path: str, *, is_static: bool) -> Response | None:
        if path != BASE and not path.startswith(f"{BASE}/"):
            return PlainTextResponse("Not found", status_code=404)
        headers = Headers(scope=scope)
        if scope["method"] not in {"GET", "HEAD"} and not self._is_own_origin(headers):
            return PlainTextResponse("Refused: the request comes from elsewhere", status_code=403)
        if is_static:
            return None
        operator = read_operator(headers)
        if operator is None:
            return RedirectResponse(LOGIN, status_code=303)
        scope.setdefault("state", {})["operator"] = operator
        return None

    def _is_own_origin(self, headers: Headers) -> bool:
        given = headers.getlist("origin")
        return len(given) == 1 and given[0] in self._origins


def read_operator(headers: Headers) -> Operator | None:
    """The operator in the forwarded claims; None when nobody is logged in."""
    names = headers.getlist("x-gerbang-claim-operator")
    roles = headers.getlist("x-gerbang-claim-roles")
    if len(names) != 1 or not names[0] or len(roles) > 1:
        return None
    try:
        return Operator(name=names[0], roles=_read_roles(roles[0]) if roles else ())
    except ValueError:
        # A claim that cannot be read is no claim.
        return None


def _read_roles(encoded: str) -> tuple[str, ...]:
    """Base64 of a JSON array of text. Raises ValueError."""
    standard = encoded.replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    roles = json.loads(decoded)
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise ValueError("not an array of text")
    return tuple(roles)
