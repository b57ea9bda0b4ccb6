"""The search form of the events page: from the query string to a filter and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from audit import limits
from audit.application.ports import EventFilter
from audit.entrypoints.dashboard.display import JAKARTA

# (name in the query, label, field of EventFilter)
FIELDS: Final = (
    ("kind", "Kind", "kind"),
    ("bank", "Bank", "bank"),
    ("client", "Client", "client_id"),
    ("transfer", "Transfer", "transfer_id"),
    ("reference", "Reference", "partner_reference_no"),
    ("bankReference", "Bank reference", "bank_partner_reference_no"),
    ("trace", "Trace", "trace_id"),
    ("attempt", "Attempt", "attempt_id"),
)
_TIMES: Final = (
    ("from", "From (WIB)", "occurred_from_us"),
    ("to", "Until (WIB)", "occurred_before_us"),
)

# What one word in the search box may be, most telling first.
SEARCHABLE: Final = (
    "event_id",
    "transfer_id",
    "partner_reference_no",
    "bank_partner_reference_no",
    "attempt_id",
    "trace_id",
    "client_id",
    "kind",
)
_QUERY_NAMES: Final = {attribute: name for name, _, attribute in FIELDS}


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form, with what the visitor typed."""

    name: str
    label: str
    value: str


@dataclass(slots=True)
class EventForm:
    """The form as sent. `problems` are sentences for the visitor."""

    texts: list[Field] = field(default_factory=list)
    times: list[Field] = field(default_factory=list)
    criteria: EventFilter = field(default_factory=EventFilter)
    problems: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(each.value for each in (*self.texts, *self.times))

    def query(self, **more: str) -> str:
        """The query string that shows this form again."""
        given = {each.name: each.value for each in (*self.texts, *self.times) if each.value}
        return urlencode({**given, **more})


def read_form(query: Mapping[str, str]) -> EventForm:
    """What the visitor asks for; what cannot be read is said and left out."""
    form = EventForm()
    criteria: dict[str, str | int] = {}
    for name, label, attribute in FIELDS:
        value = query.get(name, "").strip()
        form.texts.append(Field(name, label, value))
        if len(value.encode()) > limits.MAX_FILTER_BYTES:
            form.problems.append(f"{label} is too long to match anything.")
        elif value:
            criteria[attribute] = value
    for name, label, attribute in _TIMES:
        value = query.get(name, "").strip()
        form.times.append(Field(name, label, value))
        if value:
            instant_us = read_time(value)
            if instant_us is None:
                form.problems.append(f"{label} is not a date and time, so it was not used.")
            else:
                criteria[attribute] = instant_us
    form.criteria = EventFilter(**criteria)  # type: ignore[arg-type] # names checked by a test
    return form


def read_time(value: str) -> int | None:
    """An ISO date and time, Jakarta's unless it says otherwise, as microseconds."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=JAKARTA)
    instant_us = (moment - datetime.fromtimestamp(0, JAKARTA)) // timedelta(microseconds=1)
    return instant_us if 0 < instant_us <= limits.MAX_INSTANT_US else None


def query_name(attribute: str) -> str:
    """The form's name for a field of EventFilter."""
    return _QUERY_NAMES[attribute]
