"""AccessLogService: the edge tells what it refused, and who read the audit.

Envoy streams and does not wait; it is told nothing. What cannot be stored is
logged and lost here, never held: the edge must not wait for the audit.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

from servicekit.call import Call
from servicekit.log import get_logger
from sqlalchemy.exc import SQLAlchemyError

from audit import limits
from audit.adapters.event_store import HeadMissingError
from audit.adapters.event_writer import OverloadedError
from audit.application.keep_edge_requests import KeepEdgeRequests
from audit.domain.edge_request import EdgeRequest
from audit.entrypoints.envoy_access_log import StreamAccessLogsResponse

_log = get_logger()
# Envoy's numbers for methods (envoy.config.core.v3.RequestMethod).
_METHODS: Final = dict(
    enumerate(("", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"))
)
_US_PER_SECOND: Final = 1_000_000
_NANOS_PER_US: Final = 1_000
_MS_PER_SECOND: Final = 1_000
_NANOS_PER_MS: Final = 1_000_000


class EdgeLogServicer:
    """One stream for each worker of Envoy, for as long as it lives."""

    def __init__(self, keep: KeepEdgeRequests) -> None:
        self._keep = keep

    async def StreamAccessLogs(  # noqa: N802 - the contract's name
        self,
        requests: AsyncIterator[Any],
        call: Call,  # noqa: ARG002 - every RPC has it
    ) -> Any:
        async for message in requests:
            entries = message.http_logs.log_entry[: limits.EDGE_ENTRIES_PER_MESSAGE]
            try:
                await self._keep.run([_request(entry) for entry in entries])
            except (SQLAlchemyError, HeadMissingError, OverloadedError) as error:
                _log.warning(
                    "edge requests not recorded", count=len(entries), error=type(error).__name__
                )
        return StreamAccessLogsResponse()


def _request(entry: Any) -> EdgeRequest:
    common, request, response = entry.common_properties, entry.request, entry.response
    headers = {one.key: one.value for one in request.request_headers}
    started, took = common.start_time, common.duration
    return EdgeRequest(
        at_us=started.seconds * _US_PER_SECOND + started.nanos // _NANOS_PER_US,
        # What the client wrote; the transcoder turns all into POST.
        method=headers.get("x-envoy-original-method") or _METHODS.get(request.request_method, ""),
        route=common.route_name,
        path=request.original_path or request.path,
        status=_status(response.response_code.value),
        details=response.response_code_details,
        source=common.downstream_remote_address.socket_address.address,
        origin=headers.get("origin", ""),
        client_id=headers.get("x-gerbang-claim-sub", ""),
        operator=headers.get("x-gerbang-claim-operator", ""),
        trace_id=request.request_id,
        duration_ms=took.seconds * _MS_PER_SECOND + took.nanos // _NANOS_PER_MS,
    )


def _status(code: int) -> int:
    """An HTTP status, or 0: the client left before it was answered."""
    return code if code <= limits.MAX_STATUS else 0
