"""From a staged table of units to moments per arm: cells checked first, then summed in SQL without loss.

Equal cells of an arm are tallied once, so checks and sums run over the different values (most people bought nothing,
and prices repeat). Decimals are summed as decimals: amounts add up to the cent and their squares lose nothing. Only
what does not fit (powers of ten, more than 9 decimals, sums beyond 38 digits) is summed as floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import duckdb

from earnest.incrementality.moments import Moments
from earnest.kernel.errors import DataRefused
from earnest.usecases.experiment_table import staged_names

MOST_ARMS = 20
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"


def moments_by_arm(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]
) -> dict[str, dict[str, Moments]]:
    """Arm → outcome → moments, in the order of the arms' names.

    Args:
        connection: with the table `units` of `staged_units`.
        path: the file, for messages.
        columns: the arm column, then the outcomes, as staged.

    Raises:
        DataRefused: `empty-arm`, `not-a-number` with the first three rows and the count; `too-many-arms` when the
            column is probably an id.
    """
    _refuse_cells(connection, path, (columns[0], "arm"), "arm IS NULL OR trim(arm) = ''")
    counted = connection.execute(f"SELECT arm, count(*) FROM units GROUP BY arm ORDER BY arm LIMIT {MOST_ARMS + 1}")
    units: dict[str, int] = dict(counted.fetchall())
    if len(units) > MOST_ARMS:
        raise DataRefused(
            "too-many-arms",
            f"{path.name}: column '{columns[0]}' has more than {MOST_ARMS} different values",
            hint="Name the column that holds the assigned arm, not an id.",
            column=columns[0],
        )
    arms: dict[str, dict[str, Moments]] = {arm: {} for arm in units}
    for outcome, name in zip(columns[1:], staged_names(columns)[1:], strict=True):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE tallies AS SELECT arm, {name} AS cell, count(*) AS n FROM units GROUP BY ALL"
        )
        if connection.execute(f"SELECT 1 FROM tallies WHERE {_not_a_number('cell')} LIMIT 1").fetchone():
            _refuse_cells(connection, path, (outcome, name), _not_a_number(name))
        for arm, total, squares, nonzero in _sums_by_arm(connection):
            arms[arm][outcome] = Moments(units[arm], total, squares, nonzero)
    return arms


def _not_a_number(name: str) -> str:
    """SQL condition: the cell is empty, no plain number, or beyond what a float can hold."""
    return (
        f"({name} IS NULL OR NOT regexp_full_match({name}, '{_NUMBER}') "
        f"OR coalesce(isinf(TRY_CAST({name} AS DOUBLE)), true))"
    )


def _refuse_cells(connection: duckdb.DuckDBPyConnection, path: Path, column: tuple[str, str], condition: str) -> None:
    """Refuse the file when a cell of the column (its name in the file, its name staged) meets the condition."""
    shown, name = column
    query = f"SELECT rowid + 1, {name}, count(*) OVER () FROM units WHERE {condition} ORDER BY rowid LIMIT 3"
    rows = connection.execute(query).fetchall()
    if not rows:
        return
    cells = ", ".join(f"row {row} {f'{text!r:.60}' if text and text.strip() else 'is empty'}" for row, text, _ in rows)
    count, is_arm = rows[0][2], name == "arm"
    raise DataRefused(
        "empty-arm" if is_arm else "not-a-number",
        f"{path.name}: column '{shown}' has no {'arm' if is_arm else 'number'} in {count} row(s), "
        f"the header not counted: {cells}",
        hint="Give every assigned unit its arm." if is_arm else "Write 0 for none, and a point for decimals.",
        path=str(path),
        column=shown,
        rows=[row for row, _, _ in rows],
        count=count,
    )


def _sums_by_arm(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, Fraction, Fraction, int]]:
    """Arm, Σy, Σy² and non-zero units of the tallied outcome."""
    decimals = _exact_decimals(connection)
    if decimals is not None:
        value = f"CAST(cell AS DECIMAL(18, {decimals}))"
        wide = f"CAST({value} AS DECIMAL(38, {decimals}))"
        sums = f"sum({wide} * n), sum({wide} * {value} * n)"
        rows = connection.execute(_per_arm(sums, value)).fetchall()
        return [(arm, Fraction(total), Fraction(squares), int(nonzero)) for arm, total, squares, nonzero in rows]
    value = "CAST(cell AS DOUBLE)"
    mean = f"(fsum({value} * n) / sum(n))"
    centred = (
        f"SELECT arm, any_value(mean), fsum(({value} - mean) * n), fsum(pow({value} - mean, 2) * n), sum(n), "
        f"coalesce(sum(n) FILTER ({value} <> 0), 0) "
        f"FROM tallies JOIN (SELECT arm, {mean} AS mean FROM tallies GROUP BY arm) USING (arm) GROUP BY arm"
    )
    return [
        (arm, *_raw_sums(Fraction(centre), Fraction(first), Fraction(second), n=int(n)), int(nonzero))
        for arm, centre, first, second, n, nonzero in connection.execute(centred).fetchall()
    ]


def _per_arm(sums: str, value: str) -> str:
    return f"SELECT arm, {sums}, coalesce(sum(n) FILTER ({value} <> 0), 0) FROM tallies GROUP BY arm"


def _raw_sums(centre: Fraction, first: Fraction, second: Fraction, *, n: int) -> tuple[Fraction, Fraction]:
    """Σy and Σy² from sums about a centre, put together exactly."""
    return n * centre + first, n * centre * centre + 2 * centre * first + second


def _exact_decimals(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Decimals with which the tallied cells can be summed exactly, or None where only floats can hold the sums."""
    row = connection.execute(
        "SELECT sum(n), max(length(split_part(cell, '.', 2))), max(abs(CAST(cell AS DOUBLE))), "
        "bool_or(regexp_matches(cell, '[eE]')) FROM tallies"
    ).fetchone()
    assert row is not None
    n, decimals, largest, powers = row
    scaled = largest * 10.0**decimals
    return decimals if not powers and decimals <= 9 and scaled < 1e17 and n * scaled * scaled < 1e37 else None
