"""The story of one transfer: its events in order, each with what a person asks first.

Taken from the events alone; what is not recorded is not told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from audit.domain.event import StoredEvent
from audit.entrypoints.dashboard.display import kind_words

# (attribute of the event, words), in the order of the page; the others stand
# on the event's own page.
_FACTS: Final = (
    ("result", "Result"),
    ("verdict", "Verdict"),
    ("reason", "Reason"),
    ("resolution", "Resolution"),
    ("responseCode", "Response code"),
    ("internalState", "State inside"),
    ("externalId", "X-EXTERNAL-ID"),
    ("durationMs", "Took (ms)"),
    ("code", "Code"),
    ("field", "Field"),
    ("keyId", "Key"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event. `gap_us` is the time since the one before, None for the first."""

    stored: StoredEvent
    words: str
    facts: list[tuple[str, str]]
    gap_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Oldest first. `is_cut`: there are more events than are shown."""

    moments: list[Moment]
    bank_reference: str
    external_ids: list[str]
    reason: str
    is_cut: bool


def attempts_of(rows: Iterable[StoredEvent]) -> list[str]:
    """The attempts that the events name, each once, in their order."""
    return list(dict.fromkeys(row.event.attempt_id for row in rows if row.event.attempt_id))


def tell(rows: Sequence[StoredEvent], *, is_cut: bool) -> Story:
    """Of events in any order."""
    ordered = sorted(rows, key=lambda row: (row.event.occur_us, row.sequence))
    gaps = [None, *(later.event.occur_us - row.event.occur_us for row, later in pairwise(ordered))]
    attributes = [row.event.attributes for row in ordered]
    external_ids = [each["externalId"] for each in attributes if each.get("externalId")]
    # Why it is where it is: said with the last change of its state.
    reasons = [each.get("reason", "") for each in attributes if "state" in each]
    return Story(
        moments=[
            Moment(stored=row, words=kind_words(row.event.kind), facts=_facts(row), gap_us=gap)
            for row, gap in zip(ordered, gaps, strict=False)
        ],
        bank_reference=next(
            (
                row.event.bank_partner_reference_no
                for row in ordered
                if row.event.bank_partner_reference_no
            ),
            "",
        ),
        external_ids=list(dict.fromkeys(external_ids)),
        reason=reasons[-1] if reasons else "",
        is_cut=is_cut,
    )


def _facts(row: StoredEvent) -> list[tuple[str, str]]:
    attributes = row.event.attributes
    return [(words, attributes[name]) for name, words in _FACTS if attributes.get(name)]
