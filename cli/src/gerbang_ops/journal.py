"""`gerbang-ops journal`: whether the signer's journal is unbroken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import SIGNER, reach, run
from gerbang_ops.journal_chain import Head, entries_of, page
from gerbang_ops.outcomes import ExitCode, OpsError, plain_errors
from gerbang_ops.output import console, print_json
from gerbang_ops.session import JSONOption, opened

journal_app = typer.Typer(
    no_args_is_help=True, help="The signer's journal of every signature and every act on a key."
)
_NOTED = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")


@journal_app.callback()
def journal_root() -> None:
    """The signer's journal of every signature and every act on a key."""


@journal_app.command("verify")
def verify_command(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="An export (`python -m signer journal export`) instead of the running signer. "
            "Needs no configuration.",
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:LINK",
            help="The head you noted at an earlier verification: the chain must still hold it. "
            "Only this finds a journal that was written anew from the start.",
        ),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Follows the chain from the first entry to the head. Exit code 6: it is broken.

    Note the head it prints, somewhere else, for --expect next time.
    """
    if file is not None:
        with plain_errors():
            _tell(_verify_file(file, _noted(expect)), as_json=as_json)
        return
    with opened(context) as settings:
        _tell(run(_verify(settings, _noted(expect))), as_json=as_json)


def _noted(expect: str | None) -> Head | None:
    """Raises OpsError USAGE."""
    if expect is None:
        return None
    match = _NOTED.fullmatch(expect.strip().lower())
    if match is None:
        raise OpsError("--expect wants NUMBER:LINK as verify printed it", ExitCode.USAGE)
    return Head(int(match[1]), bytes.fromhex(match[2]))


def _check(head: Head, noted: Head | None) -> None:
    """Raises OpsError ALARM when the chain passes the noted number with another link."""
    if noted is not None and head.sequence == noted.sequence and head != noted:
        raise OpsError(
            f"ALARM: journal entry {head.sequence} is not the one you noted: the journal was "
            "written anew",
            ExitCode.ALARM,
        )


def _check_reached(head: Head, noted: Head | None) -> None:
    if noted is not None and head.sequence < noted.sequence:
        raise OpsError(
            f"ALARM: the journal ends at entry {head.sequence}, before the {noted.sequence} you "
            "noted",
            ExitCode.ALARM,
        )


def _verify_file(file: Path, noted: Head | None) -> Head:
    head = Head()
    for sequence, content, link in entries_of(file):
        head = head.follow(sequence=sequence, content=content, link=link)
        _check(head, noted)
    _check_reached(head, noted)
    return head


async def _verify(settings: OpsSettings, noted: Head | None) -> Head:
    """Up to the head of the first answer; what is written meanwhile is the next time's."""
    head = Head()
    async with reach(settings, SIGNER) as service:
        answer = await page(service, after=0)
        end = Head(answer.head_sequence, answer.head_link)
        while answer.entries and head.sequence < end.sequence:
            for entry in answer.entries:
                head = head.follow(sequence=entry.sequence, content=entry.content, link=entry.link)
                _check(head, noted)
                if head.sequence == end.sequence and head != end:
                    raise OpsError(
                        "ALARM: the chain does not end in the head that the signer names",
                        ExitCode.ALARM,
                    )
            answer = await page(service, after=head.sequence)
    if head.sequence < end.sequence:
        raise OpsError(
            f"ALARM: entries are missing at the end: {head.sequence} of {end.sequence}",
            ExitCode.ALARM,
        )
    _check_reached(head, noted)
    return head


def _tell(head: Head, *, as_json: bool) -> None:
    noted = f"{head.sequence}:{head.link.hex()}"
    if as_json:
        print_json({"unbroken": True, "entries": head.sequence, "head": noted})
        return
    console().print(f"{head.sequence} entries, unbroken.\nhead {noted}")
