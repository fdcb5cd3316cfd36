"""The server's log: one JSON object a line on standard error. Addresses by their template only; never a body, a query, a header.

A line that cannot be written, as on a full disk, is lost; it never breaks what it tells of.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from collections.abc import MutableMapping
from io import RawIOBase
from types import TracebackType
from typing import IO, Any

import msgspec
import structlog

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_encode = msgspec.json.Encoder(enc_hook=repr).encode


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
        logger_factory=structlog.BytesLoggerFactory(Quiet(_unbuffered())),  # type: ignore[arg-type]
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
    try:
        return _encode(event)
    except (TypeError, ValueError):
        return _encode({"event": "untellable", "level": "error"})


class Quiet:
    """A stream whose errors are nobody's: what it cannot take is lost."""

    def __init__(self, stream: IO[bytes] | RawIOBase) -> None:
        self._stream = stream

    def write(self, line: bytes) -> int:
        rest = memoryview(line)
        with contextlib.suppress(OSError, ValueError):
            while rest:
                rest = rest[self._stream.write(rest) or len(rest) :]
        return len(line)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def _unbuffered() -> IO[bytes] | RawIOBase:
    """Standard error without a buffer: a line that a full disk refused does not come again with every later one."""
    raw: RawIOBase | None = getattr(sys.stderr.buffer, "raw", None)
    return raw or sys.stderr.buffer


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
