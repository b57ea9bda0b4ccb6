"""The list of transfers by state and time, and the whole story of one."""

from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from audit import limits
from audit.application.ports import EventFilter, TransferFilter
from audit.domain.transfer_state import TransferState
from audit.entrypoints.dashboard.charts import STATE_ORDER
from audit.entrypoints.dashboard.filters import read_time
from audit.entrypoints.dashboard.pages import Page
from audit.entrypoints.dashboard.story import Story, attempts_of, tell

# (name in the query, label, field of TransferFilter)
_TEXTS: Final = (("client", "Client", "client_id"), ("bank", "Bank", "bank"))
_TIMES: Final = (
    ("from", "Created from (WIB)", "created_from_us"),
    ("to", "Created until (WIB)", "created_before_us"),
)


class TransfersPage(Page):
    """Transfers, newest first; each leads to its story."""

    menu_label = "Transfers"
    icon = "fa-solid fa-money-bill-transfer"
    path = "/transfers"

    def is_active(self, request: Request) -> bool:
        return bool(request.scope["path"].startswith(request.scope["root_path"] + self.path))

    @route("", name="transfers")
    async def index(self, request: Request) -> Response:
        given = {name: value.strip() for name, value in request.query_params.items()}
        criteria, problems = _read(given)
        found = await self.sources.figures.transfers(
            criteria,
            before=_place(given.get("before", "")),
            limit=limits.DASHBOARD_PAGE_ROWS + 1,
        )
        lines = found[: limits.DASHBOARD_PAGE_ROWS]
        asked = {name: value for name, value in given.items() if value and name != "before"}
        older = ""
        if len(found) > len(lines):
            last = lines[-1]
            older = urlencode({**asked, "before": f"{last.created_us}.{last.transfer_id}"})
        return self.render(
            request,
            "transfers.html",
            lines=lines,
            problems=problems,
            states=STATE_ORDER,
            texts=_TEXTS,
            times=_TIMES,
            asked=asked,
            older=older,
            newest=urlencode(asked) if given.get("before") else None,
        )

    @route("/{transfer_id}", name="transfer")
    async def one(self, request: Request) -> Response:
        transfer_id = request.path_params["transfer_id"]
        if len(transfer_id.encode()) > limits.MAX_IDENTIFIER_BYTES:
            raise HTTPException(404, "No transfer has this id.")
        story = await self._story(transfer_id)
        if not story.moments:
            raise HTTPException(404, "No event is recorded for this transfer.")
        return self.render(
            request,
            "transfer.html",
            transfer_id=transfer_id,
            line=await self.sources.figures.line(transfer_id),
            story=story,
            title="Transfer",
        )

    async def _story(self, transfer_id: str) -> Story:
        """Its events, and those of the signer about its attempts."""
        find = self.sources.search.find
        found = await find(
            EventFilter(transfer_id=transfer_id),
            after=None,
            limit=limits.DASHBOARD_TIMELINE_ROWS + 1,
        )
        rows = found[: limits.DASHBOARD_TIMELINE_ROWS]
        for attempt_id in attempts_of(rows)[: limits.DASHBOARD_STORY_ATTEMPTS]:
            signed = await find(
                EventFilter(attempt_id=attempt_id, kind="signer.signed"),
                after=None,
                limit=limits.DASHBOARD_STORY_SIGNATURES,
            )
            rows += signed
        return tell(rows, is_cut=len(found) > limits.DASHBOARD_TIMELINE_ROWS)


def _read(given: dict[str, str]) -> tuple[TransferFilter, list[str]]:
    """The filter, and a sentence for each thing that could not be read."""
    problems: list[str] = []
    criteria: dict[str, str | int] = {}
    state = given.get("state", "")
    if state in TransferState.__members__:
        criteria["state"] = state
    elif state:
        problems.append("State is not one of the list, so it was not used.")
    for name, label, attribute in _TEXTS:
        text = given.get(name, "")
        if len(text.encode()) > limits.MAX_BANK_BYTES:
            problems.append(f"{label} is too long to match anything.")
        elif text:
            criteria[attribute] = text
    for name, label, attribute in _TIMES:
        text = given.get(name, "")
        instant_us = read_time(text) if text else None
        if instant_us is not None:
            criteria[attribute] = instant_us
        elif text:
            problems.append(f"{label} is not a date and time, so it was not used.")
    return TransferFilter(**criteria), problems  # type: ignore[arg-type] # names of the tables above


def _place(text: str) -> tuple[int, str] | None:
    """Where the page before ended; anything else is the beginning."""
    created, _, transfer_id = text.partition(".")
    if not created.isascii() or not created.isdigit() or not transfer_id:
        return None
    if len(transfer_id.encode()) > limits.MAX_IDENTIFIER_BYTES:
        return None
    created_us = int(created[:20])
    return (created_us, transfer_id) if created_us <= limits.MAX_INSTANT_US else None
