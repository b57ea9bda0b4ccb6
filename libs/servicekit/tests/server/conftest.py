"""A real server of the made-up contract behind real mutual TLS."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest
from servicekit import errors
from servicekit.call import Call
from servicekit.channel import open_channel
from servicekit.clock import SystemClock
from servicekit.config import InternalClient, ListenSettings
from servicekit.errors import ServiceError, from_rpc_error
from servicekit.rpc_policy import Rule
from servicekit.server import DocumentRule, GRPCServer, Registration

HOME = "spiffe://gerbang/"


def rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "callers": frozenset({HOME + "edge", HOME + "client/"}),
        "scope": "things.write",
        "deadline_cap_s": 5.0,
        "idempotent": True,
        "max_in_flight": 8,
    }
    return Rule(**(values | changes))


def policy() -> dict[str, Rule]:
    prefix = "/servicekit.probe.v1.ProbeService/"
    adapter = frozenset({HOME + "bank-adapter", HOME + "operator/"})
    return {
        prefix + "MakeThing": rule(max_in_flight=2),
        prefix + "FindThing": rule(scope="things.read"),
        prefix + "PostForm": rule(scope=None, anonymous_from_edge=True),
        prefix + "Inside": rule(scope=None, callers=adapter, deadline_cap_s=0.1),
        prefix + "ListThings": rule(scope=None, callers=adapter),
        prefix + "Echo": rule(scope=None, callers=adapter),
    }


class ProbeServicer:
    """Does what the test tells it to and remembers what it was called with."""

    def __init__(self, probe: SimpleNamespace) -> None:
        self.probe = probe
        self.calls: list[tuple[Any, Call]] = []
        self.act: Callable[[Any, Call], Any] | None = None
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def _answer(self, request: Any, call: Call) -> Any:
        self.calls.append((request, call))
        if self.act is not None:
            result = self.act(request, call)
            if result is not None:
                await result
        return self.probe.Thing(display_name="done")

    MakeThing = FindThing = PostForm = _answer

    async def Inside(self, request: Any, call: Call) -> Any:  # noqa: N802 - an RPC's name
        if request.display_name == "block":
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return await self._answer(request, call)

    async def ListThings(self, request: Any, call: Call) -> AsyncIterator[Any]:  # noqa: N802
        call.add_header("X-Pages", "1")
        for name in ("a", "b"):
            yield self.probe.Thing(display_name=name)
        if request.display_name == "fail":
            raise errors.not_found("thing")

    async def Echo(self, requests: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:  # noqa: N802
        async for request in requests:
            yield request


class Observed:
    def __init__(self) -> None:
        self.finished: list[tuple[str, str]] = []

    def rpc_finished(self, method: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.finished.append((method.rpartition("/")[2], code))


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
def servicer(probe: SimpleNamespace) -> ProbeServicer:
    return ProbeServicer(probe)


@pytest.fixture
def probe_policy() -> dict[str, Rule]:
    """A rule for every RPC; each test may change its own copy."""
    return policy()


@pytest.fixture
def build(
    probe: Any, pki: Any, servicer: ProbeServicer, observed: Observed
) -> Callable[..., GRPCServer]:
    """Builds a server; keyword arguments replace what stands here."""

    def make(**changes: Any) -> GRPCServer:
        arguments: dict[str, Any] = {
            "listen": ListenSettings(port=0),
            "tls": pki["probe"],
            "policy": policy(),
            "registrations": [
                Registration(probe.service, servicer, {"PostForm": DocumentRule.RAW})
            ],
            "internal_clients": {
                HOME + "client/erp": InternalClient(
                    spiffe_id=HOME + "client/erp",
                    client_id="erp-inside",
                    scopes=frozenset({"things.write"}),
                    accounts=frozenset({"bca:9"}),
                )
            },
            "clock": SystemClock(),
            "observer": observed,
        }
        return GRPCServer(**(arguments | changes))

    return make


@pytest.fixture
async def server(build: Callable[..., GRPCServer]) -> AsyncIterator[GRPCServer]:
    server = build()
    await server.start()
    yield server
    await server.stop(0)


@pytest.fixture
async def call(server: GRPCServer, pki: Any, probe: Any) -> AsyncIterator[Any]:
    """Calls an RPC as somebody; raises the ServiceError that came back."""
    channels: dict[str, grpc.aio.Channel] = {}

    async def make(who: str, name: str, request: Any, *, metadata: Any = (), **more: Any) -> Any:
        if who not in channels:
            target = f"127.0.0.1:{server.bound_port}"
            channels[who] = open_channel(target, pki[who], "probe.gerbang.internal")
        stub = channels[who].unary_unary(
            f"/servicekit.probe.v1.ProbeService/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=probe.Thing.FromString,
        )
        try:
            return await stub(request, metadata=metadata, **more)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error

    yield make
    for channel in channels.values():
        await channel.close()


@pytest.fixture
def refusal(call: Any) -> Callable[..., Awaitable[ServiceError]]:
    """Calls an RPC that must fail; the error that came back."""

    async def make(*arguments: Any, **more: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            await call(*arguments, **more)
        return caught.value

    return make


@pytest.fixture
async def channel(server: GRPCServer, pki: Any) -> AsyncIterator[Any]:
    """Opens channels to the server as somebody."""
    opened = []

    def make(who: str, server_name: str = "probe.gerbang.internal") -> grpc.aio.Channel:
        made = open_channel(f"127.0.0.1:{server.bound_port}", pki[who], server_name)
        opened.append(made)
        return made

    yield make
    for made in opened:
        await made.close()
