"""Explain this number: what a figure of a campaign is, by which rule, and the rows behind it."""

from __future__ import annotations

import json
from typing import Any

from earnest.reports.blocks import Fact
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
        ends = (
            None
            if value["low"] is None
            else words.say("%(low)s to %(high)s", low=_text(value["low"]), high=_text(value["high"]))
        )
        hidden = verdict == "inconclusive" and value.get("basis") == "incremental"
        point = "" if hidden else _text(value["value"])
        told = " ".join(filter(None, (point, f"({ends})" if ends and point else ends)))
        return f"{told} {value['unit']}"
    if isinstance(value, dict) and {"amount", "currency"} <= value.keys():
        return f"{value['amount']} {value['currency']}"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _rows(found: RowSet, desk: Desk) -> WebBlock:
    words = desk.words
    columns = tuple(
        Column(name, "num" if name == "amount" else "text", wide=place > 1 and name != "amount")
        for place, name in enumerate(found.columns)
    )
    rows = tuple(tuple(Cell(plain("–" if one is None else str(one))) for one in row) for row in found.rows)
    title = words.count("%(n)s row: %(measure)s", "%(n)s rows: %(measure)s", found.count, measure=found.measure)
    subtitle = words.say(
        "They add up to %(total)s; the first of them stand here.", total=words.formats.count(found.total)
    )
    return Listing(title, subtitle, columns, rows, empty=words.say("No rows."))


PAGE = PageAt("/explain/{campaign:path}", build, "campaigns", "What a number is")
