"""An explained figure in a terminal, as JSON, or all rows as CSV."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any

from earnest.cli.tables import escape, figure_text, print_table
from earnest.kernel.period import day_of, moment_of
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.explain_kpi import Explanation, RowSet


def explanation_json(found: Explanation) -> dict[str, Any]:
    """The explanation as JSON: ratios have two row sets, numerator and denominator."""
    kpi = found.kpi
    return {
        "kpi": kpi.id,
        "version": kpi.version,
        "name": kpi.name,
        "question": kpi.question,
        "numerator": kpi.numerator,
        "denominator": kpi.denominator,
        "caveats": kpi.caveats,
        "source": kpi.source,
        "example": kpi.example,
        "rule": found.lookback,
        "campaign": found.campaign,
        "figure": found.figure.to_json(),
        "generation": found.generation,
        "rows": [
            {
                "measure": s.measure,
                "count": s.count,
                "sum": s.total,
                "columns": list(s.columns),
                "rows": [list(row) for row in s.rows],
            }
            for s in found.sets
        ],
    }


def print_explanation(console: Console, found: Explanation) -> None:
    """Print definition, rule, and each row set with its sum."""
    kpi = found.kpi
    console.print(f"[bold]{escape(kpi.name)}[/bold] of {escape(found.campaign)}: {escape(figure_text(found.figure))}")
    for label, text in (
        ("question", kpi.question), ("formula", kpi.formula), ("example", kpi.example), ("caveats", kpi.caveats),
        ("version", kpi.definition), ("rule", ", ".join(f"{name} {value}" for name, value in found.lookback.items())),
    ):  # fmt: skip
        if text:
            console.print(escape(f"{label:>9}  {text}"))
    for part in found.sets:
        console.print()
        print_set(console, part)


def print_set(console: Console, part: RowSet) -> None:
    """Print the rows behind a measure, with their number and sum."""
    unit = " (millionths)" if part.measure.endswith("_micro") else ""
    console.print(escape(f"{part.measure}: {count(part.count, 'row')}, amounts add up to {part.total:,}{unit}"))
    print_table(console, part.columns, [_cells(part, row) for row in part.rows])
    if part.count > len(part.rows):
        console.print(escape(f"… and {part.count - len(part.rows):,} more"), style="dim")


def _cells(part: RowSet, row: tuple[Any, ...]) -> list[str]:
    return [_cell(name, value) for name, value in zip(part.columns, row, strict=True)]


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.endswith("_us"):
        return f"{moment_of(int(value)):%Y-%m-%d %H:%M:%S}Z"
    return day_of(int(value)).isoformat() if name.endswith("_day") else str(value)


def print_csv(found: Explanation) -> None:
    """Write all rows of all sets as CSV, the measure first."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for part in found.sets:
        writer.writerow(["measure", *part.columns])
        for row in part.rows:
            writer.writerow([part.measure, *("" if value is None else value for value in row)])
