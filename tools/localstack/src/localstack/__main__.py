"""Command line: run, demo, identity, operator, settings."""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from localstack import check, demo, demo_operator, parts
from localstack import settings as local
from localstack.commands import ProvisionError
from localstack.pki import Authority
from localstack.prerequisites import NotReadyError
from localstack.processes import ProcessFailedError
from localstack.secret_files import Secrets
from localstack.settings import Settings, SettingsError
from localstack.stack import Stack
from localstack.tether import PR_SET_PDEATHSIG

WATCH_S = 0.5
# What a shell reports for a program ended by Ctrl-C.
INTERRUPTED = 130
EVERYTHING = ",".join(parts.ALL)
app = typer.Typer(
    help="Gerbang on one machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
OnlyOption = Annotated[
    str, typer.Option("--only", help="Start only these parts, separated by commas.")
]


class StopRequested(BaseException):
    """Somebody asked the stack to stop."""


@app.command()
def run(only: OnlyOption = EVERYTHING) -> None:
    """Start everything, make one transfer, stay until Ctrl-C."""
    with plain_errors(), suppress(StopRequested), running(only) as stack:
        if "edge" in only and "bank-adapter" in only:
            try:
                demonstrate(stack)
            except demo.DemoFailedError as error:
                say(str(error))
        say("dashboard: .venv/bin/python -m localstack operator says how to log in")
        say(f"operators: .venv/bin/gerbang-ops --config {stack.ops_file} transfers list")
        say("Gerbang is up. Ctrl-C stops it.")
        while (obituary := stack.obituary()) is None:
            time.sleep(WATCH_S)
        fail(obituary)


@app.command("demo")
def run_demo() -> None:
    """Start everything, make one transfer, stop. Exit code 0: it settled."""
    with plain_errors(), running(EVERYTHING) as stack:
        demonstrate(stack)


@app.command()
def identity(
    name: Annotated[str, typer.Argument(help="For example client/payroll or operator/alice.")],
) -> None:
    """Issue a certificate of the development CA."""
    with plain_errors():
        authority = Authority(from_environment().state / "pki", now=dt.datetime.now(dt.UTC))
        try:
            issued = authority.issue(name if "/" in name else f"client/{name}")
        except ValueError as error:
            fail(str(error))
        say(f"identity     {issued.spiffe_id}")
        say(f"certificate  {issued.certificate_file}")
        say(f"private key  {issued.private_key_file}")
        say(f"authority    {issued.ca_file}")


@app.command()
def operator() -> None:
    """Say how to log in to the dashboard of the stack that runs here."""
    with plain_errors():
        settings = from_environment()
        secrets = Secrets(settings.state / "secrets")
        if not secrets.operator_totp_file.exists():
            fail("There is no operator yet: start the stack first, `make run`.")
        say(demo_operator.login_text(settings, secrets))


@app.command()
def settings() -> None:
    """Print every environment variable with its default."""
    say(local.table())


@app.command("check-config")
def check_config() -> None:
    """Let every part read the configuration written here; start nothing."""
    complaints = check.everything(Path.cwd())
    if complaints:
        fail("\n".join(complaints))
    say("configuration: every part accepts its file, Envoy its own")


def demonstrate(stack: Stack) -> None:
    with stack.erp() as erp:
        demo.make_transfer(erp, say=say)
        say(demo.curl_commands(erp, dev_env=stack.settings.state / "dev.env"))


@contextmanager
def running(only: str) -> Iterator[Stack]:
    """A started stack that ends with the block, with Ctrl-C or with `make`."""
    end_with_make()
    stack = Stack(from_environment(), say=say, only=only.split(","))
    stop_on_signals(stack)
    try:
        with stack:
            yield stack
    finally:
        if stack.names():
            say("stopped")


def stop_on_signals(stack: Stack) -> None:
    """The first signal stops everything in order; another one does not wait."""

    def stop(_number: int, _frame: object) -> None:
        if stack.stopping:
            stack.stop_now()
        else:
            raise StopRequested

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, stop)


def end_with_make() -> None:
    """Under make, ask Linux for SIGTERM when make is killed, so that nothing is left behind."""
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def from_environment() -> Settings:
    return local.from_environment(Path.cwd(), os.environ)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What a person can put right becomes a sentence and exit code 1."""
    try:
        yield
    except (
        SettingsError,
        NotReadyError,
        ProvisionError,
        ProcessFailedError,
        demo.DemoFailedError,
    ) as error:
        fail(str(error))
    except StopRequested:
        raise typer.Exit(INTERRUPTED) from None


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    print(text, file=sys.stderr, flush=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
