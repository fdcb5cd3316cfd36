"""A file → one text table of its records, with record numbers, and the lines that could not be read.

CSV (comma, semicolon, tab, pipe or runs of blanks), JSON Lines and Parquet, each also gzipped.
The table `raw` has the columns c0, c1, … as text and `row`, the 1-based record number in the file; unreadable records
keep their number and go to `rejected(row, reason, field)`. No line is ever skipped unseen.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from earnest.importers.parsing import file_literal, identifier, quote
from earnest.importers.shape import BLANKS, MAX_LINE_BYTES, FileShape, empty, unpacked
from earnest.kernel.errors import DataRefused


def load(con: duckdb.DuckDBPyConnection, shape: FileShape, *, name: str | None = None) -> int:
    """Fill the tables `raw` and `rejected` of `con` from the file; return the number of records in it.

    Args:
        name: the file's name for people; default: that of its path.

    Raises:
        DataRefused: `empty-file`, `quote-not-closed`, `file-unreadable`, `parquet-broken`.
    """
    shown = name or shape.path.name
    con.execute("CREATE OR REPLACE TEMP TABLE rejected (row BIGINT, reason VARCHAR, field VARCHAR)")
    try:
        if shape.format == "parquet":
            _load_parquet(con, shape)
        elif shape.format == "jsonl":
            _load_json(con, shape)
        elif shape.delimiter == BLANKS:
            _load_blanks(con, shape)
        else:
            _load_csv(con, shape, shown)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise _unreadable(shape, shown, error) from error
    (count,) = _one(con, "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM rejected)")
    if not count:
        raise empty(shown)
    return int(count)


def _unreadable(shape: FileShape, name: str, error: duckdb.Error) -> DataRefused:
    if shape.format == "parquet":
        return DataRefused("parquet-broken", f"{name} is a damaged Parquet file", hint="Write it again.", file=name)
    if "invalid state" in str(error):
        return DataRefused(
            "file-unreadable",
            f"{name} cannot be read as CSV: some lines end in CR LF and others in LF alone",
            hint="Save it with one kind of line end, for example with dos2unix.",
            file=name,
        )
    said = str(error).split("\n", maxsplit=1)[0]
    return DataRefused("file-unreadable", f"{name} cannot be read: {said}", hint="Export it again.", file=name)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return tuple(row)


def _load_parquet(con: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
    if shape.gzipped:
        with unpacked(shape.path) as plain:
            _load_parquet(con, replace(shape, path=plain, gzipped=False))
        return
    columns = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(shape.columns))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {columns}, file_row_number + 1 AS row"
        f" FROM read_parquet({file_literal(shape.path)}, file_row_number = true)"
    )


def _read_csv(
    shape: FileShape, columns: str, *, delimiter: str, quoting: str, header: bool, strict: bool = True
) -> str:
    """A table expression over a text file that notes what it cannot read in `reject_errors` instead of skipping it."""
    return (
        f"read_csv({file_literal(shape.path)}, columns = {{{columns}}}, delim = {delimiter}, quote = {quoting}, escape = {quoting},"
        f" header = {header}, auto_detect = false, store_rejects = true, rejects_limit = 0, max_line_size = {MAX_LINE_BYTES},"
        f" strict_mode = {strict}, compression = {quote('gzip' if shape.gzipped else 'none')})"
    )


def _lines(con: duckdb.DuckDBPyConnection, shape: FileShape, *, header: bool) -> None:
    """Every line of the file as one text, numbered; the table `line(text, row)`. Blank lines are left out."""
    try:
        _kept_lines(con, shape, header=header, strict=True)
    except duckdb.InvalidInputException:  # CR LF and LF mixed: harmless where there are no quotes
        _kept_lines(con, shape, header=header, strict=False)
    _number_records(con, "line", first=2 if header else 1)
    con.execute("DELETE FROM line WHERE text IS NULL OR trim(text) = ''")


def _kept_lines(con: duckdb.DuckDBPyConnection, shape: FileShape, *, header: bool, strict: bool) -> None:
    source = _read_csv(shape, "'text': 'VARCHAR'", delimiter="chr(31)", quoting="''", header=header, strict=strict)
    _forget_rejects(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT *, row_number() OVER () AS k FROM {source}")


def _forget_rejects(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


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
    columns = ", ".join(f"{_json_text(key)} AS c{i}" for i, key in enumerate(shape.columns))
    con.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {columns}, row FROM line WHERE {good} ORDER BY row")
    con.execute(f"INSERT INTO rejected SELECT row, 'not-json', NULL FROM line WHERE NOT {good}")
    con.execute("DROP TABLE line")


def _json_text(key: str) -> str:
    """SQL text of a key. `a.b` is that very key or, failing it, b inside a."""
    parts = key.split(".")
    places = [[key], *([".".join(parts[:n]), ".".join(parts[n:])] for n in range(1, len(parts)))]
    found = [f"json_extract_string(text, {quote(_pointer(place))})" for place in places]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def _pointer(place: list[str]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in place)


def _load_csv(con: duckdb.DuckDBPyConnection, shape: FileShape, name: str) -> None:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(shape.columns)))
    source = _read_csv(shape, columns, delimiter=quote(shape.delimiter), quoting="'\"'", header=True)
    _forget_rejects(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT *, row_number() OVER () AS k FROM {source}")
    _refuse_swallowed_lines(con, name)
    _number_records(con, "raw", first=2)


def _refuse_swallowed_lines(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A quote opened by mistake makes one unreadable record of all lines up to the next quote: refuse, as they would be lost."""
    row = con.execute(
        "SELECT min(line) FROM reject_errors WHERE CAST(error_type AS VARCHAR) = 'UNQUOTED VALUE' AND contains(ltrim(csv_line, chr(13) || chr(10)), chr(10))"
    ).fetchone()
    if row is None or row[0] is None:
        return
    raise DataRefused(
        "quote-not-closed",
        f'{name} row {row[0] - 1}: a quote (") is opened and not closed where the cell ends, so the lines after it cannot be told apart',
        hint='Repair the quoting of that row; a quote inside a quoted cell is written "".',
        file=name,
        row=row[0] - 1,
    )


def _number_records(con: duckdb.DuckDBPyConnection, table: str, *, first: int) -> None:
    """Make `table` of `kept`, numbered as in the file, and note what was rejected.

    A rejected line has one entry per broken column, and the numbers of `kept` have skipped it: give each its record
    number (its line, the first record being on line `first`) and shift the kept ones past it.
    """
    miscounted = quote("line-unreadable" if table == "line" else "column-count")
    con.execute(
        f"""INSERT INTO rejected
        SELECT line - {first - 1}, CASE min(CAST(error_type AS VARCHAR))
            WHEN 'TOO MANY COLUMNS' THEN {miscounted} WHEN 'MISSING COLUMNS' THEN {miscounted}
            WHEN 'INVALID ENCODING' THEN 'not-text' WHEN 'INVALID UNICODE' THEN 'not-text'
            ELSE 'line-unreadable' END, NULL
        FROM reject_errors GROUP BY line"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS
        WITH gap AS (SELECT row - row_number() OVER (ORDER BY row) AS before, row_number() OVER (ORDER BY row) AS shift FROM rejected),
        step AS (SELECT before, max(shift) AS shift FROM gap GROUP BY before)
        SELECT kept.* EXCLUDE (k), k + coalesce(step.shift, 0) AS row
        FROM kept ASOF LEFT JOIN step ON kept.k > step.before ORDER BY k"""
    )
    con.execute("DROP TABLE kept")
