"""The newest requests with what became of them, for tests to read. Bounded; never written out.

Tokens and signatures are replaced by a short digest when shown.
"""

import hashlib
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from simulator.clock import snap_timestamp
from simulator.exchange import Call

_HIDDEN = {"authorization", "x-signature", "x-bca-signature"}


@dataclass(frozen=True, slots=True)
class Record:
    """One request: `status` is 0 when no HTTP answer was written."""

    call: Call
    service: str
    status: int
    response_code: str
    fault: str


class RequestLog:
    """A window over the newest requests, and counts over all of them."""

    def __init__(self, maximum: int) -> None:
        self._records: deque[Record] = deque(maxlen=maximum)
        self.received = 0
        self.by_answer: Counter[tuple[str, str]] = Counter()
        self.by_fault: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        self._records.append(record)
        self.received += 1
        self.by_answer[record.service, record.response_code or str(record.status)] += 1
        if record.fault:
            self.by_fault[record.fault] += 1

    def find(self, *, external_id: str | None, service: str | None) -> list[Record]:
        """Matching records, oldest first."""
        return [
            record
            for record in self._records
            if (external_id is None or _external_id(record.call) == external_id)
            and (service is None or record.service == service)
        ]


def describe(record: Record) -> dict[str, Any]:
    """A record as the administrative API shows it."""
    call = record.call
    return {
        "receivedAt": snap_timestamp(call.received_us),
        "receivedUs": call.received_us,
        "method": call.method,
        "path": call.path,
        "service": record.service,
        "clientId": call.partner.client_id if call.is_admitted else "",
        "externalId": _external_id(call),
        "httpStatus": record.status,
        "responseCode": record.response_code,
        "fault": record.fault,
        "headers": {name: _shown(name, value) for name, value in call.headers.items()},
        "body": call.body.decode("utf-8", errors="replace"),
    }


def _external_id(call: Call) -> str:
    return call.external_id or call.headers.get("X-EXTERNAL-ID", "")


def _shown(name: str, value: str) -> str:
    if name.lower() not in _HIDDEN:
        return value
    return "sha256:" + hashlib.sha256(value.encode(errors="replace")).hexdigest()[:16]
