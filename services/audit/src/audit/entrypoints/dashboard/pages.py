"""What the dashboard's pages share, and the two without a search: overview and chain."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from audit.application.find_events import FindEvents
from audit.application.overview import Span, SumUp
from audit.application.ports import ChainStore, EventSearch, TransferFigures
from audit.entrypoints.dashboard import charts
from audit.entrypoints.dashboard.verification import RunningVerification

_VERIFY_PATIENCE_S: Final = 2.0
_SPANS: Final = {"30d": Span.MONTH, "24h": Span.DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSources:
    """What the pages read from."""

    sum_up: SumUp
    find_events: FindEvents
    search: EventSearch
    figures: TransferFigures
    chain: ChainStore
    verification: RunningVerification


class Page(CustomView):
    """A page that fills a template of this package."""

    def __init__(self, sources: PageSources) -> None:
        super().__init__()
        self.sources = sources

    def render(self, request: Request, name: str, **context: Any) -> Response:
        if self.templates is None:
            raise RuntimeError("the page belongs to no application yet")
        return self.templates.TemplateResponse(
            request=request,
            name=f"pages/{name}",
            context={"title": self.title(request), **context},
        )


class OverviewPage(Page):
    """How transfers stand."""

    menu_label = "Overview"
    icon = "fa-solid fa-chart-column"
    path = "/"
    route_name = "index"

    @route("")
    async def index(self, request: Request) -> Response:
        name = request.query_params.get("span", "24h")
        span = _SPANS.get(name, Span.DAY)
        overview = await self.sources.sum_up.run(span)
        return self.render(
            request,
            "overview.html",
            overview=overview,
            is_month=span is Span.MONTH,
            time_chart=charts.time_chart(overview.over_time, span),
            states=charts.state_shares(overview.by_state),
            last_check=await self.sources.chain.last_check(),
        )


class ChainPage(Page):
    """Whether the log is what was acknowledged."""

    menu_label = "Chain"
    icon = "fa-solid fa-link"
    path = "/chain"

    @route("", name="chain")
    async def index(self, request: Request) -> Response:
        return self.render(
            request,
            "chain.html",
            head=await self.sources.chain.head(),
            last_check=await self.sources.chain.last_check(),
            is_running=self.sources.verification.is_running,
        )

    async def verify(self, request: Request) -> Response:
        """The one POST. Routed beside the admin library (application.py)."""
        await self.sources.verification.start(
            operator=request.state.operator.name, patience_s=_VERIFY_PATIENCE_S
        )
        return RedirectResponse("../chain", status_code=303)
