"""Puts the pages together: starlette-admin for the frame, the gate around it."""

import hashlib
from pathlib import Path
from typing import Any, Final

import jinja2
from servicekit.secret import Secret
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.base import BaseAdmin

from audit.entrypoints.dashboard import display
from audit.entrypoints.dashboard.event_pages import EventsPage
from audit.entrypoints.dashboard.gate import BASE, LOGIN, DashboardGate
from audit.entrypoints.dashboard.pages import ChainPage, OverviewPage, PageSources
from audit.entrypoints.dashboard.transfer_pages import TransfersPage

_FOLDER: Final = Path(__file__).parent


class _OperatorProvider(BaseAuthProvider):
    """Tells the admin library who the gate let in."""

    async def authenticate(self, request: Request) -> AdminUser | None:
        operator = getattr(request.state, "operator", None)
        return None if operator is None else AdminUser(username=operator.name)


class _Admin(BaseAdmin):
    """starlette-admin with links that name no host.

    Its own links repeat the Host header of the request, which a client chooses.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.templates.env.globals.update(
            url_for=_path_for,
            static_url=_static_path,
            page_url=_page_path,
            style_version=_style_version(),
            **_display_functions(),
        )


def build_dashboard(
    sources: PageSources, *, origins: tuple[str, ...], secret_key: Secret[bytes]
) -> ASGIApp:
    """The ASGI application of the whole port."""
    chain_page = ChainPage(sources)
    admin = _Admin(
        title="Gerbang",
        base_url=BASE,
        route_name="dashboard",
        # Never the working directory, which is the library's default.
        templates_dir=str(_FOLDER / "templates"),
        static_dir=str(_FOLDER / "static"),
        index_view=OverviewPage(sources),
        auth_provider=_OperatorProvider(login_path=LOGIN),
        secret_key=secret_key.reveal().hex(),
        timezone_config=None,
    )
    admin.add_view(TransfersPage(sources))
    admin.add_view(EventsPage(sources))
    admin.add_view(chain_page)
    application = Starlette(
        routes=[Route(f"{BASE}/chain/verify", chain_page.verify, methods=["POST"])],
        middleware=[Middleware(DashboardGate, origins=origins)],
    )
    admin.mount_to(application)
    return application


def _display_functions() -> dict[str, Any]:
    return {
        "instant": display.instant,
        "instant_short": display.instant_short,
        "duration": display.duration,
        "money": display.money,
        "state_class": display.state_class,
        "state_name": display.state_name,
        "json_pieces": display.json_pieces,
        "kind_words": display.kind_words,
    }


def _style_version() -> str:
    """Changes with the style sheet, so that a browser does not show new pages in old clothes."""
    style = (_FOLDER / "static" / "gerbang" / "dashboard.css").read_bytes()
    return hashlib.sha256(style).hexdigest()[:8]


@jinja2.pass_context
def _path_for(context: jinja2.runtime.Context, name: str, /, **path_params: Any) -> str:
    request: Request = context["request"]
    return request.url_for(name, **path_params).path


def _static_path(request: Request, path: str, v: Any = None) -> str:
    url = URL(request.url_for("dashboard:static", path=path).path)
    return str(url if v is None else url.include_query_params(v=v))


def _page_path(path: str = "/") -> str:
    """A page's address below the dashboard."""
    return BASE + path
