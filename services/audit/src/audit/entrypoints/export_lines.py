"""The form of an export: one JSON object a line (application/x-ndjson).

`content` is text inside JSON and not an object, so that the bytes that were
hashed come out of any parser unchanged.
"""

from typing import Final

import orjson

from audit.application.export_events import ExportPage
from audit.domain.event import ChainedText

CONTENT_TYPE: Final = "application/x-ndjson"


def event_line(text: ChainedText) -> bytes:
    return _line(
        {
            "chainSequence": text.sequence,
            "storeUs": text.store_us,
            # Only a tampered text is no UTF-8; its hash does not fit either way.
            "content": text.content.decode("utf-8", "replace"),
            "chainHash": text.chain_hash.hex(),
        }
    )


def document(page: ExportPage) -> bytes:
    """The events' lines and, last, where the page begins and ends."""
    place = {
        "afterSequence": page.after,
        "throughSequence": page.through,
        "isLast": page.is_last,
    }
    return b"".join([*page.lines, _line({"page": place})])


def _line(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
