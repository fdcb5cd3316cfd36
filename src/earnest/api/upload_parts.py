"""Files of a form, written to the disk as they come: memory holds a piece of them, never a file.

chunk ── multipart parser ── part with a file name ── place on the disk
                          └─ other parts are fields, and none are expected: they are left out
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from earnest.api.limited_body import too_large
from earnest.kernel.errors import DataRefused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FILES = 20
MOST_PARTS = 2 * MOST_FILES

Place = Callable[[str], tuple[str, Path]]
"""Name of a file → its number, and where its bytes go."""


@dataclass(slots=True)
class Parts:
    """What came so far.

    Args:
        place: see `Place`. found: number and path of each file; the last one may not be whole.
    """

    place: Place
    found: list[tuple[str, Path]] = field(default_factory=list)
    whole: bool = False
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _file: BinaryIO | None = None
    _count: int = 0

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def close(self) -> None:
        """Let go of a file that is not whole."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._headers = {}
        self._count += 1
        if self._count > MOST_PARTS:
            raise _unreadable()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"filename", b"").decode("utf-8", errors="replace")
        if not name:
            return
        if len(self.found) >= MOST_FILES:
            raise DataRefused(
                "too-many-files", f"more than {MOST_FILES} files at once", hint="Upload them in several goes."
            )
        number, path = self.place(name)
        self.found.append((number, path))
        self._file = path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self.close()

    def _all(self) -> None:
        self.whole = True


async def receive_files(request: Request, parts: Parts, *, most: int) -> None:
    """Write the files of a form to where `parts` says.

    Args:
        most: bytes of all of them together.

    Raises:
        TooLarge: `too-large`. DataRefused: `not-a-form`, `cut-short`, `too-many-files`. EarnestError: as `place`.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise DataRefused("not-a-form", "no files came with the form", hint="Choose files and send them again.")
    said = request.headers.get("content-length", "")
    remedy = "Split the files, gzip them, or import them where the workspace lies: earnest import run FILE --as KIND"
    if said.isascii() and said.isdigit() and int(said[:18]) > most:
        raise too_large("what was sent", most, remedy)
    parser, taken = MultipartParser(options[b"boundary"], parts.callbacks()), 0
    try:
        async for chunk in request.stream():
            taken += len(chunk)
            if taken > most:
                raise too_large("what was sent", most, remedy)
            if chunk:
                await run_in_threadpool(parser.write, chunk)
        parser.finalize()
    except FormParserError as error:
        raise _unreadable() from error
    finally:
        parts.close()
    if not parts.whole:
        raise DataRefused("cut-short", "the files did not come whole", hint="Send them again.")


def _unreadable() -> DataRefused:
    return DataRefused("not-a-form", "what was sent is not a form with files", hint="Choose files and send them again.")
