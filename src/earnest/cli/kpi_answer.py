"""An answer about a KPI in a terminal or as CSV, and the dimensions there are."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from earnest.cli.tables import escape, figure_text, money, print_table, share
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.money import Money
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.kpis.kpi import Kpi
    from earnest.usecases.kpi_answer import Comparison, KpiAnswer, KpiRow

MOST_PRINTED = 200
MOST_UNEQUAL = 3


def print_answer(console: Console, answer: KpiAnswer) -> None:
    """Print what was asked, a row a group and bucket, and what to know about them."""
    kpi = answer.kpi
    shown = answer.rows[:MOST_PRINTED]
    console.print(f"[bold]{escape(kpi.name)}[/bold] = {escape(kpi.formula)}")
    console.print(escape("  ·  ".join(_asked(answer))), style="dim")
    if len(shown) == 1 and not shown[0].key and shown[0].bucket is None:
        _print_one(console, answer, shown[0])
    elif shown:
        headers, rows, numbers = _table(answer, shown)
        print_table(console, headers, rows, numbers=numbers)
    else:
        console.print("no rows: nothing fell into these filters")
    for line in _notes(answer):
        console.print(escape(line), style="dim")


def print_csv(answer: KpiAnswer) -> None:
    """Write a line a row: key, bucket, figure, interval, sums, flags, comparison."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = list(dict.fromkeys(name for row in answer.rows for name in row.measures))
    keys = list(dict.fromkeys(name for row in answer.rows for name in row.key))
    compared = ("against", "against_value", "difference", "difference_low", "difference_high", "word")
    writer.writerow([
        "kpi", "definition", *keys, "first_day", "last_day", "value", "low", "high", "level", "method", "unit", "unavailable",
        *names, "partial", "immature_until", "left_out", *(compared if answer.compare else ()),
    ])  # fmt: skip
    for row in answer.rows:
        days = row.bucket or answer.period
        line: list[object] = [answer.kpi.id, answer.kpi.definition, *(row.key.get(name) for name in keys)]
        line += [days.first, days.last] if days else [None, None]
        line += [*_figure_cells(row.figure), *(row.measures.get(name) for name in names)]
        line += [int(row.partial), row.immature_until, " ".join(row.left_out)]
        if answer.compare:
            line += _comparison_cells(row.comparison)
        writer.writerow(["" if value is None else value for value in line])


def print_dimensions(console: Console, listed: Sequence[dict[str, Any]]) -> None:
    """Print dimensions with some of their values."""
    rows = []
    for one in listed:
        values = one["values"][:8]
        more = f" … {one['count']} in all" if one["count"] > len(values) else ""
        rows.append((one["dimension"], one["meaning"], ", ".join(values) + more))
    print_table(console, ("dimension", "meaning", "values"), rows)


def _asked(answer: KpiAnswer) -> list[str]:
    parts = [f"period {answer.period}" if answer.period else "all time"]
    parts += [f"where {' and '.join(answer.filters)}"] if answer.filters else []
    parts += [f"attributed by {answer.model}"] if answer.model else []
    parts += [f"{_words(name)} by {day}" for name, day in answer.days.items()]
    return [*parts, answer.kpi.definition]


def _print_one(console: Console, answer: KpiAnswer, row: KpiRow) -> None:
    console.print(escape(f"{figure_text(row.figure)}{_interval(row.figure)}"))
    if not isinstance(row.figure, Estimate):
        console.print(escape(f"{row.figure.reason}. {row.figure.remedy}"))
    if row.comparison is not None:
        console.print(escape(_comparison(answer.kpi, row.comparison)))
    for name, value in row.measures.items():
        console.print(escape(f"  {_words(name)} {_sum(answer, name, value)}"))


def _table(answer: KpiAnswer, rows: Sequence[KpiRow]) -> tuple[list[str], list[list[str]], list[int]]:
    keys = list(dict.fromkeys(name for row in rows for name in row.key))
    names = list(dict.fromkeys(name for row in rows for name in row.measures))
    marked = any(_marks(row) for row in rows)
    headers = [*keys, *([answer.grain] if answer.grain else []), answer.kpi.id, "interval", *map(_words, names)]
    headers += [f"against {answer.compare}"] if answer.compare else []
    headers += [""] if marked else []
    lines = []
    for row in rows:
        line = [row.key.get(name, "") for name in keys]
        line += [str(row.bucket)] if answer.grain else []
        line += [figure_text(row.figure), _interval(row.figure).strip(" []")]
        line += [_sum(answer, name, row.measures.get(name, 0)) for name in names]
        line += [_comparison(answer.kpi, row.comparison)] if row.comparison is not None else []
        lines.append([*line, *([_marks(row)] if marked else [])])
    first = len(keys) + bool(answer.grain)
    return headers, lines, list(range(first, first + 2 + len(names)))


def _words(measure: str) -> str:
    """A measure for people, who see its unit beside the number."""
    return measure.removesuffix("_micro").replace("_", " ")


def _sum(answer: KpiAnswer, name: str, value: int) -> str:
    """A measure; money, which is summed in millionths, in the currency."""
    return money(Money.from_micro(value, answer.currency)) if name.endswith("_micro") else f"{value:,}"


def _marks(row: KpiRow) -> str:
    told = [*(["running"] if row.partial else []), *(["immature"] if row.immature_until else [])]
    return ", ".join([*told, *([f"without {' and '.join(row.left_out)}"] if row.left_out else [])])


def _notes(answer: KpiAnswer) -> list[str]:
    rows = answer.rows
    found = []
    if len(rows) > MOST_PRINTED:
        found.append(f"… {len(rows) - MOST_PRINTED:,} more rows: --format csv or --json")
    if any(row.partial for row in rows):
        found.append("running: its days are not over.")
    if late := [row.immature_until for row in rows if row.immature_until]:
        found.append(f"immature: answers to its last messages count until {max(late)}.")
    if any(row.left_out for row in rows):
        found.append("without …: channels that have no read receipts are in neither part of the rate.")
    found += _unequal(answer)
    absent = {row.figure.code: row.figure for row in rows if not isinstance(row.figure, Estimate)}
    if rows and (len(rows) > 1 or rows[0].key):
        found += [f"n/a ({code}): {figure.reason}. {figure.remedy}" for code, figure in absent.items()]
    if answer.kpi.basis == "attributed":
        found.append("Attributed by a rule: bookkeeping, not evidence of cause.")
    small = [
        row
        for row in rows
        if isinstance(row.figure, Estimate) and (row.figure.n or answer.kpi.minimum_n) < answer.kpi.minimum_n
    ]
    if small:
        found.append(f"{count(len(small), 'row')} of fewer than {answer.kpi.minimum_n}: an indication only.")
    return found


def _unequal(answer: KpiAnswer) -> list[str]:
    """What to know of the question's days, and what sets the two sides of comparisons apart."""
    told = list(
        dict.fromkeys(text for row in answer.rows if row.comparison is not None for text in row.comparison.unequal)
    )
    more = f" … and {len(told) - MOST_UNEQUAL} more: --json" if len(told) > MOST_UNEQUAL else ""
    return [*answer.notes, *([f"unequal: {'; '.join(told[:MOST_UNEQUAL])}{more}."] if told else [])]


def _interval(figure: Figure) -> str:
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return ""
    if figure.unit == "share":
        return f" [{share(figure.low)}, {share(figure.high)}]"
    return f" [{figure.low:,.2f}, {figure.high:,.2f}]"


def _comparison(kpi: Kpi, found: Comparison) -> str:
    difference = found.difference
    if not isinstance(difference, Estimate):
        return f"n/a ({difference.code})"
    if difference.unit == "share":
        text = f"{100 * difference.value:+.2f} pp".replace("-", "−")
        if difference.low is not None and difference.high is not None:
            text += f" [{100 * difference.low:+.2f}, {100 * difference.high:+.2f}]".replace("-", "−")
    else:
        text = f"{difference.value:+,.2f}".replace("-", "−")
    words = [word for word in (found.word, found.judgement) if word]
    whole = isinstance(found.figure, Estimate)
    return f"{text} {', '.join(words)}".strip() + (f" ({found.against})" if found.against and whole else "")


def _figure_cells(figure: Figure) -> list[object]:
    if not isinstance(figure, Estimate):
        return [None, None, None, None, None, None, figure.code]
    exact = figure.exact.decimal if figure.exact is not None else figure.value
    return [exact, figure.low, figure.high, figure.level, figure.method, figure.unit, None]


def _comparison_cells(found: Comparison | None) -> list[object]:
    if found is None:
        return [None] * 6
    other, difference = found.figure, found.difference
    if not isinstance(difference, Estimate):
        return [found.against, None, difference.code, None, None, None]
    value = other.value if isinstance(other, Estimate) else None
    return [found.against, value, difference.value, difference.low, difference.high, found.word]
