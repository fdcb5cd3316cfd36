"""The workspace's own measures of the days asked for, as cards: the KPI query that the API and the command line answer with."""

from __future__ import annotations

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.reports.blocks import Chip, KpiCard, Said
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.reports.words.units import figure
from earnest.usecases.kpi_answer import Comparison, KpiAnswer
from earnest.usecases.kpi_ask import KpiAsk
from earnest.usecases.kpi_query import query
from earnest.web.desk import Desk
from earnest.web.months import compared_name

SHOWN = ("messages_delivered", "click_through_rate", "opt_out_rate", "total_cost")
KINDS = {"prev": "previous", "yoy": "last-year"}


def cards(desk: Desk) -> tuple[KpiCard, ...]:
    """One card a measure."""
    return tuple(_card(_answer(desk, kpi), desk) for kpi in SHOWN)


def _answer(desk: Desk, kpi: str) -> KpiAnswer:
    days = desk.days
    period = f"{days.first}..{days.last}" if days is not None else None
    compare = KINDS.get(desk.asked.compare) if period is not None else None
    known: dict[object, KpiAnswer] = desk.tables.memo.setdefault("kpi", {})
    key = (kpi, period, compare)
    if key not in known:
        known[key] = query(desk.tables, KpiAsk(kpi, period=period, compare=compare), workspace=desk.workspace)
    return known[key]


def _card(answer: KpiAnswer, desk: Desk) -> KpiCard:
    words, kpi = desk.words, answer.kpi
    name = terms.kpi(kpi.id, kpi.name, words)
    row = answer.rows[0] if answer.rows else None
    found = (
        row.figure
        if row is not None
        else Unavailable("nothing", "nothing was sent in these days", "Choose other days.")
    )
    if isinstance(found, Unavailable):
        return KpiCard(name, words.say("n/a"), "none", None, (Said(plain(found.reason), words.foreign),), None, None)
    told = [_compared(row.comparison, found, desk)] if row is not None and row.comparison is not None else []
    of = _whole(kpi.denominator, found, words)
    basis = Chip(words.say("would claim"), "attr") if found.basis == "attributed" else None
    return KpiCard(name, figure(kpi.id, found.value, found, words), "plain", basis, (*told, *of), None, None)


def _whole(denominator: str | None, found: Estimate, words: Words) -> tuple[Said, ...]:
    if not denominator:
        return ()
    of = terms.denominator(denominator, words)
    if found.n is None:
        return (Said(words.say("of %(denominator)s", denominator=of)),)
    return (Said(words.say("of %(n)s %(denominator)s", n=words.formats.count(found.n), denominator=of)),)


def _compared(comparison: Comparison, here: Estimate, desk: Desk) -> Said:
    """The difference in its own unit, or why there is none."""
    words, form = desk.words, desk.words.formats
    found = comparison.difference
    if isinstance(found, Unavailable):
        return Said(plain(found.reason), words.foreign)
    sign = "+" if found.value > 0 else "−" if found.value < 0 else ""
    size = abs(found.value)
    if here.unit == "share":
        text = words.say("%(points)s pp", points=f"{sign}{form.decimal(size * 100, 1 if size >= 0.001 else 2)}")
    elif here.unit == "count":
        text = f"{sign}{form.count(size)}"
    else:
        text = f"{sign}{form.amount(size, desk.currency)}"
    arrow = "▲" if found.value > 0 else "▼" if found.value < 0 else "="
    return Said(
        words.say("%(arrow)s %(change)s against %(other)s", arrow=arrow, change=text, other=compared_name(desk))
    )
