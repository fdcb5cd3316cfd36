"""The server's log: one JSON object a line on standard error. Addresses by their template only; never a body, a query, a header."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import msgspec
import structlog

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_encode = msgspec.json.Encoder().encode


def configure(level: str) -> None:
    """Set the log up for this process.

    Args:
        level: debug, info (a line for each request), warning (only what was refused or failed), error.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Forwarded()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL)


def log() -> Any:
    """The logger."""
    return structlog.get_logger()


def where(error: BaseException) -> list[str]:
    """Where an exception came from: files, lines and functions. Not its words, which may quote what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


def _rendered(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return _encode(event)


class _Forwarded(logging.Handler):
    """What libraries log, in the same form; of exceptions the class and the place."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {"logger": record.name}
        told: tuple[type[BaseException], BaseException, TracebackType | None] | Any = record.exc_info
        if told and told[1] is not None:
            facts |= {"error": type(told[1]).__name__, "at": where(told[1])}
        logger = log()
        said = logger.error if record.levelno >= logging.ERROR else logger.warning
        said("library", said=str(record.msg).split("\n", maxsplit=1)[0], **facts)
