"""The health probe of a container, against a real server behind real mutual TLS."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servicekit.config import TLSSettings
from servicekit.probe import main
from servicekit.server import GRPCServer

WriteConfig = Callable[..., Path]


@pytest.fixture
def config(tmp_path: Path, pki: Any) -> WriteConfig:
    def write(port: int, tls: TLSSettings | None = None) -> Path:
        files = tls or pki["probe"]
        path = tmp_path / "probe.toml"
        path.write_text(
            f"""
            anything_else = 1
            [listen]
            port = {port}
            [tls]
            certificate_file = "{files.certificate_file}"
            private_key_file = "{files.private_key_file}"
            ca_file = "{files.ca_file}"
            """
        )
        return path

    return write


async def probe(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, [str(argument) for argument in arguments])


async def test_a_serving_process_is_well(server: GRPCServer, config: WriteConfig):
    await server.set_serving(True)
    assert await probe("--config", config(server.bound_port)) == 0


async def test_a_process_that_does_not_serve_yet_is_not_well(
    server: GRPCServer, config: WriteConfig, capsys: pytest.CaptureFixture[str]
):
    await server.set_serving(False)
    assert await probe("--config", config(server.bound_port)) == 1
    assert "not serving" in capsys.readouterr().err


async def test_another_port_than_the_files_can_be_asked(server: GRPCServer, config: WriteConfig):
    await server.set_serving(True)
    assert await probe("--config", config(1), "--port", str(server.bound_port)) == 0


async def test_nobody_listening_is_not_well(
    config: WriteConfig, capsys: pytest.CaptureFixture[str]
):
    assert await probe("--config", config(1)) == 1
    assert "UNAVAILABLE" in capsys.readouterr().err


async def test_a_file_that_names_no_port_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "empty.toml"
    path.write_text("")
    assert await probe("--config", path) == 1
    assert "KeyError" in capsys.readouterr().err
