"""`python -m compose_setup`: sandbox, prepare, migrate, renew, public-certificate."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from compose_setup import migration
from compose_setup.form import Form, FormError, settle
from compose_setup.installation import Installation
from compose_setup.parts import PARTS, SCHEMAS
from compose_setup.renewal import Renewable, RenewalError, install_public_certificate, renew
from compose_setup.server import Server, ServerError

ROOT = Path("/installation")
SHARE = Path("/opt/gerbang/share")
PUBLIC_HOSTS = "localhost,127.0.0.1"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def arguments_from(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compose_setup", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the folders of the installation")
    parser.add_argument("--share", type=Path, default=SHARE, help="configuration files")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("sandbox", help="make this a sandbox, if it is nothing yet")
    verbs.add_parser("prepare", help="make the identities, secrets and files that are absent")
    migrate = verbs.add_parser("migrate", help="bring the database to this release")
    migrate.add_argument("services", nargs="*", help="only these")
    migrate.add_argument("--host", default="database")
    migrate.add_argument("--port", type=int, default=3306)
    renewing = verbs.add_parser("renew", help="replace one thing of a service")
    renewing.add_argument("part")
    renewing.add_argument("what", type=Renewable, choices=list(Renewable))
    public = verbs.add_parser("public-certificate", help="give the edge a certificate of yours")
    public.add_argument("certificate", type=Path, help="the chain as PEM, leaf first")
    public.add_argument("private_key", type=Path, help="its key as PEM, without a passphrase")
    return parser.parse_args(argv)


def installation(arguments: argparse.Namespace) -> Installation:
    hosts = os.environ.get("GERBANG_PUBLIC_HOSTS") or PUBLIC_HOSTS
    return Installation(
        root=arguments.root,
        share=arguments.share,
        public_hosts=tuple(host.strip() for host in hosts.split(",")),
        now=dt.datetime.now(dt.UTC),
    )


def act(arguments: argparse.Namespace) -> None:
    match arguments.verb:
        case "sandbox":
            settle(arguments.root / "authority", Form.SANDBOX)
            say("sandbox: this installation is one")
        case "prepare":
            form = installation(arguments).prepare()
            say(f"secrets: everything is there for a {form} installation")
        case "migrate":
            chosen = arguments.services or [schema.service for schema in SCHEMAS]
            unknown = set(chosen) - {schema.service for schema in SCHEMAS}
            if unknown:
                raise ServerError(f"no schema belongs to {', '.join(sorted(unknown))}")
            server = Server(
                host=arguments.host, port=arguments.port, passwords=arguments.root / "migrate"
            )
            schemas = [schema for schema in SCHEMAS if schema.service in chosen]
            migration.run(server, schemas, share=arguments.share, say=say)
        case "renew":
            renew(installation(arguments), arguments.part, arguments.what)
            say(f"secrets: {arguments.part} has a new {arguments.what}")
        case _:
            owner = next(part.owner for part in PARTS if part.name == "edge")
            install_public_certificate(
                arguments.root / "edge",
                owner=owner,
                certificate=arguments.certificate,
                private_key=arguments.private_key,
            )
            say("secrets: the edge has your certificate; restart it: docker compose restart edge")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = arguments_from(argv)
    try:
        act(arguments)
    except (FormError, RenewalError, ServerError, OSError, ValueError) as error:
        sys.stderr.write(f"{arguments.verb}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
