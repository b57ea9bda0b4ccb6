"""TokenService: tokens for machines, and the keys that verify them.

It turns HTTP into a question and the answer into HTTP. It decides nothing.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from gerbang.auth.v1.token_service_pb2 import GetJwksRequest, IssueTokenRequest
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.log import get_logger

from auth.application.authenticate_client import TooManyFailuresError
from auth.application.issue_token import (
    IssuedToken,
    IssueToken,
    Refusal,
    TokenQuestion,
    TokenRefusedError,
)
from auth.application.key_ring import NoSigningKeyError
from auth.application.ports import StoreUnavailableError, TooBusyError
from auth.application.publish_jwks import PublishJWKS
from auth.entrypoints.token_error import (
    BUSY,
    CLIENT_DISABLED,
    INVALID_CLIENT,
    ORIGIN_NOT_ALLOWED,
    SCOPE_NOT_HELD,
    TokenErrorAnswer,
    TokenRequestError,
    too_many_failures,
)
from auth.entrypoints.token_request import JSON_TYPE, parse_token_request

_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenServicer:
    issue_token: IssueToken
    publish_jwks: PublishJWKS
    jwks_max_age_s: int

    async def IssueToken(  # noqa: N802 - the RPC's name
        self, request: IssueTokenRequest, call: Call
    ) -> HttpBody:
        """A token or an error of RFC 6749; never cached by anyone."""
        call.add_header("cache-control", "no-store")
        try:
            issued = await self._issued(request, call)
        except TokenRequestError as error:
            return _refuse(error.answer, call)
        return _json_body(
            {
                "access_token": issued.token.reveal(),
                "token_type": "Bearer",
                "expires_in": issued.lifetime_s,
                "scope": " ".join(sorted(issued.scopes)),
            }
        )

    async def GetJwks(  # noqa: N802 - the RPC's name
        self, _request: GetJwksRequest, call: Call
    ) -> HttpBody:
        """The JWK Set, which verifiers may keep for a short time."""
        document = await self.publish_jwks()
        call.add_header("cache-control", f"public, max-age={self.jwks_max_age_s}")
        return _json_body(document)

    async def _issued(self, request: IssueTokenRequest, call: Call) -> IssuedToken:
        asked = parse_token_request(
            request.document.data,
            content_type=request.document.content_type,
            authorization=call.metadata.get("authorization"),
        )
        try:
            return await self.issue_token(
                TokenQuestion(
                    client_id=asked.client_id,
                    secret=asked.secret,
                    asked=asked.scopes,
                    origin=call.metadata.get("origin"),
                    trace_id=call.trace_id,
                )
            )
        except TokenRefusedError as error:
            raise TokenRequestError(_answer_for(error.refusal)) from None
        except TooManyFailuresError as error:
            answer = too_many_failures(math.ceil(error.retry_after_s))
            raise TokenRequestError(answer) from None
        except (TooBusyError, StoreUnavailableError) as error:
            get_logger().warning(
                "token not issued", error=type(error).__name__, trace_id=call.trace_id
            )
            raise TokenRequestError(BUSY) from None
        except NoSigningKeyError:
            get_logger().error("no key can sign; run: python -m auth keys rotate")
            raise TokenRequestError(BUSY) from None


def _answer_for(refusal: Refusal) -> TokenErrorAnswer:
    match refusal:
        case Refusal.WRONG_CREDENTIALS:
            return INVALID_CLIENT
        case Refusal.CLIENT_DISABLED:
            return CLIENT_DISABLED
        case Refusal.ORIGIN_NOT_ALLOWED:
            return ORIGIN_NOT_ALLOWED
        case Refusal.SCOPE_NOT_HELD:
            return SCOPE_NOT_HELD
        case _:
            assert_never(refusal)


def _refuse(answer: TokenErrorAnswer, call: Call) -> HttpBody:
    get_logger().info(
        "token refused", reason=answer.reason, status=answer.status, trace_id=call.trace_id
    )
    call.set_http_status(answer.status)
    if answer.status == _UNAUTHORIZED:
        # RFC 9110 section 15.5.2 asks for it whichever way the client tried.
        call.add_header("www-authenticate", 'Basic realm="gerbang", charset="UTF-8"')
    if answer.retry_after_s is not None:
        call.add_header("retry-after", str(answer.retry_after_s))
    return _json_body(answer.document())


def _json_body(document: Mapping[str, Any]) -> HttpBody:
    text = json.dumps(document, separators=(",", ":"))
    return HttpBody(content_type=JSON_TYPE, data=text.encode("ascii"))
