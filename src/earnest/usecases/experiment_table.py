"""Any table with one row a unit, staged as text: read the way imported files are, and no row is skipped.

Columns become `arm` and `o0, o1, …` of the table `units`, in file order. Nothing is guessed about types here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from earnest.importers.parsing import REASONS
from earnest.importers.reading import load
from earnest.importers.shape import FileShape, inspect
from earnest.kernel.errors import DataRefused, UsageError, closest
from earnest.warehouse import duck


@contextlib.contextmanager
def staged_units(path: Path, arm: str, outcomes: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory connection whose table `units` holds the arm and outcome columns as text, row by row.

    Raises:
        UsageError: `unknown-column`.
        DataRefused: `duplicate-column`, `malformed-row`, and what `inspect` and `load` refuse.
    """
    shape, columns = inspect(path), [arm, *outcomes]
    _check_columns(shape, columns)
    with contextlib.closing(duck.connect()) as connection:
        load(connection, shape)
        _refuse_rejected(connection, path)
        places = [shape.columns.index(column) for column in columns]
        cells = [
            f"c{places[0]} AS arm",
            *(f"{_number(f'c{p}')} AS {n}" for p, n in zip(places[1:], _outcomes(columns), strict=True)),
        ]
        connection.execute(f"CREATE TABLE units AS SELECT {', '.join(cells)} FROM raw ORDER BY row")
        yield connection


def staged_names(columns: Sequence[str]) -> list[str]:
    """Names in the staged table of the arm column and the outcome columns after it."""
    return ["arm", *_outcomes(columns)]


def _outcomes(columns: Sequence[str]) -> list[str]:
    return [f"o{index}" for index in range(len(columns) - 1)]


def _number(cell: str) -> str:
    """A cell without blanks around it; the booleans of JSON and Parquet count as 1 and 0."""
    return f"CASE trim({cell}) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE trim({cell}) END"


def _check_columns(shape: FileShape, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in shape.columns:
            raise UsageError(
                "unknown-column",
                f"{shape.path.name} has no column '{column}'{closest(column, shape.columns)}",
                hint="Columns: " + ", ".join(shape.columns),
                column=column,
            )
        if f"{column}_2" in shape.columns:
            raise DataRefused(
                "duplicate-column",
                f"{shape.path.name} may have more than one column '{column}'",
                hint=f"Rename one; a second '{column}' is read as '{column}_2'.",
                column=column,
            )


def _refuse_rejected(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    rows = connection.execute("SELECT row, reason, count(*) OVER () FROM rejected ORDER BY row LIMIT 1").fetchall()
    if rows:
        row, reason, count = rows[0]
        wrong, remedy = REASONS[reason]
        raise DataRefused(
            "malformed-row",
            f"row {row} of {path.name} {wrong} ({count} such rows, the header not counted)",
            hint=f"{remedy} Nothing is skipped silently.",
            path=str(path),
            row=row,
        )
