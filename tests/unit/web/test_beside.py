"""A campaign beside another: differences in their own unit, none of what may not be shown."""

from __future__ import annotations

from dataclasses import replace

from earnest.charts.interval_rows import IntervalChart
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.reports.blocks import KpiRow, Verdict
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import translator
from earnest.verdict.story import CampaignStory
from earnest.web import beside
from earnest.web.page import Listing
from unit.reports import stories

WORDS = translator("en")


def other(**changes: object) -> CampaignStory:
    story = replace(stories.gain(), campaign="june", name="June wave")
    kpis = tuple(replace(line, figure=changes[line.kpi]) if line.kpi in changes else line for line in story.kpis)
    return replace(story, kpis=kpis)


def differences(story: CampaignStory, against: CampaignStory) -> dict[str, str | None]:
    return {one.name: one.text for one in beside.differences(story, against, WORDS)}


def test_rates_differ_by_points_and_money_by_amounts() -> None:
    story = stories.gain()
    rate = next(
        line
        for line in story.kpis
        if isinstance(line.figure, Estimate) and line.figure.unit == "share" and line.figure.basis == "observed"
    )
    assert isinstance(rate.figure, Estimate)
    against = other(**{rate.kpi: replace(rate.figure, value=rate.figure.value - 0.011)})
    found = {one.name: one for one in beside.differences(story, against, WORDS)}
    told = next(one for one in found.values() if one.text not in (None, "0.00 pp", "0.0 pp") and "pp" in str(one.text))
    assert told.text == "+1.1 pp"
    assert told.tone == {"higher": "pos", "lower": "neg"}.get(rate.direction, "plain")


def test_nothing_is_compared_with_what_is_not_known() -> None:
    story = stories.gain()
    line = next(one for one in story.kpis if isinstance(one.figure, Estimate))
    against = other(**{line.kpi: Unavailable("no-source", "nothing tells", "Connect it.")})
    lost = [one for one in beside.differences(story, against, WORDS) if one.there == "n/a"]
    assert lost
    assert all(one.text is None for one in lost)


def test_cards_drawing_and_table_tell_the_same() -> None:
    story, against = stories.gain(), other()
    blocks = beside.held(campaign_blocks(story, WORDS), story, against, WORDS)
    verdict = next(block for block in blocks if isinstance(block, Verdict))
    assert verdict.chart is not None
    assert isinstance(verdict.chart.drawing, IntervalChart)
    assert any(row.label.startswith("June wave: ") for row in verdict.chart.drawing.rows)
    table = next(block for block in blocks if isinstance(block, Listing))
    cards = next(block for block in blocks if isinstance(block, KpiRow)).cards
    for row in table.rows:
        card = next((one for one in cards if one.name == row[0].text), None)
        if card is not None and row[3].text != beside.DASH:
            assert row[3].text in card.details[0].text
