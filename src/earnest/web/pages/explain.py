"""Explain this number: what a figure of a campaign is, by which rule, and the rows behind it."""

from __future__ import annotations

import json
from typing import Any

from earnest.kernel.period import day_of, moment_of, zone
from earnest.reports.blocks import Fact
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.usecases.explain_kpi import RowSet
from earnest.usecases.report_explain import Explained, behind, explain_in
from earnest.usecases.report_figures import figure_paths
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.filters import bar
from earnest.web.page import Cell, Column, Facts, Field, Link, Listing, Option, Page, WebBlock

ROWS = 20
FIRST = "returns.incremental_return"


def build(desk: Desk, campaign: str) -> Page:
    """The page.

    Raises:
        NotFound: `no-such-campaign`, `no-such-figure`.
    """
    words, asked = desk.words, desk.asked
    found = behind(desk.workspace, desk.tables, campaign, limit=ROWS)
    paths = list(figure_paths(found.story.to_json()))
    chosen = asked.one("path") or (FIRST if FIRST in paths else paths[0])
    told = explain_in(desk.tables, found, chosen)
    options = tuple(Option(one, one) for one in paths)
    field = Field("path", words.say("Figure"), "select", told.path, options)
    return Page(
        title=words.say("What this number is"),
        section="campaigns",
        crumbs=(
            Link(words.label("menu", "Campaigns"), asked.to("/campaigns")),
            Link(found.story.name, asked.to(f"/campaigns/{campaign}")),
        ),
        filters=bar(desk, f"/explain/{campaign}", (field,)),
        as_of=as_of_line(desk),
        blocks=(_definition(told, desk), *(_rows(one, desk) for one in told.sets)),
    )


def _definition(told: Explained, desk: Desk) -> Facts:
    words, definition = desk.words, told.definition
    facts = [
        Fact(words.say("Value"), _value(told.value, told.verdict, desk)),
        Fact(words.say("Formula"), definition.formula),
        *((Fact(words.say("Denominator"), definition.denominator),) if definition.denominator else ()),
        Fact(words.say("Basis"), definition.basis),
        Fact(words.say("Definition"), definition.id, definition.source or None),
        *(Fact(plain(name), plain(_text(value))) for name, value in told.rule.items() if value not in (None, {}, [])),
    ]
    note = " ".join(filter(None, (definition.caveats, told.note)))
    return Facts(definition.name, words.say("Definition, rule in force and value"), tuple(facts), note)


def _value(value: Any, verdict: str, desk: Desk) -> str:
    """The value as it may be shown: of an inconclusive effect its range, of what cannot be computed the reason."""
    words = desk.words
    if isinstance(value, dict) and "unavailable" in value:
        return f"{words.say('n/a')}: {value['unavailable']['reason']}"
    if isinstance(value, dict) and {"value", "low", "high", "unit"} <= value.keys():
        low, high, unit = value["low"], value["high"], value["unit"]
        ends = (
            ""
            if low is None or high is None
            else words.say("%(low)s to %(high)s", low=_amount(low, unit, words), high=_amount(high, unit, words))
        )
        if ends and verdict == "inconclusive" and value.get("basis") == "incremental":
            return ends
        point = _amount(value["value"], unit, words)
        return f"{point} ({ends})" if ends else point
    if isinstance(value, dict) and {"amount", "currency"} <= value.keys():
        return f"{value['amount']} {value['currency']}"
    return _text(value)


def _amount(value: float, unit: str, words: Words) -> str:
    form = words.formats
    if unit == "share":
        return form.share(value)
    if unit == "ratio":
        return form.times(value)
    if unit == "count":
        return form.count(value)
    return form.amount(value, unit) if len(unit) == 3 else f"{form.decimal(value, 1)} {unit}"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _rows(found: RowSet, desk: Desk) -> WebBlock:
    words = desk.words
    columns = tuple(
        Column(
            name.removesuffix("_us").replace("_", " "),
            "num" if name == "amount" else "text",
            wide=place > 1 and name != "amount",
        )
        for place, name in enumerate(found.columns)
    )
    rows = tuple(
        tuple(Cell(plain(_cell(name, one, desk))) for name, one in zip(found.columns, row, strict=True))
        for row in found.rows
    )
    title = words.count("%(n)s row: %(measure)s", "%(n)s rows: %(measure)s", found.count, measure=found.measure)
    subtitle = words.say(
        "They add up to %(total)s; the first of them stand here.", total=words.formats.count(found.total)
    )
    return Listing(title, subtitle, columns, rows, empty=words.say("No rows."))


def _cell(name: str, value: Any, desk: Desk) -> str:
    """A value of a row; instants and day numbers as a calendar has them."""
    if value is None:
        return "–"
    if name.endswith("_us") and isinstance(value, int):
        return moment_of(value).astimezone(zone(desk.tables.state.timezone)).isoformat(sep=" ", timespec="seconds")
    if name.endswith("_day") and isinstance(value, int):
        return day_of(value).isoformat()
    return str(value)


PAGE = PageAt("/explain/{campaign:path}", build, "campaigns", "What a number is")
