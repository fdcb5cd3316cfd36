"""Campaigns beside each other: better, or just different?"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from earnest.charts.interval_rows import Band, IntervalChart, IntervalLine
from earnest.kernel.errors import UsageError
from earnest.reports.blocks import Callout, Chart, Said
from earnest.reports.sections import intervals, kpis
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory
from earnest.web import beside
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.export import exports
from earnest.web.figures import cost_cell, verdict_chip
from earnest.web.page import Cell, Column, Link, Listing, Page, WebBlock

FEWEST, MOST = 2, 5


def build(desk: Desk) -> Page:
    """The page.

    Raises:
        UsageError: `bad-comparison`. NotFound: `no-such-campaign`.
    """
    words, asked = desk.words, desk.asked
    names = tuple(dict.fromkeys(part for text in asked.own.get("id", ()) for part in text.split(",") if part))
    if not FEWEST <= len(names) <= MOST:
        raise UsageError(
            "bad-comparison",
            f"{len(names)} campaigns were chosen, two to five can be compared",
            hint="Tick two to five in the list of campaigns.",
        )
    stories = tuple(desk.story(name) for name in names)
    return Page(
        title=words.say("Campaigns compared"),
        section="campaigns",
        crumbs=(Link(words.label("menu", "Campaigns"), asked.to("/campaigns")),),
        exports=exports(desk),
        as_of=as_of_line(desk),
        blocks=(*_like(stories, words), *_chart(stories, words), _side_by_side(desk, stories)),
    )


def _like(stories: tuple[CampaignStory, ...], words: Words) -> tuple[Callout, ...]:
    told = dict.fromkeys(text for one, other in combinations(stories, 2) for text in beside.unlike(one, other, words))
    sentence = words.say("They were not randomised against each other, so a difference may have other causes.")
    title = words.say("Different is not the same as better")
    return (Callout("warn", words.say("Like with like?"), Said(title), Said(" ".join((*told, sentence)))),)


def _chart(stories: tuple[CampaignStory, ...], words: Words) -> tuple[Chart, ...]:
    """What was measured of each, on one axis."""
    found = [(story, chart) for story in stories if (chart := intervals.chart(story, words)) is not None]
    rows: list[IntervalLine] = []
    first = None
    for story, chart in found:
        if isinstance(chart.drawing, IntervalChart):
            first = first or chart
            rows += [_named(row, story) for row in chart.drawing.rows if not row.claim]
    if first is None or not rows:
        return ()
    assert isinstance(first.drawing, IntervalChart)
    spoken = "; ".join(f"{row.label}: {row.text}" for row in rows)
    levels = words.formats.together([words.formats.level(one.level) for one in sorted(rows[0].bands, key=_level)])
    note = words.say("Bars: %(levels)s intervals.", levels=levels)
    drawing = replace(first.drawing, title=spoken, rows=tuple(rows), data=None, note=note)
    return (Chart(words.say("What came back, on one axis"), first.subtitle, drawing),)


def _level(band: Band) -> float:
    return band.level


def _named(row: IntervalLine, story: CampaignStory) -> IntervalLine:
    return replace(row, label=story.name)


def _side_by_side(desk: Desk, stories: tuple[CampaignStory, ...]) -> WebBlock:
    words = desk.words
    columns = (Column(words.say("Measure")), *(Column(story.name, "num") for story in stories))
    rows: list[tuple[Cell, ...]] = [
        (Cell(words.say("Verdict")), *(Cell(chips=(verdict_chip(story, words),)) for story in stories)),
        (Cell(words.say("Spent")), *(cost_cell(story, words) for story in stories)),
    ]
    lines = [{line.kpi: line for line in kpis.shown(story)} for story in stories]
    for name in dict.fromkeys(kpi for known in lines for kpi in known):
        told = next(known[name] for known in lines if name in known)
        cells = [
            Cell(kpis.card(known[name], story, words).value) if name in known else Cell("–", tone="none")
            for known, story in zip(lines, stories, strict=True)
        ]
        rows.append((Cell(terms.kpi(name, told.name, words)), *cells))
    return Listing(words.say("Side by side"), words.say("The same definitions for all of them"), columns, tuple(rows))


PAGE = PageAt("/campaigns/compare", build, "campaigns", "Campaigns compared")
