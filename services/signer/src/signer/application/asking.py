"""Who asks, and what is written down about a call."""

from dataclasses import dataclass

from signer.domain.call import BasicClientCredentials, Signable, SNAPToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The caller of one RPC."""

    caller: str
    """SPIFFE id from the peer's certificate."""
    trace_id: str


def facts_of(call: Signable) -> dict[str, str]:
    """What a call was about, for the journal. Never the access token."""
    if isinstance(call, SNAPToken):
        return {"client_key": call.client_key, "timestamp": call.timestamp}
    if isinstance(call, BasicClientCredentials):
        return {"client_id": call.client_id}
    return {
        "body_sha256": call.body_sha256.hex(),
        "method": call.method,
        "path": call.path,
        "timestamp": call.timestamp,
    }
