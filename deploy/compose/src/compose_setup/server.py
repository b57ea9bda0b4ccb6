"""The database server as an administrator sees it: schemas, users, what each may do.

Runs again at every start: what is there stays, and passwords are set to those
in the files. What a user may do stands in each service's config/grants.sql.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from compose_setup.installation import ROOT_PASSWORD_FILE, password_file
from compose_setup.parts import Schema

WAIT_S = 180.0
POLL_S = 1.0
CONNECT_TIMEOUT_S = 5


class ServerError(Exception):
    """The server cannot be used. The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is, and the folder with every user's password."""

    host: str
    port: int
    passwords: Path

    def password(self, user: str) -> str:
        return self._read(password_file(user))

    @contextmanager
    def as_root(self, *, wait_s: float = WAIT_S) -> Iterator[Connection[Cursor]]:
        """A connection of the administrator, once the server answers. Raises ServerError."""
        with self._connect(self._read(ROOT_PASSWORD_FILE), time.monotonic() + wait_s) as opened:
            yield opened

    def _connect(self, password: str, deadline: float) -> Connection[Cursor]:
        while True:
            try:
                return pymysql.connect(
                    host=self.host,
                    port=self.port,
                    user="root",
                    password=password,
                    charset="utf8mb4",
                    connect_timeout=CONNECT_TIMEOUT_S,
                    autocommit=True,
                )
            except pymysql.OperationalError as error:
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"{self.host}:{self.port} does not let root in: {error.args[-1]}"
                    ) from None
                time.sleep(POLL_S)

    def _read(self, name: str) -> str:
        return (self.passwords / name).read_text(encoding="utf-8").removesuffix("\n")


def create_schema(connection: Connection[Cursor], schema: Schema, server: Server) -> None:
    """The schema and its two users; only the one for migrations may do anything yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{schema.name}` CHARACTER SET utf8mb4")
        for user in (schema.user, schema.migration_user):
            password = server.password(user)
            cursor.execute("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", (user, password))
            cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", (user, password))
        pattern = schema.name.replace("_", r"\_")
        cursor.execute(
            f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO %s@'%%'", (schema.migration_user,)
        )


def grant(connection: Connection[Cursor], grants_file: Path) -> None:
    """What the service's user may do, table by table: the tables must be there.

    Nothing is taken away: the service may be at work while this runs.
    """
    with connection.cursor() as cursor:
        for statement in grants_in(grants_file.read_text(encoding="utf-8")):
            cursor.execute(statement)


def grants_in(script: str) -> list[str]:
    """The GRANT statements of a script; users and passwords are made elsewhere."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    statements = (" ".join(part.split()) for part in "\n".join(lines).split(";"))
    return [statement for statement in statements if statement.startswith("GRANT ")]
