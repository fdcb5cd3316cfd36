"""A report on several campaigns: what is proven of the spend, the ranking, and that no open point gets into it."""

from __future__ import annotations

from dataclasses import replace

from earnest.charts.interval_rows import IntervalChart
from earnest.reports.audience import find_audience
from earnest.reports.blocks import Block, Table, Title, Verdict
from earnest.reports.frozen import frozen
from earnest.reports.html import page
from earnest.reports.several import several_sections
from earnest.reports.words import translator
from unit.reports import stories
from unit.reports.parts import eur
from unit.reports.test_audience import texts

EN = translator("en")
GAIN, LOSS = replace(stories.gain(), name="Gain"), replace(stories.loss(), name="Loss", cost_total=eur("1828.00"))
OPEN, NONE = replace(stories.inconclusive(), name="Open"), replace(stories.no_holdout(), name="Claimed")


def blocks(*told: object) -> tuple[Block, ...]:
    found = several_sections(told, "The autumn", EN, find_audience("cmo"))  # type: ignore[arg-type]
    return tuple(block for _, own in found for block in own)


def test_the_share_of_the_spend_that_is_proven() -> None:
    """8,172 of 8,172 + 1,828 + 8,172 + 8,172 = 26,344 is 31.0 %."""
    said = blocks(GAIN, LOSS, OPEN, NONE)
    verdict = next(one for one in said if isinstance(one, Verdict))
    assert verdict.headline == "31% of the spend is proven to have paid for itself."
    assert [(fact.label, fact.value) for fact in verdict.facts] == [
        ("Spent", "€26,344"),
        ("On proven gains", "€8,172"),
        ("On proven losses", "€1,828"),
    ]
    title = next(one for one in said if isinstance(one, Title))
    assert (title.kind, title.name) == ("Campaign report for marketing", "The autumn")


def test_campaigns_stand_in_order_and_open_ones_without_a_point() -> None:
    said = blocks(GAIN, LOSS, OPEN, NONE)
    table = next(one for one in said if isinstance(one, Table))
    assert table.title == "1 campaign is a proven gain"
    assert [row[:2] for row in table.rows] == [
        ("Gain", "Proven gain"), ("Loss", "Proven loss"), ("Open", "Inconclusive"), ("Claimed", "No hold-out"),
    ]  # fmt: skip
    assert [row[3:] for row in table.rows] == [
        ("€2.21", "€1.21 to €3.21"), ("€0.58", "€0.31 to €0.85"), ("–", "€0.62 to €2.52"), ("–", "–"),
    ]  # fmt: skip
    # three were tested at 95 %: 3 × 0.05 = 0.15
    assert table.note is not None
    assert "Of 3 campaigns that just break even, 0.15 on average" in table.note
    chart = next(one for one in said if isinstance(one, Verdict)).chart
    assert chart is not None
    assert isinstance(chart.drawing, IntervalChart)
    assert [line.value for line in chart.drawing.rows] == [2.2118, 0.58, None]
    assert "1.57" not in " ".join(texts(said))


def test_nothing_proven_is_said_as_loudly() -> None:
    verdict = next(one for one in blocks(OPEN, NONE) if isinstance(one, Verdict))
    assert verdict.headline == "None of the spend is proven to have paid for itself."


def test_it_prints_and_freezes() -> None:
    said = blocks(GAIN, OPEN)
    assert "The autumn" in page(said, EN)
    kept = frozen(said)
    assert [one["block"] for one in kept][:3] == ["Title", "Situation", "Actions"]
    drawn = next(one for one in kept if one["block"] == "Verdict")["chart"]["drawing"]
    assert "tick_text" not in drawn
    assert drawn["rows"][1]["value"] is None
