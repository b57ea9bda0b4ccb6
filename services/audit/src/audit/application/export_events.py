"""Hand out the log page by page, in the order of the chain, as it is stored.

Nothing is judged or repaired on the way: what somebody tampered with goes out
tampered, and whoever verifies the export sees it. A client gets his own events
and the gaps between them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from audit import limits
from audit.application.find_events import Viewer
from audit.application.ports import ChainStore
from audit.domain.chain import EMPTY_CHAIN
from audit.domain.event import ChainedText


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """Lines for the places behind `after`, up to and with `through`."""

    lines: list[bytes]
    after: int
    through: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class ExportEvents:
    """The use case behind the RPC; `write_line` gives a text its form."""

    store: ChainStore
    write_line: Callable[[ChainedText], bytes]

    async def page(self, *, after: int, viewer: Viewer) -> ExportPage:
        after = max(after, (await self.store.anchor()).sequence)
        head = await self.store.head() or EMPTY_CHAIN
        end = max(after, min(after + limits.EXPORT_SPAN_LINKS, head.sequence))
        lines: list[bytes] = []
        weight_bytes, place = 0, after
        while place < end:
            texts = await self.store.texts(
                after=place,
                through=end,
                client_id=viewer.client_id,
                limit=limits.PAGE_CHUNK_ROWS,
            )
            for text in texts:
                line = self.write_line(text)
                weight_bytes += len(line)
                if lines and weight_bytes > limits.MAX_PAGE_BYTES:
                    return ExportPage(lines=lines, after=after, through=place, is_last=False)
                lines.append(line)
                place = text.sequence
            if len(texts) < limits.PAGE_CHUNK_ROWS:
                break
        return ExportPage(lines=lines, after=after, through=end, is_last=end >= head.sequence)
