"""Writes an answer to the connection, whole or in the way a fault wants it broken."""

import asyncio

import orjson
from aiohttp import web
from aiohttp.web_request import BaseRequest

from simulator.clock import snap_timestamp
from simulator.exchange import Reply
from simulator.faults.plan import Plan, Wire

_CHUNKS = 10
_PADDING_BYTES = 64 * 1024
_HTML = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr></body>
</html>
"""


def whole(reply: Reply, now_us: int) -> web.Response:
    """The ordinary answer."""
    return web.Response(
        body=orjson.dumps(reply.body), status=reply.status, headers=_headers(now_us)
    )


async def broken(
    request: BaseRequest, reply: Reply, plan: Plan, now_us: int
) -> web.StreamResponse | None:
    """The answer of a plan; None when the connection was cut and no status can be told."""
    match plan.wire:
        case Wire.SLOW:
            return await _slow(request, reply, plan, now_us)
        case Wire.HUGE:
            return await _huge(request, reply, plan, now_us)
        case Wire.CUT_IN_HEADERS | Wire.CUT_IN_BODY | Wire.CLOSED:
            _cut(request, reply, plan.wire)
            return None
        case _:
            return _at_once(request, reply, plan, now_us)


def _at_once(request: BaseRequest, reply: Reply, plan: Plan, now_us: int) -> web.Response:
    if plan.wire is Wire.EMPTY:
        return web.Response(status=reply.status, headers=_headers(now_us))
    if plan.wire is Wire.HTML:
        return web.Response(body=_HTML, status=reply.status, content_type="text/html")
    if plan.wire is Wire.REDIRECT:
        location = plan.location or request.raw_path
        return web.Response(status=reply.status, headers={"Location": location})
    return whole(reply, now_us)


async def _slow(request: BaseRequest, reply: Reply, plan: Plan, now_us: int) -> web.StreamResponse:
    """The body in pieces, spread over the plan's wait."""
    body = orjson.dumps(reply.body)
    response = web.StreamResponse(status=reply.status, headers=_headers(now_us))
    response.content_length = len(body)
    await response.prepare(request)
    size = max(1, -(-len(body) // _CHUNKS))
    for start in range(0, len(body), size):
        await response.write(body[start : start + size])
        await asyncio.sleep(plan.wait_after_s / _CHUNKS)
    return response


async def _huge(request: BaseRequest, reply: Reply, plan: Plan, now_us: int) -> web.StreamResponse:
    """A JSON object whose last member is `size_bytes` long."""
    response = web.StreamResponse(status=reply.status, headers=_headers(now_us))
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(orjson.dumps(reply.body)[:-1] + b',"padding":"')
    left = plan.size_bytes
    while left > 0:
        await response.write(b"0" * min(left, _PADDING_BYTES))
        left -= _PADDING_BYTES
    await response.write(b'"}')
    return response


def _cut(request: BaseRequest, reply: Reply, wire: Wire) -> None:
    """Write as much as the fault allows, then end the connection hard."""
    transport = request.transport
    if transport is None:
        return
    body = orjson.dumps(reply.body)
    head = f"HTTP/1.1 {reply.status} OK\r\nContent-Type: application/json\r\n".encode()
    if wire is Wire.CUT_IN_HEADERS:
        transport.write(head + b"Content-Le")
    elif wire is Wire.CUT_IN_BODY:
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        transport.write(head + length + body[: len(body) // 2])
    if wire is Wire.CLOSED:
        transport.abort()
    else:
        transport.close()


def _headers(now_us: int) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-TIMESTAMP": snap_timestamp(now_us)}
