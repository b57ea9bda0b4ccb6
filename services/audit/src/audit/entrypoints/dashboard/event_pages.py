"""The list of events with its search, and one event."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from audit import limits
from audit.application import page_token
from audit.application.find_events import Viewer, place_of
from audit.application.page_token import InvalidPageTokenError
from audit.application.ports import EventFilter, Position
from audit.entrypoints.dashboard.display import KIND_WORDS
from audit.entrypoints.dashboard.filters import SEARCHABLE, EventForm, query_name, read_form
from audit.entrypoints.dashboard.pages import Page

_EVERYTHING: Final = Viewer(client_id=None)


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
            kinds=KIND_WORDS,
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
                if found and attribute == "transfer_id":
                    return RedirectResponse(f"transfers/{word}", status_code=303)
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
            kinds=KIND_WORDS,
            nothing="No event carries exactly these characters in any searchable field.",
        )


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
