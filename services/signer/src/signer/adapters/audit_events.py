"""The journal's entries as events for the audit.

Ids are made from the entry's time and link, so an entry sent twice is one
event. Paths may hold account numbers (a bank's GET services), so long runs of
digits are masked here; the journal itself keeps them.
"""

import json
import re

from gerbang.audit.v1.event_pb2 import Event
from ulid import ULID

from signer.domain.journal import Entry

SERVICE = "signer"
_DIGITS = re.compile(r"\d{7,}")
_TIME_BYTES = 6
_RANDOM_BYTES = 10


def event_of(entry: Entry) -> Event:
    content = json.loads(entry.content)
    time_us: int = content["timeUs"]
    event = Event(
        event_id=str(
            ULID((time_us // 1000).to_bytes(_TIME_BYTES, "big") + entry.link[:_RANDOM_BYTES])
        ),
        service=SERVICE,
        kind=content["act"],
        actor=content.get("actor", ""),
        trace_id=content.get("traceId", ""),
        attempt_id=content.get("attemptId", ""),
    )
    event.occur_time.FromMicroseconds(time_us)
    attributes = {
        "journalSequence": str(entry.sequence),
        "journalLink": entry.link.hex(),
        "keyId": content.get("keyId", ""),
        "keyVersion": str(content.get("keyVersion", "")),
        "scheme": content.get("scheme", ""),
        **content.get("facts", {}),
    }
    for name, value in attributes.items():
        if value:
            event.attributes[name] = _masked(value) if name == "path" else value
    return event


def _masked(path: str) -> str:
    """Long numbers with all but their last four digits as asterisks."""
    return _DIGITS.sub(lambda run: "*" * (len(run[0]) - 4) + run[0][-4:], path)
