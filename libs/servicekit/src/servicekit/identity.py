"""Who calls: from the peer's certificate and, behind the edge, from its claims.

Claims are believed from the edge alone (DESIGN rule 14). Any other peer that
sends one is refused, because it has either been fooled or is lying.
"""

import base64
import binascii
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from servicekit import limits
from servicekit.call import Caller
from servicekit.config import InternalClient
from servicekit.errors import ServiceError, invalid_argument, permission_denied, unauthenticated
from servicekit.rpc_policy import EDGE, OPERATOR_PREFIX, TRUST_DOMAIN, Rule


class Peer(Protocol):
    """The part of a gRPC servicer context that tells who calls."""

    def peer(self) -> str: ...
    def peer_identities(self) -> Iterable[bytes] | None: ...
    def auth_context(self) -> Mapping[str, Iterable[bytes]]: ...


_CLAIM_PREFIX = "x-gerbang-claim-"
_SUBJECT = _CLAIM_PREFIX + "sub"
_SCOPES = _CLAIM_PREFIX + "scp"
_ACCOUNTS = _CLAIM_PREFIX + "accounts"
_OPERATOR = _CLAIM_PREFIX + "operator"
_ROLES = _CLAIM_PREFIX + "roles"


def peer_spiffe_id(auth_context: Mapping[str, Iterable[bytes]]) -> str:
    """The peer's SPIFFE id as TLS proved it. Raises UNAUTHENTICATED without one."""
    values = tuple(auth_context.get("peer_spiffe_id", ()))
    if len(values) != 1 or not values[0].startswith(TRUST_DOMAIN.encode()):
        raise unauthenticated("the certificate names no identity of this house")
    return values[0].decode("ascii", "replace")


class PeerIdentities:
    """Remembers who is behind each connection.

    Reading the whole TLS context anew costs as much as all other checks of a
    call. A connection is known by its address together with the names in its
    certificate, so that a reused port finds nobody else's identity.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[bytes, ...]], str] = {}

    def of(self, context: Peer) -> str:
        """The SPIFFE id of the call's peer. Raises UNAUTHENTICATED without one."""
        key = (context.peer(), tuple(context.peer_identities() or ()))
        known = self._known.get(key)
        if known is None:
            known = peer_spiffe_id(context.auth_context())
            if len(self._known) >= limits.REMEMBERED_PEERS:
                self._known.clear()
            self._known[key] = known
        return known


def split_metadata(
    entries: Iterable[tuple[str, str | bytes]],
) -> tuple[dict[str, str], dict[str, str]]:
    """(metadata without claims, claims). Binary metadata is left out.

    A claim given twice is INVALID_ARGUMENT: one of the two would be a forgery.
    """
    metadata: dict[str, str] = {}
    claims: dict[str, str] = {}
    for name, value in entries:
        if isinstance(value, bytes):
            continue
        if name.startswith(_CLAIM_PREFIX):
            if name in claims:
                raise claims_not_allowed("a claim is given twice")
            claims[name] = value
        elif name in metadata:
            metadata[name] = f"{metadata[name]},{value}"
        else:
            metadata[name] = value
    return metadata, claims


def claims_not_allowed(message: str) -> ServiceError:
    return invalid_argument("CLAIMS_NOT_ALLOWED", message)


@functools.lru_cache(maxsize=1024)
def _decode_list(value: str) -> frozenset[str]:
    """The members of a list claim: base64 (either alphabet) of a JSON array of text."""
    standard = value.replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        members = json.loads(decoded)
    except (binascii.Error, ValueError):
        members = None
    if not isinstance(members, list) or not all(isinstance(item, str) for item in members):
        raise unauthenticated("the token's claims cannot be read")
    return frozenset(members)


def _from_claims(claims: Mapping[str, str], rule: Rule) -> Caller:
    client_id, operator = claims.get(_SUBJECT), claims.get(_OPERATOR)
    if not rule.anonymous_from_edge and not client_id and (rule.scope or not operator):
        raise unauthenticated("a token is needed")
    return Caller(
        spiffe_id=EDGE,
        client_id=client_id or None,
        scopes=_decode_list(claims[_SCOPES]) if claims.get(_SCOPES) else frozenset(),
        accounts=_decode_list(claims[_ACCOUNTS]) if claims.get(_ACCOUNTS) else frozenset(),
        operator=operator or None,
        roles=_decode_list(claims[_ROLES]) if claims.get(_ROLES) else frozenset(),
        from_edge=True,
    )


def internal_callers(clients: Mapping[str, InternalClient]) -> Mapping[str, Caller]:
    """The callers that configuration knows, by SPIFFE id. Raises ValueError."""
    callers = {}
    for spiffe_id, client in clients.items():
        if spiffe_id != client.spiffe_id or spiffe_id == EDGE:
            raise ValueError(f"internal client {spiffe_id} is not filed under its own id")
        callers[spiffe_id] = Caller(
            spiffe_id=spiffe_id,
            client_id=client.client_id,
            scopes=client.scopes,
            accounts=client.accounts,
            operator=_operator_name(spiffe_id),
        )
    return callers


def _operator_name(spiffe_id: str) -> str | None:
    name = spiffe_id.removeprefix(OPERATOR_PREFIX)
    return name if name != spiffe_id else None


def identify(
    spiffe_id: str, claims: Mapping[str, str], rule: Rule, internal: Mapping[str, Caller]
) -> Caller:
    """The caller; its scope is still to be checked. Raises ServiceError."""
    if spiffe_id == EDGE:
        return _from_claims(claims, rule)
    if claims:
        raise claims_not_allowed("claims are accepted from the edge only")
    return internal.get(spiffe_id) or Caller(
        spiffe_id=spiffe_id, operator=_operator_name(spiffe_id)
    )


def require_scope(caller: Caller, rule: Rule) -> None:
    """Raises PERMISSION_DENIED (SCOPE_MISSING) unless the caller holds the rule's scope."""
    if rule.scope is not None and rule.scope not in caller.scopes:
        raise permission_denied("SCOPE_MISSING", f"the scope {rule.scope} is needed")


def list_claim(members: Sequence[str]) -> str:
    """A list claim as the edge would send it; for tests and tools."""
    return base64.b64encode(json.dumps(list(members)).encode()).decode()
