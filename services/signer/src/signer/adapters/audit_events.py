"""The journal's entries as events for the audit.

Ids are made from the entry's time and link, so an entry sent twice is one
event. Paths may hold account numbers (a bank's GET services), so long runs of
digits are masked here; the journal itself keeps them.
"""

import re

import msgspec
from gerbang.audit.v1.event_pb2 import Event
from google.protobuf.timestamp_pb2 import Timestamp
from servicekit.ids import ulid_of

from signer.domain.journal import Entry

SERVICE = "signer"
_DIGITS = re.compile(r"\d{7,}")
_TAIL_BYTES = 10


def event_of(entry: Entry) -> Event:
    content = msgspec.json.decode(entry.content)
    facts = content.get("facts", {})
    if "path" in facts:
        facts["path"] = _masked(facts["path"])
    attributes = {
        "journalSequence": str(entry.sequence),
        "journalLink": entry.link.hex(),
        "keyId": content.get("keyId", ""),
        "keyVersion": str(content.get("keyVersion", "")),
        "scheme": content.get("scheme", ""),
        **facts,
    }
    time_us: int = content["timeUs"]
    seconds, microseconds = divmod(time_us, 1_000_000)
    return Event(
        event_id=ulid_of(time_us // 1000, entry.link[:_TAIL_BYTES]),
        service=SERVICE,
        kind=content["act"],
        occur_time=Timestamp(seconds=seconds, nanos=microseconds * 1000),
        actor=content.get("actor", ""),
        trace_id=content.get("traceId", ""),
        attempt_id=content.get("attemptId", ""),
        attributes={name: value for name, value in attributes.items() if value},
    )


def _masked(path: str) -> str:
    """Long numbers with all but their last four digits as asterisks."""
    return _DIGITS.sub(lambda run: "*" * (len(run[0]) - 4) + run[0][-4:], path)
