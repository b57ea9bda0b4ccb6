"""Builds the audit from its configuration and runs it until it is cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from gerbang.audit.v1 import ingest_service_pb2, query_service_pb2
from servicekit.clock import Clock, SystemClock
from servicekit.config import Mode
from servicekit.database import check_durability, check_migrated, open_engine
from servicekit.ids import new_ulid
from servicekit.log import get_logger
from servicekit.metrics import RPCDurations
from servicekit.metrics_server import serving_metrics
from servicekit.secret import Secret, read_secret_file
from servicekit.server import GRPCServer, Observer, Registration
from sqlalchemy import Engine

from audit import limits
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_search import SQLEventSearch
from audit.adapters.event_store import SQLEventStore
from audit.adapters.event_writer import EventWriter
from audit.adapters.reader import Reader
from audit.adapters.transfer_figures import SQLTransferFigures
from audit.application.export_events import ExportEvents
from audit.application.find_events import FindEvents
from audit.application.keep_edge_requests import KeepEdgeRequests
from audit.application.overview import SumUp
from audit.application.ports import EventLog
from audit.application.store_events import StoreEvents
from audit.application.verify_chain import VerifyChain
from audit.config import AuditSettings, DashboardSettings
from audit.entrypoints.chain_watch import ChainWatch
from audit.entrypoints.dashboard.application import build_dashboard
from audit.entrypoints.dashboard.pages import PageSources
from audit.entrypoints.dashboard.server import DashboardServer
from audit.entrypoints.dashboard.verification import RunningVerification
from audit.entrypoints.edge_log_servicer import EdgeLogServicer
from audit.entrypoints.envoy_access_log import ACCESS_LOG_SERVICE
from audit.entrypoints.export_lines import event_line
from audit.entrypoints.figures import Standing, Watched
from audit.entrypoints.ingest_servicer import IngestServicer
from audit.entrypoints.query_servicer import QueryServicer
from audit.rpc_policy import EDGE_LOG_POLICY, POLICY

MIGRATIONS: Final = "audit:migrations"
_MIN_SECRET_KEY_BYTES: Final = 32

_log = get_logger()


class WeakSecretError(Exception):
    """The dashboard's secret key is too short to sign with."""


async def serve(settings: AuditSettings) -> None:
    """Serve gRPC and, when configured, the dashboard."""
    engine = open_engine(settings.database, pool_size=limits.READ_THREADS + 1, mode=settings.mode)
    try:
        await asyncio.to_thread(_check_database, engine, settings.mode)
        async with _serving(settings, engine, SystemClock()) as dashboard:
            if dashboard is None:
                await asyncio.Event().wait()
            else:
                await dashboard.wait()
                raise RuntimeError("the dashboard has ended")
    finally:
        engine.dispose()


def _check_database(engine: Engine, mode: Mode) -> None:
    check_migrated(engine, MIGRATIONS)
    if mode is Mode.PRODUCTION:
        check_durability(engine)


@asynccontextmanager
async def _serving(
    settings: AuditSettings, engine: Engine, clock: Clock
) -> AsyncIterator[DashboardServer | None]:
    """Everything started; stopped in reverse, so that nobody waits for a commit at the end."""
    async with AsyncExitStack() as stack:
        reader = Reader(engine)
        stack.push_async_callback(reader.close)
        writer = EventWriter(SQLEventStore(engine, clock))
        writer.start()
        stack.push_async_callback(writer.close)
        sources = page_sources(reader, clock)
        stack.push_async_callback(sources.verification.stop)
        watched, rpcs = Watched(writer, clock), RPCDurations()
        server = build_server(settings, reader=reader, writer=watched, clock=clock, observer=rpcs)
        await server.start()
        stack.push_async_callback(server.stop, limits.STOP_GRACE_S)
        await stack.enter_async_context(_watching(settings, reader, clock))
        dashboard = None
        if settings.dashboard is not None:
            dashboard = _dashboard(settings, settings.dashboard, sources)
            await dashboard.start()
            stack.push_async_callback(dashboard.stop)
        standing = Standing(sources.figures, sources.chain, clock)
        figures = (standing.families, watched.families, rpcs.families)
        await stack.enter_async_context(serving_metrics(settings.metrics, figures))
        await server.set_serving(True)
        port = dashboard and dashboard.bound_port
        _log.info("serving", port=server.bound_port, dashboard=port)
        yield dashboard


@asynccontextmanager
async def _watching(settings: AuditSettings, reader: Reader, clock: Clock) -> AsyncIterator[None]:
    """The chain is verified as it grows."""
    watch = ChainWatch(
        verify=VerifyChain(SQLChainStore(reader, clock), clock),
        every_s=settings.chain.check_every_s,
        head_file=settings.chain.head_file,
    )
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def build_server(
    settings: AuditSettings,
    *,
    reader: Reader,
    writer: EventLog,
    clock: Clock,
    observer: Observer | None = None,
) -> GRPCServer:
    """The gRPC server with its services; not started."""
    ingest = ingest_service_pb2.DESCRIPTOR.services_by_name["IngestService"]
    query = query_service_pb2.DESCRIPTOR.services_by_name["QueryService"]
    return GRPCServer(
        listen=settings.listen,
        tls=settings.tls,
        policy={**POLICY, **EDGE_LOG_POLICY},
        registrations=[
            Registration(ingest, IngestServicer(StoreEvents(writer))),
            Registration(query, _query_servicer(reader, clock)),
            Registration(
                ACCESS_LOG_SERVICE,
                EdgeLogServicer(KeepEdgeRequests(writer, clock, lambda: new_ulid(clock))),
            ),
        ],
        clock=clock,
        observer=observer,
        internal_clients={client.spiffe_id: client for client in settings.internal_clients},
    )


def _query_servicer(reader: Reader, clock: Clock) -> QueryServicer:
    chain = SQLChainStore(reader, clock)
    return QueryServicer(
        FindEvents(SQLEventSearch(reader)),
        ExportEvents(chain, event_line),
        VerifyChain(chain, clock),
    )


def page_sources(reader: Reader, clock: Clock) -> PageSources:
    """What the dashboard's pages read from."""
    search = SQLEventSearch(reader)
    figures = SQLTransferFigures(reader)
    chain = SQLChainStore(reader, clock)
    return PageSources(
        sum_up=SumUp(figures, clock),
        find_events=FindEvents(search),
        search=search,
        figures=figures,
        chain=chain,
        verification=RunningVerification(VerifyChain(chain, clock)),
    )


def read_dashboard_key(dashboard: DashboardSettings, mode: Mode) -> Secret[bytes]:
    """The secret key. Raises SecretFileError or WeakSecretError."""
    key = read_secret_file(dashboard.secret_key_file, mode)
    if len(key.reveal()) < _MIN_SECRET_KEY_BYTES:
        raise WeakSecretError(
            f"{dashboard.secret_key_file}: shorter than {_MIN_SECRET_KEY_BYTES} bytes"
        )
    return key


def _dashboard(
    settings: AuditSettings, dashboard: DashboardSettings, sources: PageSources
) -> DashboardServer:
    application = build_dashboard(
        sources,
        origins=dashboard.origins,
        secret_key=read_dashboard_key(dashboard, settings.mode),
    )
    return DashboardServer(application, host=dashboard.host, port=dashboard.port, tls=settings.tls)
