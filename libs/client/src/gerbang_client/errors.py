"""What can go wrong: Gerbang said no, or nobody knows what it said.

Neither of them means that money moved, and NoAnswerError does not mean that it
did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class GerbangError(Exception):
    """Either of the two below."""


class NoAnswerError(GerbangError):
    """No usable answer within the time given. Send the same order again later, unchanged."""


# Not frozen: Python itself writes tracebacks into exceptions.
@dataclass(eq=False, kw_only=True)
class RefusedError(GerbangError):
    """Gerbang refused the request; docs/errors.md lists the reasons.

    fields: what is wrong with which field, by its JSON path.
    metadata: `transferId` where another transfer stands in the way.
    trace_id: for whoever runs Gerbang.
    """

    status: int
    reason: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    trace_id: str = ""

    def __str__(self) -> str:
        wrong = "".join(f"; {path}: {text}" for path, text in self.fields.items())
        return f"{self.status} {self.reason}: {self.message}{wrong} (trace {self.trace_id})"

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        """Reads an error of Gerbang's shape; anything else has an empty reason."""
        body = _object(answer)
        details = {one.get("@type"): one for one in body.get("details", [])}
        info, bad = details.get(ERROR_INFO, {}), details.get(BAD_REQUEST, {})
        return cls(
            status=answer.status_code,
            reason=str(info.get("reason", "")),
            message=str(body.get("message", answer.reason_phrase)),
            fields={one["field"]: one["description"] for one in bad.get("fieldViolations", [])},
            metadata=dict(info.get("metadata", {})),
            trace_id=answer.headers.get("x-request-id", ""),
        )


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
