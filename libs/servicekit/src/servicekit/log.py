"""Logs: one JSON object a line on standard error.

A message is a constant; what varies stands in fields beside it. Fields whose
name says that they hold a secret are blanked, in case someone forgets.
"""

import json
import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

_BLANK = "***"
_NEVER_LOGGED = (
    "authorization",
    "cookie",
    "password",
    "private_key",
    "secret",
    "signature",
    "token",
    "totp",
)
# Names that hold one of the words and are harmless.
_HARMLESS = ("token_id", "page_token_kind", "secret_file", "password_file", "private_key_file")


def _blank_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        lowered = name.lower()
        if any(word in lowered for word in _NEVER_LOGGED) and lowered not in _HARMLESS:
            event[name] = _BLANK
    return event


def _json(event: Any, **_: Any) -> str:
    return json.dumps(event, default=repr, ensure_ascii=False)


def _install(service: str, level: str, *, final: bool) -> None:
    def name_the_service(_: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if service:
            event["service"] = service
        return event

    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_the_service,
            _blank_secrets,
            structlog.processors.ExceptionRenderer(tracebacks),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up late: tests replace standard error.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=final,
    )


class _Forward(logging.Handler):
    """Turns what libraries log by themselves into lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        get_logger().log(
            record.levelno,
            "library message",
            library=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )


def configure(service: str, level: str) -> None:
    """Set the process's logging up. Once, at start."""
    _install(service, level, final=True)
    # Libraries may only warn: below that they log bodies and statements.
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)


def get_logger() -> FilteringBoundLogger:
    """The process's logger; usable at import, before `configure`."""
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


# What is logged before `configure`, or without it, is safe as well: structlog's
# own default would print the local variables of every frame.
_install("", "info", final=False)
