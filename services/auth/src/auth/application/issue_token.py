"""RFC 6749 section 4.4: a client shows its secret and gets a token.

The order of the checks is the order of the answers: who, then from where, then
what for. The event about the answer is durable before the answer is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.authenticate_client import ClientAuthentication
from auth.application.key_ring import KeyRing
from auth.application.ports import Journal, TokenSigner
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client
from auth.domain.scope import grant

ISSUER = "gerbang"
API_AUDIENCE = "gerbang-api"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - no password

_US_PER_S = 1_000_000
_OK = 200


class Refusal(Enum):
    """Why an authenticated question gets no token."""

    WRONG_CREDENTIALS = auto()
    CLIENT_DISABLED = auto()
    ORIGIN_NOT_ALLOWED = auto()
    SCOPE_NOT_HELD = auto()


_REFUSAL_STATUS = {
    Refusal.WRONG_CREDENTIALS: 401,
    Refusal.CLIENT_DISABLED: 401,
    Refusal.ORIGIN_NOT_ALLOWED: 403,
    Refusal.SCOPE_NOT_HELD: 400,
}


class TokenRefusedError(Exception):
    """No token; the refusal is already on record."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion:
    """What was asked. `asked` is None when the request named no scope."""

    client_id: str
    secret: Secret[str]
    asked: frozenset[str] | None
    origin: str | None
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    token: Secret[str]
    lifetime_s: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken:
    authentication: ClientAuthentication
    keys: KeyRing
    signer: TokenSigner
    journal: Journal
    clock: Clock
    new_id: Callable[[], str]
    lifetime_s: int

    async def __call__(self, question: TokenQuestion) -> IssuedToken:
        """Raises TokenRefusedError, TooManyFailuresError, TooBusyError, NoSigningKeyError."""
        client = await self.authentication.authenticate(question.client_id, question.secret)
        if client is None:
            raise await self._refused(question, Refusal.WRONG_CREDENTIALS)
        # Said only to someone who knows the secret.
        if not client.active:
            raise await self._refused(question, Refusal.CLIENT_DISABLED)
        if not client.allows_origin(question.origin):
            raise await self._refused(question, Refusal.ORIGIN_NOT_ALLOWED)
        scopes = grant(asked=question.asked, held=client.scopes)
        if scopes is None:
            raise await self._refused(question, Refusal.SCOPE_NOT_HELD)
        return await self._issue(client, scopes, question)

    async def _issue(
        self, client: Client, scopes: frozenset[str], question: TokenQuestion
    ) -> IssuedToken:
        key = await self.keys.signing_key()
        token_id = self.new_id()
        now_s = self.clock.now_us() // _US_PER_S
        token = self.signer.sign(
            {
                "iss": ISSUER,
                "aud": API_AUDIENCE,
                "sub": client.client_id,
                "scp": sorted(scopes),
                "accounts": sorted(client.accounts),
                "iat": now_s,
                "exp": now_s + self.lifetime_s,
                "jti": token_id,
            },
            key,
        )
        await self.journal.record(
            AuditEvent(
                kind=Kind.TOKEN_ISSUED,
                actor=client.client_id,
                client_id=client.client_id,
                trace_id=question.trace_id,
                target=TOKEN_PATH,
                status=_OK,
                attributes={
                    "token_id": token_id,
                    "key_id": key.kid,
                    "scope": " ".join(sorted(scopes)),
                    "origin": question.origin or "",
                    "lifetime_s": str(self.lifetime_s),
                },
            )
        )
        return IssuedToken(token=Secret(token), lifetime_s=self.lifetime_s, scopes=scopes)

    async def _refused(self, question: TokenQuestion, refusal: Refusal) -> TokenRefusedError:
        known = refusal is not Refusal.WRONG_CREDENTIALS
        await self.journal.record(
            AuditEvent(
                kind=Kind.TOKEN_REFUSED,
                actor=question.client_id,
                # An event of a client is shown to that client; who failed to
                # prove that it is the client writes nothing into its list.
                client_id=question.client_id if known else "",
                trace_id=question.trace_id,
                target=TOKEN_PATH,
                status=_REFUSAL_STATUS[refusal],
                attributes={
                    "refusal": refusal.name,
                    "scope": " ".join(sorted(question.asked or ())),
                    "origin": question.origin or "",
                },
            )
        )
        return TokenRefusedError(refusal)
