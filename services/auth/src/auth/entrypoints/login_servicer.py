"""LoginService: the pages by which a person gets the dashboard's cookie.

A submitted form counts only when it was sent from our own page: its Origin
header is compared with the configured public origin, byte by byte.
"""

from dataclasses import dataclass

from gerbang.auth.v1.login_service_pb2 import (
    GetLoginPageRequest,
    LogoutRequest,
    SubmitLoginRequest,
)
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.log import get_logger
from servicekit.secret import Secret

from auth.application.key_ring import NoSigningKeyError
from auth.application.log_in_operator import (
    LoginAttempt,
    LogInOperator,
    LoginRefusedError,
    OperatorSession,
)
from auth.application.ports import StoreUnavailableError, TooBusyError
from auth.domain.invalid_value import InvalidValueError
from auth.domain.names import check_identifier
from auth.entrypoints.form import FORM_TYPE, FormError, media_type, parse_form
from auth.entrypoints.login_page import (
    FOREIGN_FORM,
    NOT_READY,
    NOT_SIGNED_IN,
    UNREADABLE_FORM,
    LoginPage,
    Problem,
)
from auth.limits import MAX_LOGIN_BODY_BYTES, MAX_PASSWORD_CHARACTERS

COOKIE = "gerbang_operator"
DASHBOARD_PATH = "/dashboard/"
LOGIN_PATH = "/login"

# The path must be the same wherever the cookie is set and cleared.
_COOKIE_ATTRIBUTES = "Path=/dashboard; HttpOnly; Secure; SameSite=Strict"
_HTML = "text/html; charset=utf-8"
_SEE_OTHER = 303
_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_TOO_LARGE = 413
_TOO_MANY = 429
_UNAVAILABLE = 503


class _PageError(Exception):
    """The form leads to the page again, with a status and a text."""

    def __init__(self, status: int, problem: Problem, *, name: str = "") -> None:
        super().__init__(problem.english)
        self.status = status
        self.problem = problem
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginServicer:
    log_in: LogInOperator
    page: LoginPage
    public_origin: str

    async def GetLoginPage(  # noqa: N802 - the RPC's name
        self, _request: GetLoginPageRequest, call: Call
    ) -> HttpBody:
        return self._page(call)

    async def SubmitLogin(  # noqa: N802 - the RPC's name
        self, request: SubmitLoginRequest, call: Call
    ) -> HttpBody:
        """The cookie and a redirect to the dashboard, or the page with a text."""
        try:
            self._check_origin(call)
            session = await self._session(_attempt(request.document, call), call)
        except _PageError as error:
            get_logger().info("login refused", status=error.status, trace_id=call.trace_id)
            call.set_http_status(error.status)
            return self._page(call, problem=error.problem, name=error.name)
        call.add_header(
            "set-cookie",
            f"{COOKIE}={session.token.reveal()}; Max-Age={session.lifetime_s}; "
            f"{_COOKIE_ATTRIBUTES}",
        )
        return _redirect(call, DASHBOARD_PATH)

    async def Logout(  # noqa: N802 - the RPC's name
        self, _request: LogoutRequest, call: Call
    ) -> HttpBody:
        """Clears the cookie. The token in it stays good until it expires: it is not kept here."""
        try:
            self._check_origin(call)
        except _PageError as error:
            call.set_http_status(error.status)
            return self._page(call, problem=error.problem)
        call.add_header("set-cookie", f"{COOKIE}=; Max-Age=0; {_COOKIE_ATTRIBUTES}")
        return _redirect(call, LOGIN_PATH)

    def _check_origin(self, call: Call) -> None:
        if call.metadata.get("origin") != self.public_origin:
            raise _PageError(_FORBIDDEN, FOREIGN_FORM)

    async def _session(self, attempt: LoginAttempt, call: Call) -> OperatorSession:
        try:
            return await self.log_in(attempt)
        except LoginRefusedError as error:
            status = _TOO_MANY if error.waiting else _UNAUTHORIZED
            raise _PageError(status, NOT_SIGNED_IN, name=attempt.name) from None
        except (TooBusyError, StoreUnavailableError) as error:
            get_logger().warning(
                "login not judged", error=type(error).__name__, trace_id=call.trace_id
            )
            raise _PageError(_UNAVAILABLE, NOT_READY, name=attempt.name) from None
        except NoSigningKeyError:
            get_logger().error(
                "no key can sign; run: python -m auth keys rotate", trace_id=call.trace_id
            )
            raise _PageError(_UNAVAILABLE, NOT_READY, name=attempt.name) from None

    def _page(self, call: Call, *, problem: Problem | None = None, name: str = "") -> HttpBody:
        for header, value in self.page.headers:
            call.add_header(header, value)
        return HttpBody(content_type=_HTML, data=self.page.render(problem=problem, name=name))


def _attempt(document: HttpBody, call: Call) -> LoginAttempt:
    if len(document.data) > MAX_LOGIN_BODY_BYTES:
        raise _PageError(_TOO_LARGE, UNREADABLE_FORM)
    if media_type(document.content_type) != FORM_TYPE:
        raise _PageError(_BAD_REQUEST, UNREADABLE_FORM)
    try:
        form = parse_form(document.data)
    except FormError:
        raise _PageError(_BAD_REQUEST, UNREADABLE_FORM) from None
    name, password, code = (form.get(field, "") for field in ("name", "password", "code"))
    try:
        check_identifier("name", name)
    except InvalidValueError:
        # No operator has such a name, and that is no secret. It is not shown
        # again: it may be a password in the wrong field.
        raise _PageError(_UNAUTHORIZED, NOT_SIGNED_IN) from None
    if len(password) > MAX_PASSWORD_CHARACTERS:
        raise _PageError(_UNAUTHORIZED, NOT_SIGNED_IN, name=name)
    return LoginAttempt(
        name=name,
        password=Secret(password),
        # Authenticator apps show the code in two groups, and people type it so.
        code=Secret(code.replace(" ", "")),
        trace_id=call.trace_id,
    )


def _redirect(call: Call, location: str) -> HttpBody:
    call.set_http_status(_SEE_OTHER)
    call.add_header("location", location)
    call.add_header("cache-control", "no-store")
    return HttpBody(content_type=_HTML, data=b"")
