"""Logs are JSON lines without secrets and without local variables."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from servicekit import log
from servicekit.secret import Secret


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    log._install("probe", "info", final=False)
    yield lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    log._install("", "info", final=False)


def test_line_has_message_fields_service_level_and_time(lines: Callable[[], list[dict[str, Any]]]):
    log.get_logger().warning("thing happened", count=3, name="\u00e9\n")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "thing happened",
        "level": "warning",
        "service": "probe",
        "count": 3,
        "name": "\u00e9\n",
    }


def test_level_below_the_configured_is_silent(lines: Callable[[], list[dict[str, Any]]]):
    log.get_logger().debug("unseen")
    assert lines() == []


@pytest.mark.parametrize(
    "name", ["token", "access_token", "Authorization", "client_secret", "signature", "set_cookie"]
)
def test_field_named_like_a_secret_is_blanked(lines: Callable[[], list[dict[str, Any]]], name: str):
    log.get_logger().info("x", **{name: "hunter2"})
    assert lines()[0][name] == "***"


def test_secret_and_other_objects_are_shown_safely(lines: Callable[[], list[dict[str, Any]]]):
    log.get_logger().info("x", held=Secret("hunter2"), raw=b"\xff", many={1})
    (line,) = lines()
    assert line["held"] == "Secret(***)"
    assert line["raw"] == "b'\\xff'"


def test_exception_is_logged_without_local_variables(lines: Callable[[], list[dict[str, Any]]]):
    hidden = "hunter2"
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        log.get_logger().error("crashed", exc_info=True)
    (line,) = lines()
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert hidden not in json.dumps(line).replace('hidden = "hunter2"', "")


def test_what_libraries_log_becomes_a_line_of_ours(capfd: pytest.CaptureFixture[str]):
    handlers, level = logging.root.handlers[:], logging.root.level
    log.configure("probe", "info")
    try:
        logging.getLogger("some.library").warning("odd %s", "thing")
        logging.getLogger("some.library").info("unseen")
    finally:
        log._install("", "info", final=False)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    (line,) = [json.loads(text) for text in capfd.readouterr().err.splitlines()]
    assert (line["event"], line["library"], line["text"]) == (
        "library message",
        "some.library",
        "odd thing",
    )


def test_configure_sets_the_level_of_the_process(capfd: pytest.CaptureFixture[str]):
    handlers, level = logging.root.handlers[:], logging.root.level
    log.configure("probe", "error")
    try:
        structlog.get_logger().warning("unseen")
        structlog.get_logger().error("seen")
        assert [json.loads(text)["event"] for text in capfd.readouterr().err.splitlines()] == [
            "seen"
        ]
    finally:
        log._install("", "info", final=False)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
