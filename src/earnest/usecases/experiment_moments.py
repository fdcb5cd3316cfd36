"""From a staged table of units to moments per arm: cells checked first, then summed in SQL without loss.

Decimals are summed as decimals, so 64,000 amounts of money add up to the cent and their squares lose nothing. Only what
does not fit (powers of ten, more than 9 decimals, sums beyond 38 digits) is summed as floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from earnest.incrementality.moments import Moments
from earnest.kernel.errors import DataRefused
from earnest.usecases.experiment_table import staged_names

MOST_ARMS = 20
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"


def refuse_bad_cells(connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]) -> None:
    """Refuse the file when a unit has no arm or an outcome that is not a finite number.

    Args:
        columns: the arm column, then the outcomes, as staged.

    Raises:
        DataRefused: `empty-arm`, `not-a-number`, with the first three rows and the count.
    """
    for column, name in zip(columns, staged_names(columns), strict=True):
        bad = f"{name} IS NULL OR trim({name}) = ''"
        if name != "arm":
            bad += (
                f" OR NOT regexp_full_match({name}, '{_NUMBER}') OR coalesce(isinf(TRY_CAST({name} AS DOUBLE)), true)"
            )
        query = f"SELECT rowid + 1, {name}, count(*) OVER () FROM units WHERE {bad} ORDER BY rowid LIMIT 3"
        rows = connection.execute(query).fetchall()
        if not rows:
            continue
        shown = ", ".join(
            f"row {row} {f'{text!r:.60}' if text and text.strip() else 'is empty'}" for row, text, _ in rows
        )
        count = rows[0][2]
        what = "no arm" if name == "arm" else "no number"
        remedy = "Give every assigned unit its arm." if name == "arm" else "Write 0 for none, and a point for decimals."
        raise DataRefused(
            "empty-arm" if name == "arm" else "not-a-number",
            f"{path.name}: column '{column}' has {what} in {count} row(s), the header not counted: {shown}",
            hint=remedy,
            path=str(path),
            column=column,
            rows=[row for row, _, _ in rows],
            count=count,
        )


def moments_by_arm(
    connection: duckdb.DuckDBPyConnection, path: Path, arm: str, *, outcomes: Sequence[str]
) -> dict[str, dict[str, Moments]]:
    """Arm → outcome → moments, exact wherever the sums fit in 38 digits.

    Raises:
        DataRefused: `too-many-arms`; the column is probably an id.
    """
    names = staged_names([arm, *outcomes])[1:]
    decimals = [_exact_decimals(connection, name) for name in names]
    sums = ", ".join(_sums(name, places) for name, places in zip(names, decimals, strict=True))
    rows = connection.execute(
        f"SELECT arm, count(*), {sums} FROM units GROUP BY arm ORDER BY arm LIMIT {MOST_ARMS + 1}"
    ).fetchall()
    if len(rows) > MOST_ARMS:
        raise DataRefused(
            "too-many-arms",
            f"{path.name}: column '{arm}' has more than {MOST_ARMS} different values",
            hint="Name the column that holds the assigned arm, not an id.",
            column=arm,
        )
    return {
        str(label): {
            outcome: _assembled(n, numbers[3 * index : 3 * index + 3], decimals[index])
            for index, outcome in enumerate(outcomes)
        }
        for label, n, *numbers in rows
    }


def _exact_decimals(connection: duckdb.DuckDBPyConnection, name: str) -> int | None:
    """Decimals with which the column can be summed exactly, or None where only floats can hold its sums."""
    row = connection.execute(
        f"SELECT count(*), max(length(split_part({name}, '.', 2))), max(abs(CAST({name} AS DOUBLE))), "
        f"bool_or(regexp_matches({name}, '[eE]')) FROM units"
    ).fetchone()
    assert row is not None
    n, decimals, largest, powers = row
    scaled = largest * 10.0**decimals
    return decimals if not powers and decimals <= 9 and scaled < 1e17 and n * scaled * scaled < 1e37 else None


def _sums(name: str, decimals: int | None) -> str:
    """SQL for Σy, Σy² and the non-zero units; with floats the variance (Welford's, stable) stands in for Σy²."""
    if decimals is None:
        value = f"CAST({name} AS DOUBLE)"
        return f"fsum({value}), var_pop({value}), count(*) FILTER ({value} <> 0)"
    value = f"CAST({name} AS DECIMAL(18, {decimals}))"
    return f"sum({value}), sum(CAST({value} AS DECIMAL(38, {decimals})) * {value}), count(*) FILTER ({value} <> 0)"


def _assembled(n: int, numbers: Sequence[Any], decimals: int | None) -> Moments:
    total, second, nonzero = Fraction(numbers[0]), Fraction(numbers[1]), numbers[2]
    return Moments(n, total, second if decimals is not None else n * second + total * total / n, nonzero)
