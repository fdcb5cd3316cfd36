"""Any table with one row a unit, staged as text in DuckDB: CSV, TSV, JSON lines or Parquet, each also gzipped.

Columns become `arm` and `o0, o1, …` of the table `units`, in file order. Nothing is guessed about types here, no row is
skipped, and a gzip bomb is refused by counting before anything is loaded.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from earnest.kernel.errors import DataRefused, NotFound, UsageError, closest

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
DELIMITERS = ",;\t|"
LARGEST_RATIO = 100
EXEMPT_BYTES = 1_000_000
_CHUNK = 1 << 20


@contextlib.contextmanager
def staged_units(path: Path, arm: str, outcomes: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory connection whose table `units` holds the arm and outcome columns as text, row by row.

    Raises:
        NotFound: `file-not-found`.
        UsageError: `unknown-format`, `unknown-column`.
        DataRefused: `empty-file`, `gzip-bomb`, `damaged-gzip`, `unreadable-file`, `malformed-row`, `duplicate-column`.
    """
    kind = _format(path)
    zipped = _is_gzip(path)
    if zipped:
        _refuse_bomb(path)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect(":memory:", config=config))
        source = path
        if kind == "parquet" and zipped:
            source = stack.enter_context(_unpacked(path))
        try:
            _stage(connection, source, kind, zipped=zipped, columns=[arm, *outcomes])
        except duckdb.Error as error:
            raise _unreadable(path, error) from error
        if connection.execute("SELECT count(*) FROM units").fetchone() == (0,):
            raise _empty(path)
        yield connection


def _format(path: Path) -> str:
    if not path.is_file():
        raise NotFound("file-not-found", f"there is no file {path}", hint="Check the path.", path=str(path))
    if path.stat().st_size == 0:
        raise _empty(path)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(
            "unknown-format",
            f"{path.name} does not end in a known format",
            hint=f"Expected one of {', '.join(FORMATS)}, each also with .gz.",
            path=str(path),
        )
    return FORMATS[suffix]


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _refuse_bomb(path: Path) -> None:
    """Count the unpacked bytes without keeping them; stop as soon as they are too many for the packed ones."""
    largest, size = max(EXEMPT_BYTES, LARGEST_RATIO * path.stat().st_size), 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > largest:
                    raise DataRefused(
                        "gzip-bomb",
                        f"{path.name} unpacks to more than {LARGEST_RATIO} times its size",
                        hint="If you trust it, unpack it yourself and give the unpacked file.",
                        path=str(path),
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataRefused(
            "damaged-gzip", f"{path.name} is not a complete gzip file: {error}", hint="Copy it again.", path=str(path)
        ) from error


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="earnest-") as folder:
        target = Path(folder) / "table.parquet"
        with gzip.open(path) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
        yield target


def _stage(
    connection: duckdb.DuckDBPyConnection, path: Path, kind: str, *, zipped: bool, columns: Sequence[str]
) -> None:
    reader = {"csv": _csv_source, "jsonl": _jsonl_source, "parquet": _parquet_source}[kind]
    source, cells, parameters = reader(connection, path, zipped, columns)
    selected = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, staged_names(columns), strict=True))
    connection.execute(f"CREATE TABLE units AS SELECT {selected} FROM {source}", parameters)


def staged_names(columns: Sequence[str]) -> list[str]:
    """Names in the staged table of the arm column and the outcome columns after it."""
    return ["arm", *(f"o{index}" for index in range(len(columns) - 1))]


_Source = tuple[str, list[str], list[object]]


def _csv_source(_: duckdb.DuckDBPyConnection, path: Path, zipped: bool, columns: Sequence[str]) -> _Source:
    header, delimiter = _header(path, zipped)
    repeated = next((column for column in columns if header.count(column) > 1), None)
    if repeated is not None:
        raise DataRefused(
            "duplicate-column",
            f"{path.name} has more than one column '{repeated}'",
            hint="Rename one.",
            column=repeated,
        )
    _check_columns(path, columns, header)
    types = ", ".join(f"c{index}: 'VARCHAR'" for index in range(len(header)))
    compression = "gzip" if zipped else "none"
    source = (
        f"read_csv(?, auto_detect = false, header = true, delim = ?, quote = '\"', escape = '\"', "
        f"compression = '{compression}', columns = {{{types}}})"
    )
    places = [header.index(column) for column in columns]
    cells = [f"c{places[0]}", *(f"trim(c{place})" for place in places[1:])]
    return source, cells, [_literal(path), delimiter]


def _header(path: Path, zipped: bool) -> tuple[list[str], str]:
    """Column names and the delimiter: the one that splits the first record into most names."""
    with gzip.open(path) if zipped else path.open("rb") as stream:
        head = stream.read(_CHUNK).decode("utf-8-sig", errors="replace")
    if not head.strip():
        raise _empty(path)
    found: list[tuple[list[str], str]] = []
    for delimiter in DELIMITERS:
        with contextlib.suppress(csv.Error):
            found.append((next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)), delimiter))
    names, delimiter = max(found, key=lambda row: len(row[0]), default=([], ","))
    if not names or any("\ufffd" in name or "\0" in name for name in names):
        raise DataRefused(
            "unreadable-file",
            f"{path.name} does not start with a line of column names",
            hint="Save it as UTF-8 text.",
            path=str(path),
        )
    return names, delimiter


def _jsonl_source(connection: duckdb.DuckDBPyConnection, path: Path, zipped: bool, columns: Sequence[str]) -> _Source:
    source = f"read_ndjson_objects(?, compression = '{'gzip' if zipped else 'none'}')"
    keys = f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM {source} ORDER BY key"
    known = [row[0] for row in connection.execute(keys, [_literal(path)]).fetchall()]
    if not known:
        raise _empty(path)
    _check_columns(path, columns, known)
    pointers = ["'/" + column.replace("~", "~0").replace("/", "~1").replace("'", "''") + "'" for column in columns]
    text = [f"json_extract_string(json, {pointer})" for pointer in pointers]
    cells = [
        f"CASE {word} WHEN 'true' THEN if(json_type(json, {pointer}) = 'BOOLEAN', '1', {word}) "
        f"WHEN 'false' THEN if(json_type(json, {pointer}) = 'BOOLEAN', '0', {word}) ELSE trim({word}) END"
        for pointer, word in zip(pointers[1:], text[1:], strict=True)
    ]
    return source, [text[0], *cells], [_literal(path)]


def _parquet_source(connection: duckdb.DuckDBPyConnection, path: Path, _: bool, columns: Sequence[str]) -> _Source:
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [_literal(path)]).fetchall()
    types = {row[0]: row[1] for row in described}
    _check_columns(path, columns, list(types))
    quoted = ['"' + column.replace('"', '""') + '"' for column in columns]
    typed = [
        f"CAST({name} AS INTEGER)" if types[column] == "BOOLEAN" else name
        for name, column in zip(quoted[1:], columns[1:], strict=True)
    ]
    return (
        "read_parquet(?)",
        [f"CAST({quoted[0]} AS VARCHAR)", *(f"trim(CAST({cell} AS VARCHAR))" for cell in typed)],
        [_literal(path)],
    )


def _check_columns(path: Path, columns: Sequence[str], known: Sequence[str]) -> None:
    for column in columns:
        if column not in known:
            raise UsageError(
                "unknown-column",
                f"{path.name} has no column '{column}'{closest(column, known)}",
                hint="Columns: " + ", ".join(known),
                column=column,
            )


def _literal(path: Path) -> str:
    """The path with wildcards made literal: DuckDB reads `a*.csv` as every file that fits."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def _empty(path: Path) -> DataRefused:
    return DataRefused(
        "empty-file", f"{path.name} holds no rows with columns", hint="Export it with one row per unit.", path=str(path)
    )


def _unreadable(path: Path, error: duckdb.Error) -> DataRefused:
    said = str(error).split("\n", maxsplit=1)[0]
    line = re.search(r"(?:CSV Error on Line: |in line )(\d+)", str(error))
    if line is None:
        return DataRefused(
            "unreadable-file", f"{path.name} cannot be read: {said}", hint="Export it again.", path=str(path)
        )
    reason = next((text for text in str(error).split("\n")[2:3] if text), said)
    return DataRefused(
        "malformed-row",
        f"line {line[1]} of {path.name} cannot be read: {reason}",
        hint="Correct that line; nothing is skipped silently.",
        path=str(path),
        line=int(line[1]),
    )
