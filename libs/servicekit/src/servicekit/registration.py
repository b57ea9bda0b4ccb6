"""A service as it is handed to the server: its descriptor and its servicer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from google.protobuf.descriptor import ServiceDescriptor


class DocumentRule(Enum):
    """What the server does with a request's `document`."""

    # Parse it into the typed fields and clear it.
    STRICT_JSON = auto()
    # Leave it to the servicer (OAuth forms, bank callbacks with errors of their own).
    RAW = auto()


@dataclass(frozen=True, slots=True)
class Registration:
    """`documents` holds what differs from STRICT_JSON, by method name ("IssueToken")."""

    descriptor: ServiceDescriptor
    servicer: object
    documents: Mapping[str, DocumentRule] = field(default_factory=dict)


class Observer(Protocol):
    """Is told about every finished RPC. Called on the event loop: be quick."""

    def rpc_finished(self, method: str, code: str, seconds: float) -> None:
        """`code` is the gRPC status name, for example "OK" or "NOT_FOUND"."""
        ...


class NoObserver:
    """Watches nothing."""

    __slots__ = ()

    def rpc_finished(self, method: str, code: str, seconds: float) -> None:
        pass
