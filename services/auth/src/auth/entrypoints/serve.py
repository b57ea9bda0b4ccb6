"""The serving process: RPCs and the relay of the outbox, until it is cancelled."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from gerbang.auth.v1 import login_service_pb2, token_service_pb2
from servicekit.audit_shipper import AuditShipper
from servicekit.channel import open_channel
from servicekit.log import get_logger
from servicekit.outbox import OutboxRelay
from servicekit.server import DocumentRule, GRPCServer, Registration

from auth.adapters.tables import OUTBOX
from auth.bootstrap import Parts, Servicers, build_servicers, open_parts
from auth.config import AuthSettings
from auth.domain.names import DEMO_CLIENT_ID
from auth.limits import STOP_GRACE_S
from auth.production import refuse_demo_client, refuse_development_files
from auth.rpc_policy import POLICY

FIRST_KEY_ACTOR = "auth"


async def serve(settings: AuthSettings, *, started: Callable[[int], None] | None = None) -> None:
    """Serve until cancelled. `started` is told the port when calls are answered."""
    refuse_development_files(settings)
    async with open_parts(settings) as parts:
        refuse_demo_client(settings.mode, await parts.clients.find(DEMO_CLIENT_ID))
        await parts.rotate_signing_key().ensure_first(actor=FIRST_KEY_ACTOR)
        async with relaying(parts), serving(parts, build_servicers(parts)) as server:
            get_logger().info("serving", port=server.bound_port, mode=settings.mode.value)
            if started is not None:
                started(server.bound_port)
            await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def serving(parts: Parts, servicers: Servicers) -> AsyncIterator[GRPCServer]:
    """A server that answers calls, stopped with a grace at the end."""
    server = GRPCServer(
        listen=parts.settings.listen,
        tls=parts.settings.tls,
        policy=POLICY,
        registrations=registrations(servicers),
        clock=parts.clock,
    )
    await server.start()
    await server.set_serving(True)
    try:
        yield server
    finally:
        await server.stop(STOP_GRACE_S)


def registrations(servicers: Servicers) -> tuple[Registration, ...]:
    """Both services. Their documents are forms, so they stay as received."""
    tokens = token_service_pb2.DESCRIPTOR.services_by_name["TokenService"]
    login = login_service_pb2.DESCRIPTOR.services_by_name["LoginService"]
    return (
        Registration(tokens, servicers.tokens, {"IssueToken": DocumentRule.RAW}),
        Registration(
            login,
            servicers.login,
            {"SubmitLogin": DocumentRule.RAW, "Logout": DocumentRule.RAW},
        ),
    )


@contextlib.asynccontextmanager
async def relaying(parts: Parts) -> AsyncIterator[None]:
    """Ships the outbox to the audit meanwhile."""
    audit = parts.settings.audit
    channel = open_channel(audit.target, parts.settings.tls, audit.server_name)
    relay = OutboxRelay(parts.engine, OUTBOX, AuditShipper(channel).ship, parts.clock)
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await channel.close()
