"""What a servicer knows about the call beside its request."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: the peer that was proved by TLS and the client behind it.

    `accounts` holds "bank:account" strings. `operator` and `roles` are set when
    a person is behind the call: through the dashboard (claims) or by an
    operator's own certificate (no roles then).
    """

    spiffe_id: str
    client_id: str | None = None
    scopes: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    operator: str | None = None
    roles: frozenset[str] = frozenset()
    from_edge: bool = False


@dataclass(slots=True, kw_only=True, repr=False)
class Call:
    """One call under way.

    `metadata` has lower-case names and no claims; a name sent twice has its
    values joined by ",". `document` is the client's body as received, only from
    the edge. `deadline` is in the clock's monotonic seconds.
    """

    caller: Caller
    trace_id: str
    metadata: Mapping[str, str]
    document: bytes | None
    document_content_type: str
    deadline: float
    response_headers: list[tuple[str, str]] = field(default_factory=list)

    def set_http_status(self, status: int) -> None:
        """Ask the edge to answer with this HTTP status instead of 200."""
        self.add_header("x-gerbang-http-status", str(status))

    def add_header(self, name: str, value: str) -> None:
        """Add a header to the answer (initial metadata); names become lower case."""
        self.response_headers.append((name.lower(), value))

    def __repr__(self) -> str:
        # Metadata may hold an Authorization header and the document a secret.
        return f"Call(trace_id={self.trace_id!r}, caller={self.caller.spiffe_id!r})"
