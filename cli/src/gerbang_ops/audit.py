"""`gerbang-ops audit`: whether the log is what was acknowledged, and a copy of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from gerbang.audit.v1 import query_service_pb2 as pb

from gerbang_ops.audit_chain import Link, PageLine, noted, read_line, verify_export
from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import AUDIT, Service, reach, run
from gerbang_ops.outcomes import ExitCode, OpsError, plain_errors
from gerbang_ops.output import console, plain, print_json
from gerbang_ops.session import JSONOption, opened

audit_app = typer.Typer(no_args_is_help=True, help="The audit's log of everything and its chain.")
FromHeadOption = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER:HASH",
        help="A head you noted earlier, somewhere the database's administrator cannot write. "
        "Only this finds a log that was written anew from the start.",
    ),
]


@audit_app.callback()
def audit_root() -> None:
    """The audit's log of everything and its chain."""


@audit_app.command("head")
def head_command(context: typer.Context, *, as_json: JSONOption = False) -> None:
    """Prints the newest link as NUMBER:HASH, to be noted elsewhere. Verifies nothing."""
    with opened(context) as settings:
        link = run(_head(settings))
        if as_json:
            print_json({"head": str(link)})
            return
        console().print(str(link))


@audit_app.command("verify")
def verify_command(
    context: typer.Context,
    *,
    from_head: FromHeadOption = None,
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="An export instead of the running audit. Needs no configuration and believes "
            "nobody.",
        ),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Follows the chain to its head. Exit code 6: it is broken, and where.

    Note the head it prints, somewhere else, for --from-head next time.
    """
    if file is not None:
        with plain_errors():
            _tell(verify_export(file, noted(from_head)), as_json=as_json)
        return
    with opened(context) as settings:
        _tell(run(_verify(settings, noted(from_head) or Link())), as_json=as_json)


@audit_app.command("export")
def export_command(
    context: typer.Context,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", dir_okay=False, help="A file that is not there yet.")
    ],
    from_head: FromHeadOption = None,
) -> None:
    """Writes the log, or what follows a noted head, to a file (JSON lines).

    Then verify the file: nothing is judged on the way.
    """
    with opened(context) as settings:
        start = noted(from_head) or Link()
        with output.open("xb") as file:
            through = run(_export(settings, start, file))
        console().print(f"{through - start.sequence} events, up to {through}, in {output}.")


async def _head(settings: OpsSettings) -> Link:
    async with reach(settings, AUDIT) as service:
        return _link((await _walk(service, Link())).head)


async def _verify(settings: OpsSettings, start: Link) -> Link:
    """The link that the audit vouches for. Raises OpsError."""
    async with reach(settings, AUDIT) as service:
        link = start
        while True:
            answer = await _walk(service, link)
            if answer.HasField("broken"):
                raise OpsError(
                    f"ALARM: the log is broken at event {answer.broken.sequence}: "
                    f"{plain(answer.broken.problem)}",
                    ExitCode.ALARM,
                )
            link = _link(answer.walked)
            if answer.is_complete:
                return link


async def _walk(service: Service, start: Link) -> pb.VerifyChainResponse:
    request = pb.VerifyChainRequest(
        after_sequence=start.sequence, after_hash=start.hash.hex() if start.sequence else ""
    )
    return await service.ask(service.events().VerifyChain, request)


async def _export(settings: OpsSettings, start: Link, file: BinaryIO) -> int:
    """The last place that was written. Raises OpsError."""
    after = start.sequence
    async with reach(settings, AUDIT) as service:
        while True:
            request = pb.ExportEventsRequest(after_sequence=after)
            answer = await service.ask(service.events().ExportEvents, request)
            file.write(answer.data)
            page = read_line(json.loads(answer.data.splitlines()[-1]))
            if not isinstance(page, PageLine):
                raise OpsError("audit says: a page without an end")
            after = page.through
            if page.is_last:
                return after


def _link(answer: pb.ChainLink) -> Link:
    return Link(answer.sequence, bytes.fromhex(answer.hash)) if answer.sequence else Link()


def _tell(link: Link, *, as_json: bool) -> None:
    if as_json:
        print_json({"unbroken": True, "events": link.sequence, "head": str(link)})
        return
    console().print(f"{link.sequence} events, unbroken.\nhead {link}")
