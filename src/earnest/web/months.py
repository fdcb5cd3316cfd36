"""Month by month: what was spent, and what a rule of attribution would claim; beside the stretch before where one is asked for."""

from __future__ import annotations

from collections.abc import Callable

from earnest.charts.table import DataTable
from earnest.charts.trend import TrendChart, TrendPoint
from earnest.definitions.days import Days
from earnest.definitions.periods import last_year, previous
from earnest.kernel.money import Money
from earnest.reports.blocks import Chart
from earnest.reports.words import Words, terms
from earnest.usecases.profit import ProfitAsk
from earnest.usecases.profit_statement import ProfitRow, ProfitStatement
from earnest.web.desk import Desk
from earnest.web.statement import kept_statement

SHIFTS: dict[str, Callable[[Days], Days]] = {"prev": previous, "yoy": last_year}
FEWEST = 2
"""Months of which a trend is drawn."""


def statement(desk: Desk, days: Days | None) -> ProfitStatement:
    """The profit statement of some days by the page's rule, computed once."""
    period = f"{days.first}..{min(days.last, desk.tables.day)}" if days is not None else None
    return kept_statement(desk, ProfitAsk(period=period, model=desk.asked.model))


def everything(desk: Desk) -> Days | None:
    """From the first to the last day on which anything happened: before it nothing is known, which is not 0."""
    return statement(desk, None).days


def trends(desk: Desk) -> tuple[Chart, ...]:
    """Two drawings: money spent, and revenue claimed. None where there are fewer than two months."""
    days = desk.days
    if days is not None and days.first > desk.tables.day:
        return ()
    found = statement(desk, days)
    if len(found.rows) < FEWEST:
        return ()
    before = _before(desk, found)
    words = desk.words
    spent = _chart(
        desk,
        found,
        before,
        lambda row: row.cost,
        title=_spent_title(found, words),
        name=words.say("Spent"),
        claim=False,
    )
    model = terms.model(desk.asked.model, words)
    claimed = _chart(
        desk,
        found,
        before,
        lambda row: row.attributed,
        title=words.say("What %(model)s would claim", model=model),
        name=words.say("would claim"),
        claim=True,
    )
    return spent, claimed


def _before(desk: Desk, found: ProfitStatement) -> ProfitStatement | None:
    shift = SHIFTS.get(desk.asked.compare)
    if shift is None or found.days is None:
        return None
    return statement(desk, shift(found.days))


def _spent_title(found: ProfitStatement, words: Words) -> str:
    """The finding: the month that cost most."""
    most = max(found.rows, key=lambda row: row.cost.minor)
    if not most.cost.minor:
        return words.say("Nothing was spent")
    return words.say(
        "Most was spent in %(month)s: %(amount)s",
        month=words.formats.month(most.days.first.isoformat()),
        amount=words.formats.exact(most.cost),
    )


def _chart(
    desk: Desk,
    found: ProfitStatement,
    before: ProfitStatement | None,
    of: Callable[[ProfitRow], Money],
    *,
    title: str,
    name: str,
    claim: bool,
) -> Chart:
    words, form = desk.words, desk.words.formats
    first = everything(desk)
    rows_before = before.rows if before is not None else ()
    earlier = [of(row) if first is not None and row.days.last >= first.first else None for row in rows_before]
    points, rows = [], []
    for place, row in enumerate(found.rows):
        if first is not None and row.days.last < first.first:
            continue
        month, amount = form.month(row.days.first.isoformat()), of(row)
        other = earlier[place] if place < len(earlier) else None
        running = row.days.last >= desk.tables.day
        points.append(
            TrendPoint(
                form.short_month(row.days.first.isoformat()),
                f"{month}: {form.exact(amount)}",
                float(amount.decimal),
                compared=float(other.decimal) if other is not None else None,
                tentative=running,
            )
        )
        rows.append(
            (month, form.exact(amount), *((form.exact(other) if other is not None else "–",) if before else ()))
        )
    header = (words.say("Month"), name, *((compared_name(desk),) if before else ()))
    tentative = words.say("this month so far") if points[-1].tentative else ""
    subtitle = (
        words.say("Attributed revenue by month of the order; not causal, shown for reference")
        if claim
        else words.say("Message charges by day of sending, other costs over the days they cover")
    )
    drawing = TrendChart(
        title=f"{title}. {subtitle}",
        points=tuple(points),
        name=name,
        tick_text=lambda value: form.tick(value, found.currency),
        compared_name=compared_name(desk) if before else "",
        tentative_word=tentative,
        claim=claim,
        spent=not claim,
        data=DataTable(words.say("Show as table"), header, tuple(rows)),
    )
    return Chart(title, subtitle, drawing, tone="attr" if claim else "plain")


def compared_name(desk: Desk) -> str:
    """The stretch that the page is held against, in words."""
    words = desk.words
    return {"prev": words.say("the days before"), "yoy": words.say("a year earlier")}.get(desk.asked.compare, "")
