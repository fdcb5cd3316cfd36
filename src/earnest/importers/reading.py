"""A file → one text table of its records, with record numbers, and the lines that could not be read.

CSV (comma, semicolon, tab, pipe or runs of blanks), JSON Lines and Parquet, each also gzipped (Parquet excepted).
The table `raw` has the columns c0, c1, … as text and `row`, the 1-based record number in the file; unreadable records
keep their number and go to `rejected(row, reason, field)`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from earnest.importers.parsing import identifier, quote
from earnest.kernel.errors import DataRefused

Format = Literal["csv", "jsonl", "parquet"]
BLANKS = "blanks"
SAMPLE_BYTES = 1 << 18
MAX_RATIO = 100
BOMB_EXEMPT_BYTES = 1 << 20
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
        DataRefused: `no-such-file`, `empty-file`, `gzip-bomb`, `gzip-broken`, `no-header`, `not-text`.
    """
    if not path.is_file():
        raise DataRefused("no-such-file", f"there is no file {path}", hint="Check the path.", file=str(path))
    with path.open("rb") as stream:
        magic = stream.read(4)
    if not magic:
        raise _empty(path)
    if magic == b"PAR1":
        return FileShape(path, "parquet", gzipped=False, columns=_parquet_columns(path))
    gzipped = magic[:2] == b"\x1f\x8b"
    if gzipped:
        _refuse_bomb(path)
    head = _head(path, gzipped=gzipped)
    if not head.strip():
        raise _empty(path)
    if head.lstrip().startswith("{"):
        return FileShape(path, "jsonl", gzipped, _json_keys(head, path))
    if "\x00" in head:
        raise DataRefused(
            "not-text",
            f"{path.name} is neither text nor Parquet",
            hint="Save it as CSV (UTF-8), JSON Lines or Parquet.",
            file=path.name,
        )
    delimiter = _delimiter(head)
    return FileShape(path, "csv", gzipped, _header(head, delimiter, path), delimiter)


def load(con: duckdb.DuckDBPyConnection, shape: FileShape) -> int:
    """Fill the tables `raw` and `rejected` of `con` from the file; return the number of records in it."""
    con.execute("CREATE OR REPLACE TEMP TABLE rejected (row BIGINT, reason VARCHAR, field VARCHAR)")
    if shape.format == "parquet":
        _load_parquet(con, shape)
    elif shape.format == "jsonl":
        _load_json(con, shape)
    elif shape.delimiter == BLANKS:
        _load_blanks(con, shape)
    else:
        _load_csv(con, shape)
    (count,) = _one(con, "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM rejected)")
    if not count:
        raise _empty(shape.path)
    return int(count)


def _empty(path: Path) -> DataRefused:
    return DataRefused("empty-file", f"{path.name} holds no rows", hint="Export it again.", file=path.name)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return tuple(row)


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


def _head(path: Path, *, gzipped: bool) -> str:
    with gzip.open(path) if gzipped else path.open("rb") as stream:
        data = stream.read(SAMPLE_BYTES)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataRefused(
            "not-text", f"{path.name} is UTF-16, expected UTF-8", hint="Save it as CSV UTF-8.", file=path.name
        )
    return data.decode("utf-8-sig", errors="replace")


def _delimiter(head: str) -> str:
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    if len(lines) > 2:
        lines = lines[:-1]
    best, score = "", 0
    for candidate in (",", ";", "\t", "|"):
        counts = [len(next(csv.reader([line], delimiter=candidate))) for line in lines]
        width = counts[0]
        agree = sum(count == width for count in counts)
        if width > 1 and agree * width > score and agree * 2 >= len(counts):
            best, score = candidate, agree * width
    if best:
        return best
    widths = {len(line.split()) for line in lines}
    return BLANKS if len(widths) == 1 and widths != {1} else ","


def _header(head: str, delimiter: str, path: Path) -> tuple[str, ...]:
    first = next((line for line in head.splitlines() if line.strip()), "")
    names = first.split() if delimiter == BLANKS else next(csv.reader(io.StringIO(head), delimiter=delimiter))
    names = [name.strip() for name in names]
    if all(re.fullmatch(r"[-+0-9.,:TZ ]*", name) for name in names):
        raise DataRefused(
            "no-header",
            f"the first line of {path.name} holds no column names",
            hint="Add a header line that names the columns.",
            file=path.name,
            line=first[:80],
        )
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names):
        label = name or f"column_{position + 1}"
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label}_{seen[label]}")
    return tuple(unique)


def _json_keys(head: str, path: Path) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    lines = head.splitlines()
    for line in lines if len(head) < SAMPLE_BYTES or len(lines) == 1 else lines[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
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


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow.parquet

    try:
        return tuple(pyarrow.parquet.read_schema(path).names)
    except (OSError, ValueError) as error:
        raise DataRefused(
            "parquet-broken", f"{path.name} is a damaged Parquet file", hint="Write it again.", file=path.name
        ) from error


def _load_parquet(con: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
    columns = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(shape.columns))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {columns}, file_row_number + 1 AS row"
        f" FROM read_parquet({quote(str(shape.path))}, file_row_number = true)"
    )


def _lines(con: duckdb.DuckDBPyConnection, shape: FileShape, *, header: bool) -> None:
    """Every line of the file as one text, numbered; the table `line(text, row)`."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE line AS
        SELECT text, rowid_ AS row FROM (
            SELECT text, row_number() OVER () AS rowid_ FROM read_csv({quote(str(shape.path))},
                columns = {{'text': 'VARCHAR'}}, delim = chr(31), quote = '', escape = '', header = {header},
                auto_detect = false, max_line_size = 16777216, ignore_errors = true, null_padding = true,
                compression = {quote("gzip" if shape.gzipped else "none")}))
        WHERE text IS NOT NULL AND trim(text) <> ''"""
    )


def _load_blanks(con: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
    _lines(con, shape, header=True)
    width = len(shape.columns)
    columns = ", ".join(f"parts[{i + 1}] AS c{i}" for i in range(width))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE parts AS SELECT regexp_split_to_array(trim(text), '\\s+') AS parts, row FROM line"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {columns}, row FROM parts WHERE len(parts) = {width} ORDER BY row"
    )
    con.execute(f"INSERT INTO rejected SELECT row, 'column-count', NULL FROM parts WHERE len(parts) <> {width}")
    con.execute("DROP TABLE parts; DROP TABLE line")


def _load_json(con: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
    _lines(con, shape, header=False)
    good = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END"
    columns = ", ".join(
        f"json_extract_string(text, {quote(_json_path(key))}) AS c{i}" for i, key in enumerate(shape.columns)
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {columns}, row FROM line WHERE {good} ORDER BY row")
    con.execute(f"INSERT INTO rejected SELECT row, 'not-json', NULL FROM line WHERE NOT {good}")
    con.execute("DROP TABLE line")


def _json_path(key: str) -> str:
    return "$" + "".join('."' + part.replace('"', '\\"') + '"' for part in key.split("."))


def _load_csv(con: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(shape.columns)))
    con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS SELECT *, row_number() OVER () AS k FROM read_csv({quote(str(shape.path))},
            columns = {{{columns}}}, delim = {quote(shape.delimiter)}, quote = '"', escape = '"', header = true,
            auto_detect = false, store_rejects = true, rejects_limit = 0, max_line_size = 16777216,
            compression = {quote("gzip" if shape.gzipped else "none")})"""
    )
    # A rejected line has one entry per broken column, and row_number() above has skipped it: give each its record
    # number (line less header) and shift the kept ones past it.
    con.execute(
        """INSERT INTO rejected
        SELECT line - 1, CASE min(CAST(error_type AS VARCHAR))
            WHEN 'TOO MANY COLUMNS' THEN 'column-count' WHEN 'MISSING COLUMNS' THEN 'column-count'
            WHEN 'INVALID ENCODING' THEN 'not-text' WHEN 'INVALID UNICODE' THEN 'not-text'
            ELSE 'line-unreadable' END, NULL
        FROM reject_errors GROUP BY line"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE raw AS
        WITH gap AS (SELECT row - row_number() OVER (ORDER BY row) AS before, row_number() OVER (ORDER BY row) AS shift FROM rejected),
        step AS (SELECT before, max(shift) AS shift FROM gap GROUP BY before)
        SELECT kept.* EXCLUDE (k), k + coalesce(step.shift, 0) AS row
        FROM kept ASOF LEFT JOIN step ON kept.k > step.before ORDER BY k"""
    )
    con.execute("DROP TABLE kept")
