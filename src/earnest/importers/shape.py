"""What a file is, from its first bytes: format, gzip, delimiter, column names; and what is refused before reading."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from earnest.importers.parsing import file_literal
from earnest.kernel.errors import DataRefused, NotFound

Format = Literal["csv", "jsonl", "parquet"]
BLANKS = "blanks"
SAMPLE_BYTES = 1 << 18
MAX_RATIO = 100
BOMB_EXEMPT_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 24
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a file is: format, whether gzipped, delimiter, header."""

    path: Path
    format: Format
    gzipped: bool
    columns: tuple[str, ...]
    delimiter: str = ","


def inspect(path: Path) -> FileShape:
    """Find out format, delimiter and columns from the file's first bytes.

    Raises:
        NotFound: `no-such-file`.
        DataRefused: `not-a-file`, `bad-file-name`, `empty-file`, `gzip-bomb`, `gzip-broken`, `no-header`, `not-text`,
            `not-json`, `parquet-broken`.
    """
    gzipped = is_gzipped(path)
    if _magic(path, gzipped=gzipped) == b"PAR1":
        with unpacked(path) if gzipped else contextlib.nullcontext(path) as plain:
            return FileShape(path, "parquet", gzipped=gzipped, columns=_parquet_columns(plain))
    head, whole = _head(path, gzipped=gzipped)
    if not head.strip():
        raise empty(path.name)
    if head.lstrip().startswith("{"):
        keys = _json_keys(head, path, whole=whole)
        return FileShape(path, "jsonl", gzipped, keys if whole else _with_late_keys(keys, path, gzipped=gzipped))
    _refuse_foreign(head, path)
    delimiter = _delimiter(head)
    return FileShape(path, "csv", gzipped, _header(head, delimiter, path), delimiter)


def is_gzipped(path: Path) -> bool:
    """Whether a file is gzipped; what cannot be a file of records is refused.

    Raises:
        NotFound: `no-such-file`. DataRefused: `not-a-file`, `bad-file-name`, `empty-file`, `gzip-bomb`, `gzip-broken`.
    """
    _refuse_name(path)
    magic = _magic(path, gzipped=False)
    if not magic:
        raise empty(path.name)
    gzipped = magic[:2] == b"\x1f\x8b"
    if gzipped:
        _refuse_bomb(path)
    return gzipped


def empty(name: str) -> DataRefused:
    """The refusal of a file without rows."""
    return DataRefused("empty-file", f"{name} holds no rows", hint="Export it again.", file=name)


def _refuse_name(path: Path) -> None:
    shown = str(path).encode(errors="replace").decode()
    if shown != str(path):
        raise DataRefused("bad-file-name", f"the name {shown} is not UTF-8 text", hint="Rename the file.", file=shown)
    if path.is_dir():
        raise DataRefused("not-a-file", f"{path} is a folder, not a file", hint="Name the files in it.", file=str(path))
    if not path.is_file():
        raise NotFound("no-such-file", f"there is no file {path}", hint="Check the path.", file=str(path))


def _refuse_bomb(path: Path) -> None:
    """Unpack in a stream, counting: a file that grows more than a hundredfold is refused before anything is read."""
    packed, unpacked = path.stat().st_size, 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > max(BOMB_EXEMPT_BYTES, packed * MAX_RATIO):
                    raise DataRefused(
                        "gzip-bomb",
                        f"{path.name} unpacks to more than {MAX_RATIO} times its size; that looks like a gzip bomb",
                        hint="If the file is right, unpack it yourself and import the plain file.",
                        file=path.name,
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataRefused(
            "gzip-broken",
            f"{path.name} is a damaged gzip file ({error})",
            hint="Fetch or export it again.",
            file=path.name,
        ) from error


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A plain copy of a gzipped file, for as long as it is needed: Parquet is read from its end."""
    with tempfile.TemporaryDirectory(prefix="earnest-") as folder:
        target = Path(folder) / path.name.removesuffix(".gz")
        with gzip.open(path) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
        yield target


def _magic(path: Path, *, gzipped: bool) -> bytes:
    with gzip.open(path) if gzipped else path.open("rb") as stream:
        return stream.read(4)


def _head(path: Path, *, gzipped: bool) -> tuple[str, bool]:
    """The first bytes as text, and whether they are all there is."""
    with gzip.open(path) if gzipped else path.open("rb") as stream:
        data = stream.read(SAMPLE_BYTES)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataRefused(
            "not-text", f"{path.name} is UTF-16, expected UTF-8", hint="Save it as CSV UTF-8.", file=path.name
        )
    return data.decode("utf-8-sig", errors="replace"), len(data) < SAMPLE_BYTES


def _refuse_foreign(head: str, path: Path) -> None:
    """What is neither CSV nor JSON Lines: binary files, and JSON written as one array."""
    if "\x00" in head:
        packed = head.startswith("PAR1")
        raise DataRefused(
            "not-text",
            f"{path.name} is gzipped Parquet" if packed else f"{path.name} is neither text nor Parquet",
            hint="Unpack it first; Parquet is compressed inside."
            if packed
            else "Save it as CSV (UTF-8), JSON Lines or Parquet.",
            file=path.name,
        )
    if re.match(r"\s*\[\s*[{\]]", head):
        raise DataRefused(
            "not-json",
            f"{path.name} is one JSON array, expected JSON Lines",
            hint="Write one JSON object a line, without [ ] and commas between, for example with jq -c '.[]'.",
            file=path.name,
        )


def _fields(line: str, delimiter: str) -> list[str]:
    """The fields of one line; none if it cannot be split (a cell beyond csv's limit)."""
    with contextlib.suppress(csv.Error, StopIteration):
        return next(csv.reader([line], delimiter=delimiter))
    return []


def _delimiter(head: str) -> str:
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    if len(lines) > 2:
        lines = lines[:-1]
    best, score = "", 0
    for candidate in (",", ";", "\t", "|"):
        counts = [len(_fields(line, candidate)) for line in lines]
        width = counts[0]
        agree = sum(count == width for count in counts)
        if width > 1 and agree * width > score and agree * 2 >= len(counts):
            best, score = candidate, agree * width
    if best:
        return best
    widths = [len(line.split()) for line in lines]
    return BLANKS if widths[0] > 1 and widths.count(widths[0]) * 2 >= len(widths) else ","


def _header(head: str, delimiter: str, path: Path) -> tuple[str, ...]:
    first = next((line for line in head.splitlines() if line.strip()), "")
    names = first.split() if delimiter == BLANKS else _first_record(head, delimiter)
    names = [name.strip() for name in names]
    if all(re.fullmatch(r"[-+0-9.,:TZ ]*", name) for name in names):
        raise DataRefused(
            "no-header",
            f"the first line of {path.name} holds no column names",
            hint="Add a header line that names the columns.",
            file=path.name,
            line=first[:80],
        )
    if any("\N{REPLACEMENT CHARACTER}" in name for name in names):
        raise DataRefused(
            "not-text",
            f"the column names of {path.name} hold bytes that are not UTF-8 text",
            hint="Save the file as UTF-8.",
            file=path.name,
        )
    return _distinct(names)


def _first_record(head: str, delimiter: str) -> list[str]:
    """The names of the header record, which may hold line ends inside quotes; none if it cannot be split."""
    with contextlib.suppress(csv.Error, StopIteration):
        return next(csv.reader(io.StringIO(head, newline=None), delimiter=delimiter))
    return []


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Names in order, each once: repeated ones numbered, missing ones called after their place."""
    unique: dict[str, None] = {}
    for position, name in enumerate(names):
        label = name or f"column_{position + 1}"
        choice, number = label, 1
        while choice in unique or (number > 1 and choice in names):
            number += 1
            choice = f"{label}_{number}"
        unique[choice] = None
    return tuple(unique)


def _json_keys(head: str, path: Path, *, whole: bool) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    lines = head.splitlines()
    for line in lines if whole or len(lines) == 1 else lines[:-1]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            for key, value in record.items():
                if isinstance(value, dict):
                    keys.update(dict.fromkeys(f"{key}.{inner}" for inner in value))
                else:
                    keys[key] = None
    if not keys:
        raise DataRefused(
            "not-json",
            f"{path.name} holds no JSON object on a line of its own",
            hint="Write one JSON object a line.",
            file=path.name,
        )
    return tuple(keys)


def _with_late_keys(keys: tuple[str, ...], path: Path, *, gzipped: bool) -> tuple[str, ...]:
    """Keys that first appear after the sample: a currency named only on foreign orders must not be overlooked."""
    sql = (
        f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM read_ndjson_objects({file_literal(path)}, ignore_errors = true,"
        f" maximum_object_size = {MAX_LINE_BYTES}, compression = '{'gzip' if gzipped else 'none'}') ORDER BY key"
    )
    with duckdb.connect() as con:
        found = [str(key) for (key,) in con.execute(sql).fetchall()]
    nested = {key.partition(".")[0] for key in keys}
    return (*keys, *(key for key in found if key not in keys and key not in nested))


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow.parquet

    try:
        return tuple(pyarrow.parquet.read_schema(path).names)
    except (OSError, ValueError) as error:
        raise DataRefused(
            "parquet-broken", f"{path.name} is a damaged Parquet file", hint="Write it again.", file=path.name
        ) from error
