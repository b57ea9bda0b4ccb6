"""`python -m signer journal`: verify the chain, export it, verify an export elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import servicekit.database as db
import typer

from signer.adapters.journal_rows import read_head, walk
from signer.domain.journal import ChainBroken, Entry, Head, verify_chain
from signer.entrypoints.cli_errors import ConfigOption, fail, plain_errors, settings_of

journal_app = typer.Typer(no_args_is_help=True, help="The journal: verify, export.")


def _tell(head: Head) -> None:
    typer.echo(f"{head.sequence} entries, unbroken; the last link is {head.link.hex()}")


@journal_app.command("verify")
def verify_command(config: ConfigOption) -> None:
    """Follows the chain from the first entry to the head. Needs no key."""
    with plain_errors():
        engine = db.open_engine(settings_of(config).database)
        try:
            with db.read(engine) as connection:
                head = verify_chain(walk(connection))
                if head != read_head(connection):
                    fail(f"the chain ends at entry {head.sequence}, its head says otherwise")
        except ChainBroken as broken:
            fail(str(broken))
    _tell(head)


@journal_app.command("export")
def export_command(
    config: ConfigOption, file: Annotated[Path, typer.Option(help="Where to write JSON lines.")]
) -> None:
    """Writes the journal as JSON lines, for an auditor or for `verify-file`."""
    count = 0
    with plain_errors():
        engine = db.open_engine(settings_of(config).database)
        with db.read(engine) as connection, file.open("x", encoding="ascii") as out:
            for entry in walk(connection):
                line = {
                    "sequence": entry.sequence,
                    "content": entry.content.decode(),
                    "link": entry.link.hex(),
                }
                out.write(json.dumps(line) + "\n")
                count += 1
    typer.echo(f"{count} entries written")


@journal_app.command("verify-file")
def verify_file_command(
    file: Annotated[Path, typer.Argument(help="An export.", exists=True, dir_okay=False)],
) -> None:
    """Follows the chain of an export; needs neither database nor configuration."""
    with plain_errors():
        try:
            _tell(verify_chain(_entries(file)))
        except ChainBroken as broken:
            fail(str(broken))
        except (ValueError, KeyError):
            fail(f"{file}: is not an export of the journal")


def _entries(file: Path) -> Iterator[Entry]:
    with file.open(encoding="ascii") as lines:
        for line in lines:
            fields = json.loads(line)
            yield Entry(
                sequence=fields["sequence"],
                content=fields["content"].encode(),
                link=bytes.fromhex(fields["link"]),
            )
