"""A real MariaDB for tests: a throw-away data folder, a loopback port, no network.

Needs Debian's mariadb-server-core and mariadb-client-core. Use it as

    with mariadb_server(folder) as new_url:
        engine = open_engine(DatabaseSettings(url=new_url()))

Each `new_url()` creates an empty schema. Everything goes when the block ends.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pymysql

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 30
_POLL_S = 0.05
# Whoever else holds a port may take a connection and say nothing.
_ANSWER_TIMEOUT_S = 5
_PORT_CHOICES = 3


class MariaDBMissingError(Exception):
    """The server's programs are not installed."""


@contextmanager
def mariadb_server(folder: Path) -> Iterator[Callable[[], str]]:
    """Run a server below `folder`; yields a function that creates a schema and names its URL.

    It flushes at every commit, as production must.
    """
    server = MariaDBServer(folder)
    server.install()
    server.start()
    numbers = count(1)

    def new_url() -> str:
        return server.create_schema(f"test_{next(numbers)}")

    try:
        yield new_url
    finally:
        server.stop()


class MariaDBServer:
    """The same, for tests that stop the server or kill it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._has_run = False
        self.port = _free_port()

    def install(self) -> None:
        """Make the data folder. Once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [
            _program("mariadb-install-db"),
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
            f"--datadir={self._data}",
            *_as_root(),
        ]
        done = subprocess.run(  # noqa: S603 - fixed arguments
            command, check=False, capture_output=True, text=True, timeout=_START_TIMEOUT_S
        )
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start the server and wait until it answers. Its port stays the same from then on."""
        for _ in range(1 if self._has_run else _PORT_CHOICES):
            if self._serves():
                self._has_run = True
                return
            self.kill()
            if not self._has_run:
                # Perhaps somebody took the port between its choice and now.
                self.port = _free_port()
        log_text = (self._folder / "server.log").read_text(errors="replace")
        raise RuntimeError(f"MariaDB did not start:\n{log_text[-2000:]}")

    def _serves(self) -> bool:
        """Start the process; whether this one, and no other on its port, answers in time."""
        command = [
            _program("mariadbd"),
            "--no-defaults",
            f"--datadir={self._data}",
            # Relative to the data folder: Unix socket paths are short, test folders are not.
            "--socket=s.sock",
            f"--pid-file={self._folder / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=16M",
            "--innodb-flush-log-at-trx-commit=1",
            "--max-connections=64",
            "--performance-schema=OFF",
            *_as_root(),
        ]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - fixed arguments
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(_POLL_S)
        return False

    def stop(self) -> None:
        """Stop in order; kill when that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Stop as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def create_schema(self, name: str) -> str:
        """An empty schema; returns its URL (user root, no password)."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{name}"

    def _connect(
        self, read_timeout_s: int = _START_TIMEOUT_S
    ) -> "pymysql.connections.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            connect_timeout=_ANSWER_TIMEOUT_S,
            read_timeout=read_timeout_s,
        )

    def _answers(self) -> bool:
        try:
            connection = self._connect(_ANSWER_TIMEOUT_S)
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT @@datadir")
                row = cursor.fetchone()
        except pymysql.MySQLError:
            return False
        return row is not None and Path(row[0]) == self._data


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin")
    if found is None:
        raise MariaDBMissingError(f"{name} is not installed (mariadb-server-core)")
    return found


def _as_root() -> list[str]:
    """The server refuses to run as root unless told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _free_port() -> int:
    """A port below those that the system gives to connections: it is still free when used."""
    while True:
        port = 10_000 + secrets.randbelow(8_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
