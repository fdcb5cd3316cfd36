"""A file of webhook bodies → bodies one at a time, in constant memory.

One body a line, plain or as logs keep it (`{"received_at": …, "body": {…} or "raw text"}`); one body, or an array of
them, as one JSON document; each also gzipped. A line that is no JSON is refused alone. A record may hold the request's
`headers`, and as text a body that is a form; a form may also stand as an object of its fields.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from earnest.channels.channel import Headers
from earnest.channels.delivery import decode
from earnest.channels.reasons import REASONS
from earnest.channels.told import Rejected, shown_value
from earnest.importers.parsing import EARLIEST_US, LATEST_US
from earnest.importers.shape import empty, is_gzipped
from earnest.kernel.errors import DataRefused, NotFound
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
        origin: of a packed folder: the file it came from and its number in it, as people read them.
        headers: of the request, if the log keeps them; names in lower case.
    """

    row: int
    payload: Any
    received_us: int | None = None
    refused: Rejected | None = None
    done: int = 0
    origin: str | None = None
    headers: Headers = field(default_factory=dict)

    def located(self, refused: Rejected) -> Rejected:
        """A refusal within this body; of a packed folder it says which file."""
        if self.origin is None:
            return refused
        return Rejected(refused.reason, f"{self.origin}{WITHIN}{refused.field}", refused.value)


WITHIN = " › "
"""Stands between the file and body of a packed folder and the path within it."""


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
        origin, within, path = (self.field or "").rpartition(WITHIN)
        where = (origin if within else f"{file} body {self.row}") + (f" {path}" if path else "")
        return f"{where}: {shown}{wrong}. {remedy}"


def files_of(folder: Path) -> list[Path]:
    """The files of a folder and its folders that can hold bodies, by name."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return sorted(path for path in found if Path(path.name.removesuffix(".gz")).suffix in SUFFIXES)


def pack(files: Iterable[tuple[Path, str]], target: Path) -> list[Path]:
    """Write the bodies of many small files as one file of records, each with its file, number and receipt.

    Returns:
        Files that cannot be packed and say themselves what is wrong when they are imported alone.
    """
    left = []
    with target.open("wb") as stream:
        for path, name in files:
            try:
                records = [_record(name, body) for body in read_bodies(path)]
            except (DataRefused, NotFound, RecursionError, UnicodeError, OverflowError, TypeError, ValueError):
                left.append(path)
            else:
                stream.writelines(records)
    return left


def _record(name: str, body: Body) -> bytes:
    refused = body.refused and (body.refused.reason, body.refused.field, body.refused.value)
    place = {_PACKED: (name, body.row), "received_us": body.received_us, "refused": refused}
    return msgspec.json.encode(place | {"headers": dict(body.headers), "body": body.payload}) + b"\n"


def _unpacked(row: int, record: dict[str, Any], done: int) -> Body:
    """The body that `_record` wrote."""
    name, number = record[_PACKED]
    refused = Rejected(*record["refused"]) if record["refused"] else None
    origin = f"{name} body {number}"
    return Body(row, record["body"], record["received_us"], refused, done, origin, record["headers"])


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
        if _decoded(first) is _UNREADABLE:
            lines = bool(second.strip()) and _decoded(second) is not _UNREADABLE
            document = _document(stream, first + second, shown, lines=lines)
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
    if _PACKED in payload and payload.keys() == _RECORD:
        return _unpacked(row, payload, done)
    headers = _headers(payload.get("headers"))
    body = _written(payload["body"], headers) if isinstance(payload["body"], str) else payload["body"]
    if not isinstance(body, dict | list) and not payload.keys() <= _LOGGED:
        return Body(row, payload, done=done)
    said, refused = payload.get("received_at"), None
    received_us = received_at_us(said)
    if said is not None and received_us is None:
        refused = Rejected("time-unreadable", "received_at", shown_value(str(said)))
    if body is _UNREADABLE:
        return Body(row, None, received_us, Rejected("not-json", "body"), done, headers=headers)
    return Body(row, body, received_us, refused, done, headers=headers)


def _headers(said: object) -> dict[str, str]:
    """Headers as a log keeps them: an object of texts, or of lists of them."""
    if not isinstance(said, dict):
        return {}
    listed = {name.lower(): value if isinstance(value, list) else [value] for name, value in said.items()}
    return {name: ", ".join(one for one in values if isinstance(one, str)) for name, values in listed.items()}


def _written(text: str, headers: Headers) -> Any:
    """A body that a log keeps as text: JSON, or a form if its type says so."""
    raw = text.encode(errors="surrogatepass")
    if _FORM not in headers.get("content-type", "").lower():
        return _decoded(raw)
    fields = decode(raw, headers["content-type"])
    return _UNREADABLE if isinstance(fields, Rejected) else fields


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


_PACKED = "earnest:packed"
_RECORD = {_PACKED, "received_us", "refused", "headers", "body"}
_LOGGED = {"received_at", "headers", "method", "url", "path", "query", "status", "source", "body"}
"""Keys of a record whatever its body is; beside any other key, a text that is no body is the payload's own."""
_FORM = "application/x-www-form-urlencoded"
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


def _document(stream: BinaryIO, read: bytes, name: str, *, lines: bool) -> Any:
    """The whole file as one JSON document; if it has readable `lines`, being too large only means that it is none."""
    whole = io.BytesIO()
    whole.write(read)
    whole.write(stream.read(max(LARGEST_DOCUMENT + 1 - len(read), 0)))
    if whole.tell() <= LARGEST_DOCUMENT:
        return _decoded(whole.getvalue())
    if lines:
        return _UNREADABLE
    raise _too_large(name)


def _too_large(name: str) -> DataRefused:
    return DataRefused(
        "document-too-large",
        f"{name} holds one JSON document of more than {LARGEST_DOCUMENT >> 20} MB",
        hint="Write one body a line, for example with jq -c '.[]'.",
        file=name,
    )
