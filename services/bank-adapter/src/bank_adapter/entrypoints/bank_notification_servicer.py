"""gerbang.bank_adapter.v1.BankNotificationService: the bank calls us.

Bodies are read raw and answers have SNAP's own shape; the HTTP status travels
beside them for the edge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from gerbang.bank_adapter.v1.bank_notification_service_pb2 import (
    IssueBankTokenRequest,
    NotifyRtgsRequest,
    NotifySknRequest,
)
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.clock import Clock

from bank_adapter.application.inbound_call import InboundAnswer, InboundCall
from bank_adapter.application.issue_bank_token import IssueBankToken
from bank_adapter.application.receive_notification import ReceiveNotification
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.snap import timestamp

# The paths of the contract; they are part of what the bank signs.
TOKEN_PATH: Final = "/openapi/v1.0/access-token/b2b"  # noqa: S105  a path
RTGS_PATH: Final = "/openapi/v1.0/transfer-rtgs/notify"
SKN_PATH: Final = "/openapi/v1.0/transfer-skn/notify"


class BankNotificationServicer:
    """Converts, calls one use case, converts back."""

    def __init__(
        self, *, issue: IssueBankToken, receive: ReceiveNotification, clock: Clock
    ) -> None:
        self._issue = issue
        self._receive = receive
        self._clock = clock

    async def IssueBankToken(  # noqa: N802  the contract's name
        self, request: IssueBankTokenRequest, call: Call
    ) -> HttpBody:
        del request
        return await self._answered(call, "73", TOKEN_PATH, self._issue.execute)

    async def NotifyRtgs(  # noqa: N802  the contract's name
        self, request: NotifyRtgsRequest, call: Call
    ) -> HttpBody:
        del request
        return await self._answered(call, "76", RTGS_PATH, self._receive.execute)

    async def NotifySkn(  # noqa: N802  the contract's name
        self, request: NotifySknRequest, call: Call
    ) -> HttpBody:
        del request
        return await self._answered(call, "75", SKN_PATH, self._receive.execute)

    async def _answered(
        self,
        call: Call,
        service_code: str,
        path: str,
        execute: Callable[[InboundCall], Awaitable[InboundAnswer]],
    ) -> HttpBody:
        answer = await execute(
            InboundCall(
                service_code=service_code,
                path=path,
                headers=call.metadata,
                body=call.document or b"",
                trace_id=call.trace_id[:64],
            )
        )
        call.set_http_status(answer.http)
        call.add_header("x-timestamp", timestamp.write(jakarta(self._clock.now_us())))
        if "x-client-key" in call.metadata and answer.http == 200:  # noqa: PLR2004  HTTP's own number
            call.add_header("x-client-key", call.metadata["x-client-key"])
        return HttpBody(content_type="application/json", data=answer.body)
