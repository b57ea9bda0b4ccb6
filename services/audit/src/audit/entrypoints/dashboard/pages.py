"""The dashboard's pages. Each reads through a use case and fills a template."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from audit import limits
from audit.application import page_token
from audit.application.find_events import FindEvents, Viewer, place_of
from audit.application.overview import Span, SumUp
from audit.application.page_token import InvalidPageTokenError
from audit.application.ports import (
    ChainStore,
    EventFilter,
    EventSearch,
    Position,
    TransferFigures,
)
from audit.entrypoints.dashboard import charts
from audit.entrypoints.dashboard.filters import SEARCHABLE, EventForm, query_name, read_form
from audit.entrypoints.dashboard.verification import RunningVerification

_EVERYTHING: Final = Viewer(client_id=None)
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


class EventsPage(Page):
    """The list of events with its search, and one event."""

    menu_label = "Events"
    icon = "fa-solid fa-list"
    path = "/events"

    def is_active(self, request: Request) -> bool:
        return bool(request.scope["path"].startswith(request.scope["root_path"] + self.path))

    @route("", name="events")
    async def index(self, request: Request) -> Response:
        word = request.query_params.get("q", "").strip()
        if word:
            return await self._look_up(request, word)
        form = read_form(request.query_params)
        after = _position(request.query_params.get("page", ""), form)
        found = await self.sources.search.find(
            form.criteria,
            after=after,
            limit=limits.DASHBOARD_PAGE_ROWS + 1,
            newest_first=True,
        )
        rows = found[: limits.DASHBOARD_PAGE_ROWS]
        older = ""
        if len(found) > len(rows):
            older = form.query(page=page_token.encode(place_of(rows[-1]), form.criteria))
        return self.render(
            request,
            "events.html",
            form=form,
            rows=rows,
            older=older,
            newest=form.query() if after else "",
            word="",
            nothing="" if rows else _nothing(form),
        )

    @route("/{event_id}", name="event")
    async def one(self, request: Request) -> Response:
        event_id = request.path_params["event_id"]
        stored = await self.sources.find_events.get(event_id, viewer=_EVERYTHING)
        if stored is None:
            raise HTTPException(404, "No event has this id.")
        return self.render(request, "event.html", stored=stored, title=stored.event.kind)

    async def _look_up(self, request: Request, word: str) -> Response:
        """Find out what the word names, and show the events that carry it."""
        if len(word.encode()) <= limits.MAX_FILTER_BYTES:
            for attribute in SEARCHABLE:
                criteria = EventFilter(**{attribute: word})  # type: ignore[arg-type] # names of texts
                found = await self.sources.search.find(criteria, after=None, limit=1)
                if found and attribute == "event_id":
                    return RedirectResponse(f"events/{found[0].event.event_id}", status_code=303)
                if found:
                    name = query_name(attribute)
                    form = read_form({name: word})
                    return RedirectResponse(f"events?{form.query()}", status_code=303)
        return self.render(
            request,
            "events.html",
            form=EventForm(texts=read_form({}).texts, times=read_form({}).times),
            rows=[],
            older="",
            newest="",
            word=word,
            nothing="No event carries exactly these characters in any searchable field.",
        )


class TransferPage(Page):
    """All events of one transfer in order."""

    menu_label = "Transfer"
    path = "/transfers"
    add_to_menu = False

    @route("/{transfer_id}", name="transfer")
    async def one(self, request: Request) -> Response:
        transfer_id = request.path_params["transfer_id"]
        if len(transfer_id.encode()) > limits.MAX_IDENTIFIER_BYTES:
            raise HTTPException(404, "No transfer has this id.")
        found = await self.sources.search.find(
            EventFilter(transfer_id=transfer_id),
            after=None,
            limit=limits.DASHBOARD_TIMELINE_ROWS + 1,
        )
        line = await self.sources.figures.line(transfer_id)
        if not found:
            raise HTTPException(404, "No event is recorded for this transfer.")
        return self.render(
            request,
            "transfer.html",
            transfer_id=transfer_id,
            line=line,
            rows=found[: limits.DASHBOARD_TIMELINE_ROWS],
            is_cut=len(found) > limits.DASHBOARD_TIMELINE_ROWS,
            title="Transfer",
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


def _position(token: str, form: EventForm) -> Position | None:
    if not token:
        return None
    try:
        return page_token.decode(token, form.criteria)
    except InvalidPageTokenError:
        form.problems.append("The link to this page is out of date, so the list starts anew.")
        return None


def _nothing(form: EventForm) -> str:
    if form.is_empty:
        return "No event has been recorded yet."
    return "No event matches all of these."
