"""What each audience is told first, keeps and leaves out; and what no audience is told. Expected figures are worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from earnest.charts.bridge import BridgeChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate
from earnest.reports.audience import AUDIENCES, find_audience
from earnest.reports.blocks import (
    Actions,
    Block,
    Chart,
    KpiRow,
    Method,
    NextStep,
    Situation,
    Table,
    Title,
    Verdict,
)
from earnest.reports.campaign import SECTIONS, campaign_blocks, campaign_sections
from earnest.reports.sections.goals import GoalLine
from earnest.reports.words import translator
from earnest.verdict.goal import GoalStanding
from earnest.verdict.story import CampaignStory
from unit.reports import stories

EN = translator("en")
STORIES: tuple[Callable[[], CampaignStory], ...] = (
    stories.gain, stories.loss, stories.inconclusive, stories.running, stories.no_holdout, stories.withheld,
    stories.by_purpose, stories.unrated, stories.margin_missing,
)  # fmt: skip
REACHED = (
    GoalLine("reply_rate", "Reply rate", "≥ 5 %", "2026-09-30", GoalStanding.REACHED, Estimate(0.06, "share", 0.055, 0.065, 0.95, "wilson", 9000)),
    GoalLine("opt_out_rate", "Opt-out rate", "≤ 0.5 %", "2026-09-30", GoalStanding.CANNOT_TELL, Estimate(0.005, "share", 0.004, 0.006, 0.95, "wilson", 9000)),
)  # fmt: skip


def texts(value: Any) -> Iterator[str]:
    """Every text of a block, whatever it is nested in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts(getattr(value, one.name))


def first(blocks: tuple[Block, ...], kind: type[Any]) -> Any:
    return next(block for block in blocks if isinstance(block, kind))


def table(blocks: tuple[Block, ...], subtitle: str) -> Table | None:
    return next((one for one in blocks if isinstance(one, Table) and one.subtitle == subtitle), None)


def test_without_an_audience_everything_is_said_as_before() -> None:
    assert [slug for slug, _ in campaign_sections(stories.gain(), EN)] == list(SECTIONS)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.__name__)
def test_every_audience_is_told_in_one_order(audience: str, story: Callable[[], CampaignStory]) -> None:
    said = campaign_blocks(story(), EN, audience, reached=REACHED)
    spine = [type(one) for one in said if isinstance(one, Title | Situation | Actions | Verdict | NextStep | Method)]
    assert spine == [Title, Situation, Actions, Verdict, NextStep, Method]


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("story", [stories.inconclusive, stories.running], ids=lambda one: one.__name__)
def test_no_audience_sees_the_point_of_an_open_result(audience: str, story: Callable[[], CampaignStory]) -> None:
    """1.57 a euro is, of 8,172.00 spent at 46 %, extra profit 12,830, contribution 4,658 and extra revenue 27,891."""
    hide = AUDIENCES[audience].may_hide_costs
    for hidden in {False, hide}:
        said = " ".join(texts(campaign_blocks(story(), EN, audience, hide_costs=hidden)))
        assert not [point for point in ("1.57", "12,830", "4,658", "27,891") if point in said]


def test_finance_opens_with_what_is_left_and_where_a_loss_lies() -> None:
    said = campaign_blocks(stories.gain(), EN, "cfo")
    verdict = first(said, Verdict)
    assert verdict.headline == "After everything it cost, the campaign left €9,903."
    assert verdict.sentences[:2] == (
        "95% interval of the contribution: +€1,731 to +€18,075.",
        "A loss lies outside the whole of the 95% interval.",
    )
    assert verdict.facts[0].label == "Contribution after messaging"
    assert first(said, Title).kind == "Campaign report for finance"
    lost = first(campaign_blocks(stories.loss(), EN, "cfo"), Verdict)
    assert lost.headline == "After everything it cost, the campaign lost €3,432."
    assert "A gain lies outside the whole of the 95% interval." in lost.sentences


def test_finance_of_a_running_trial_keeps_its_date_and_is_told_no_side() -> None:
    said = first(campaign_blocks(stories.running(), EN, "cfo"), Verdict)
    assert said.headline.startswith("So far, what is left after everything it cost lies at ")
    assert not [one for one in said.sentences if "A loss" in one]
    assert any("is read out on" in one for one in said.sentences)


def test_finance_sees_other_margins_and_no_opens_or_clicks() -> None:
    """Extra revenue 39,293 (21,528 to 57,058), cost 8,172, margin 46 %: at 36 % 39,293 × 0.36 ÷ 8,172 = 1.73."""
    said = campaign_blocks(stories.gain(), EN, "cfo")
    found = table(said, "The same experiment under other gross margins and other costs")
    assert found is not None
    assert found.header == ("If", "Return per €1 spent", "95% interval", "The verdict would be")
    rows = {row[0]: row[1:] for row in found.rows}
    assert rows["Gross margin 36%"] == ("€1.73", "€0.95 to €2.51", "inconclusive")
    assert rows["Gross margin 46%, as counted here"] == ("€2.21", "€1.21 to €3.21", "proven gain")
    assert rows["Gross margin 56%"] == ("€2.69", "€1.48 to €3.91", "proven gain")
    assert rows["Cost 25% higher"] == ("€1.77", "€0.97 to €2.57", "inconclusive")
    # 8,172 ÷ 21,528 = 0.37960: at 38.0 % the lower end is just above break-even, at 37.9 % below it
    assert found.title == "The gain stays proven down to a gross margin of 38.0%"
    # 21,528 × 0.46 − 8,172 = 1,730.8
    assert found.note == "The gain stays proven while the cost is at most €1,730 higher than counted here."
    every = " ".join(texts(said))
    for left_out in ("Read rate", "Click-through rate"):
        assert left_out not in every
        assert left_out in " ".join(texts(campaign_blocks(stories.gain(), EN)))
    assert not any(isinstance(one, Chart) and isinstance(one.drawing, FunnelChart) for one in said)


def test_other_margins_of_losses_and_open_results() -> None:
    """Loss: upper end 0.85 at 46 %, so break-even at 46 ÷ 0.85 = 54.1 %. Open: lower end 0.62, 46 ÷ 0.62 = 74.2 %."""
    subtitle = "The same experiment under other gross margins and other costs"
    lost = table(campaign_blocks(stories.loss(), EN, "cfo"), subtitle)
    assert lost is not None
    assert lost.title == "The loss stays proven up to a gross margin of 54.1%"
    opened = table(campaign_blocks(stories.inconclusive(), EN, "cfo"), subtitle)
    assert opened is not None
    assert opened.title == "A gross margin of 74.2% would be needed for a proven gain"
    assert opened.header == ("If", "95% interval", "The verdict would be")
    for story in (stories.withheld(), stories.no_holdout(), stories.by_purpose(), stories.margin_missing()):
        assert table(campaign_blocks(story, EN, "cfo"), subtitle) is None


def test_marketing_opens_with_its_goals() -> None:
    said = campaign_blocks(stories.gain(), EN, "cmo", reached=REACHED)
    after = said[[isinstance(one, Verdict) for one in said].index(True) + 1]
    assert isinstance(after, Table)
    assert after.title == "1 goal of 2 is reached"
    assert after.rows == (
        ("Reply rate", "≥ 5 %", "30 Sept 2026", "6.0%", "reached"),
        ("Opt-out rate", "≤ 0.5 %", "30 Sept 2026", "0.40% to 0.60%", "cannot be told yet"),
    )
    assert any(isinstance(one, KpiRow) for one in said)


def test_the_crm_team_is_told_what_to_change_before_the_detail_and_keeps_no_books() -> None:
    slugs = [slug for slug, _ in campaign_sections(stories.gain(), EN, "crm")]
    assert slugs[:3] == ["opening", "result", "next_step"]
    assert not {"bridge", "costs", "charges", "sensitivity"} & set(slugs)


def test_a_client_gets_a_verdict_three_charts_and_the_method() -> None:
    said = campaign_blocks(stories.gain(), EN, "client")
    drawn = [first(said, Verdict).chart, *(one for one in said if isinstance(one, Chart))]
    assert [type(one.drawing) for one in drawn] == [IntervalChart, BridgeChart, FunnelChart]
    assert not [one for one in said if isinstance(one, KpiRow | Table)]


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.__name__)
def test_hidden_costs_can_be_worked_out_from_nothing(story: Callable[[], CampaignStory]) -> None:
    """Neither the cost and its parts, nor a ratio to it, nor extra gross profit and contribution, nor the margin."""
    told = story()
    said = " ".join(texts(campaign_blocks(told, EN, "client", hide_costs=True)))
    amounts = {told.cost_total, *(line.amount for line in told.costs)}
    secret = {EN.formats.exact(one) for one in amounts} | {"46%", "18,075", "9,903"}
    secret |= {f"{ratio:.2f}" for ratio in (2.2118, 1.2118, 3.2118, 0.58, 0.31, 0.85, 0.62, 2.52, 6.24, 4.74)}
    assert not [one for one in secret if one in said]


def test_hidden_costs_leave_the_extra_revenue_and_the_verdict() -> None:
    said = campaign_blocks(stories.gain(), EN, "client", hide_costs=True)
    verdict = first(said, Verdict)
    assert verdict.label == "Proven gain"
    # 2.2118 × 8,172 ÷ 0.46 = 39,293.4, and so its ends 1.2118 and 3.2118
    assert verdict.headline == "The campaign brought €39,293 of extra revenue, and more gross profit than it cost."
    assert [(fact.value, fact.note) for fact in verdict.facts] == [("€39,293", "€21,528 to €57,058")]
    rows = next(one.drawing.rows for one in said if isinstance(one, Chart) and isinstance(one.drawing, BridgeChart))
    assert [row.label for row in rows] == ["Revenue of the messaged group", "Would have come anyway", "Extra revenue"]


def test_costs_are_hidden_from_nobody_who_is_to_check_them() -> None:
    with pytest.raises(UsageError) as refused:
        campaign_blocks(stories.gain(), EN, "cfo", hide_costs=True)
    assert refused.value.code == "costs-not-hidden"
    with pytest.raises(UsageError) as unknown:
        find_audience("cmoo")
    assert "did you mean 'cmo'" in unknown.value.message


def test_a_campaign_judged_by_its_kpis_shows_them_to_everybody() -> None:
    for audience in AUDIENCES:
        assert any(isinstance(one, KpiRow) for one in campaign_blocks(stories.by_purpose(), EN, audience)), audience


def test_the_view_changes_no_figure() -> None:
    story = stories.gain()
    for one in AUDIENCES.values():
        assert replace(one.view(story), kpis=story.kpis) == story
