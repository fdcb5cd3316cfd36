"""A file of webhook bodies → bodies one at a time, in constant memory.

One body a line, plain or as logs keep it (`{"received_at": …, "body": {…} or "raw text"}`); one body, or an array of
them, as one JSON document; each also gzipped. A line that is no JSON is refused alone.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from earnest.channels.told import REASONS, Rejected
from earnest.importers.parsing import EARLIEST_US, LATEST_US
from earnest.importers.shape import empty, is_gzipped
from earnest.kernel.errors import DataRefused
from earnest.kernel.period import instant_us

LARGEST_DOCUMENT = 1 << 28
"""Bytes of one JSON document, or one line, that is read in one piece."""

SUFFIXES = (".json", ".jsonl", ".ndjson", ".log", ".txt")
_BOM = b"\xef\xbb\xbf"
_FIRST_MS = 100_000_000_000
_LONGEST_NUMBER = 24


@dataclass(frozen=True, slots=True)
class Body:
    """One webhook body.

    Args:
        row: its line, or its place in an array, from 1.
        payload: decoded body; None if refused.
        received_us: when it was received, if the log says so.
        refused: what could not be read: the body, or only when it was received.
        done: bytes of the file read so far, for progress.
    """

    row: int
    payload: Any
    received_us: int | None = None
    refused: Rejected | None = None
    done: int = 0


@dataclass(frozen=True, slots=True)
class BodyReject:
    """A refused element as shown to people; `row` is the body's number, `field` the path within it."""

    row: int
    reason: str
    field: str | None
    value: str | None = None

    def sentence(self, file: str) -> str:
        """File, body, path, value, what is wrong and what to do, in one line."""
        wrong, remedy = REASONS[self.reason]
        shown = f"'{self.value}' " if self.value is not None else ""
        where = f"{file} body {self.row}" + (f" {self.field}" if self.field else "")
        return f"{where}: {shown}{wrong}. {remedy}"


def files_of(folder: Path) -> list[Path]:
    """The files of a folder and its folders that can hold bodies, by name."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return sorted(path for path in found if Path(path.name.removesuffix(".gz")).suffix in SUFFIXES)


def pack(files: Iterable[tuple[Path, str]], target: Path) -> None:
    """Write many files of one body each as one file of log records; each record names the file it came from.

    A file that is no JSON becomes a record whose body cannot be read, so that it is quarantined like any bad line.
    """
    with target.open("wb") as stream:
        for path, name in files:
            text = path.read_bytes().removeprefix(_BOM)
            document = _decoded(text)
            if document is _UNREADABLE:
                bodies: list[object] = [text.decode("utf-8", errors="replace")]
            else:
                bodies = document if isinstance(document, list) else [document]
            for body in bodies:
                stream.write(msgspec.json.encode({"file": name, "body": body}) + b"\n")


def read_bodies(path: Path, *, name: str | None = None, gzipped: bool | None = None) -> Iterator[Body]:
    """The bodies of a file.

    Args:
        name: the file's name for people; default: that of its path.
        gzipped: whether it is; None to find out, and to refuse what is no file or a gzip bomb.

    Raises:
        DataRefused: `empty-file`, `gzip-bomb`, `gzip-broken`, `not-text`, `document-too-large`.
        NotFound: `no-such-file`.
    """
    shown = name or path.name
    packed = is_gzipped(path) if gzipped is None else gzipped
    with path.open("rb") as raw, contextlib.ExitStack() as stack:
        stream: BinaryIO = stack.enter_context(gzip.open(raw)) if packed else raw  # type: ignore[assignment]
        first = _first_line(stream, shown)
        second = _line(stream, shown)
        if _decoded(first) is _UNREADABLE and (not second.strip() or _decoded(second) is _UNREADABLE):
            document = _decoded(_rest(stream, first + second, shown))
            if document is not _UNREADABLE:
                yield from _of_document(document)
                return
            stream.seek(0)
            first, second = _first_line(stream, shown), _line(stream, shown)
        elif not second and isinstance(document := _decoded(first), list):
            yield from _of_document(document)
            return
        for row, line in enumerate(_lines(stream, (first, second), shown), start=1):
            if line and not line.isspace():
                yield from _of_line(row, line, raw.tell())


def _of_document(document: object) -> Iterator[Body]:
    for row, payload in enumerate(document if isinstance(document, list) else [document], start=1):
        yield _unwrapped(row, payload, 0)


def _of_line(row: int, line: bytes, done: int) -> Iterator[Body]:
    payload = _decoded(line)
    if payload is _UNREADABLE:
        yield Body(row, None, refused=Rejected("not-json", ""), done=done)
    elif isinstance(payload, list):
        for one in payload:
            yield _unwrapped(row, one, done)
    else:
        yield _unwrapped(row, payload, done)


def _unwrapped(row: int, payload: Any, done: int) -> Body:
    """The body of a log's record, or the payload itself."""
    if not isinstance(payload, dict) or "body" not in payload or "entry" in payload:
        return Body(row, payload, done=done)
    body, said, refused = payload["body"], payload.get("received_at"), None
    received_us = received_at_us(said)
    if said is not None and received_us is None:
        refused = Rejected("time-unreadable", "received_at", str(said)[:60])
    if isinstance(body, str):
        body = _decoded(body.encode(errors="surrogatepass"))
        if body is _UNREADABLE:
            return Body(row, None, refused=Rejected("not-json", "body"), done=done)
    return Body(row, body, received_us, refused, done)


def received_at_us(said: object) -> int | None:
    """Instant that a log gives: ISO 8601 with a zone, or unix seconds, milliseconds or microseconds."""
    if isinstance(said, str) and not (said.isascii() and said.isdigit()):
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            return None
        us = instant_us(moment) if moment.tzinfo is not None else 0
    elif isinstance(said, str | int | float) and not isinstance(said, bool) and len(str(said)) <= _LONGEST_NUMBER:
        number = float(said)
        if not math.isfinite(number):
            return None
        scale = 1_000_000 if number < _FIRST_MS else 1000 if number < _FIRST_MS * 1000 else 1
        us = round(number * scale) if isinstance(said, float) else int(said) * scale
    else:
        return None
    return us if EARLIEST_US <= us < LATEST_US else None


_UNREADABLE = object()
_DECODER = msgspec.json.Decoder()


def _decoded(text: bytes) -> Any:
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _UNREADABLE


def _first_line(stream: BinaryIO, name: str) -> bytes:
    """The first line that is not blank is looked for nowhere else: leading blank lines are part of it."""
    line = _line(stream, name)
    if not line:
        raise empty(name)
    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataRefused("not-text", f"{name} is UTF-16, expected UTF-8", hint="Save it as UTF-8.", file=name)
    return line.removeprefix(_BOM)


def _line(stream: BinaryIO, name: str) -> bytes:
    line = stream.readline(LARGEST_DOCUMENT + 1)
    if len(line) > LARGEST_DOCUMENT:
        raise _too_large(name)
    return line


def _lines(stream: BinaryIO, read: tuple[bytes, ...], name: str) -> Iterator[bytes]:
    yield from read
    while line := _line(stream, name):
        yield line


def _rest(stream: BinaryIO, read: bytes, name: str) -> bytes:
    whole = io.BytesIO()
    whole.write(read)
    whole.write(stream.read(LARGEST_DOCUMENT + 1 - len(read)))
    if whole.tell() > LARGEST_DOCUMENT:
        raise _too_large(name)
    return whole.getvalue()


def _too_large(name: str) -> DataRefused:
    return DataRefused(
        "document-too-large",
        f"{name} holds one JSON document of more than {LARGEST_DOCUMENT >> 20} MB",
        hint="Write one body a line, for example with jq -c '.[]'.",
        file=name,
    )
