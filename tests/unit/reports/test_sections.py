"""What each verdict says: the figures are the story's own, worded as the verdict allows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from earnest.charts.bridge import BridgeChart
from earnest.charts.interval_rows import IntervalChart
from earnest.kernel.estimate import Unavailable
from earnest.reports.blocks import Chart, KpiRow, NextStep, Table, Verdict
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import translator
from earnest.verdict.bridge import build_bridge
from earnest.verdict.story import CampaignStory
from unit.reports.parts import COST, EXPERIMENT, KPIS, eur, returns
from unit.reports.stories import (
    by_purpose,
    gain,
    inconclusive,
    loss,
    margin_missing,
    no_holdout,
    running,
    unrated,
    withheld,
)

EN, RU = translator("en"), translator("ru")


def verdict(story: CampaignStory) -> Verdict:
    return next(block for block in campaign_blocks(story, EN) if isinstance(block, Verdict))


def bridge(story: CampaignStory) -> Chart:
    charts = (block for block in campaign_blocks(story, EN) if isinstance(block, Chart))
    return next(chart for chart in charts if isinstance(chart.drawing, BridgeChart))


def cards(story: CampaignStory) -> dict[str, object]:
    row = next(block for block in campaign_blocks(story, EN) if isinstance(block, KpiRow))
    return {card.name: card for card in row.cards}


def test_gain_says_estimate_interval_and_contribution() -> None:
    said = verdict(gain())
    assert said.headline == "Every €1 spent brought back €2.21 of extra gross profit."
    assert said.sentences[0].startswith("95% interval €1.21 to €3.21.")
    assert [(fact.label, fact.value) for fact in said.facts] == [
        ("Spent", "€8,172"),
        ("Extra gross profit", "€18,075"),
        ("Contribution after messaging", "+€9,903"),
    ]


def test_gain_in_russian() -> None:
    said = next(block for block in campaign_blocks(gain(), RU) if isinstance(block, Verdict))
    assert said.headline == "Каждый потраченный 1\xa0€ вернул 2,21\xa0€ дополнительной валовой прибыли."


def test_loss_is_as_large_as_a_gain() -> None:
    said, good = verdict(loss()), verdict(gain())
    assert said.headline == "Every €1 spent brought back only €0.58 of extra gross profit."
    assert [fact.label for fact in said.facts] == [fact.label for fact in good.facts]
    assert said.facts[-1].tone == "neg"


def test_a_negative_return_is_said_as_a_loss() -> None:
    story = replace(loss(), returns=returns(-0.3, -0.6, -0.1))
    assert verdict(story).headline == "Every €1 spent lost another €0.30 of gross profit."


def test_without_cost_the_contribution_speaks() -> None:
    free = Unavailable("no-cost", "the cost is 0", "read the contribution")
    story = replace(gain(), returns=returns(2.2118, 1.2118, 3.2118) | {"incremental_return": free})
    assert verdict(story).headline == "The campaign brought €9,903 more gross profit than it cost."
    assert "+€1,731 to +€18,075" in verdict(story).sentences[0]


def test_inconclusive_gives_the_range() -> None:
    said = verdict(inconclusive())
    assert said.headline == "Between €0.62 and €2.52 came back for every €1 spent."
    assert said.sentences[1] == "About 34,000 more people in the comparison would settle it."


def test_running_names_its_date_and_differs_from_inconclusive() -> None:
    said = verdict(running())
    assert said.label == "Too early to call"
    assert said.sentences[0] == "The result is read out on 30 Oct 2026; until then there is no verdict."
    assert said.sentences[1] == "9 more days to wait."
    assert not set(said.sentences) & set(verdict(inconclusive()).sentences)


def test_running_with_nothing_to_show_yet() -> None:
    early = Unavailable("too-few-units", "nobody has bought yet", "wait")
    story = replace(running(), returns=dict.fromkeys(returns(1, 1, 1), early), interval_rows=(), bridge=None)
    assert verdict(story).headline == "It is too early to say what came back."
    assert verdict(story).chart is None


def test_no_holdout_only_tells_what_would_be_claimed() -> None:
    said = verdict(no_holdout())
    assert said.headline == "We cannot say what this campaign caused: nobody was held out."
    assert "would claim €4.74 to €6.24 for every €1" in said.sentences[0]
    chart = said.chart
    assert chart is not None
    assert isinstance(chart.drawing, IntervalChart)
    assert all(row.claim for row in chart.drawing.rows)
    assert {fact.tone for fact in said.facts} == {"plain", "attr"}


def test_withheld_names_check_size_and_fix() -> None:
    said = verdict(withheld())
    assert said.headline == "The two groups are not comparable, so we show no figure."
    assert said.sentences[0] == "The hold-out should be 10.0% of the people but is 7.1% (p\xa0<\xa00.001)."
    (check,) = said.checks
    assert check.size == "2,390 of 82,400 (2.9%)"
    assert check.remedy.text.startswith("Find what removed")
    assert said.chart is None


def test_withheld_for_a_missing_margin_still_gives_extra_revenue_as_a_range() -> None:
    said = verdict(margin_missing())
    assert said.headline == "The gross margin is not known, so we cannot say whether it paid."
    assert said.facts[1].value == "€21,528 to €57,058"  # 1.2118 and 3.2118 × 8,172 / 0.46
    assert said.checks[0].remedy.text == "earnest setting set margin 0.38 --from 2026-01-01"


def test_withheld_gain_while_messages_have_no_price() -> None:
    said = verdict(unrated())
    assert said.headline == "The cost is not complete, so we claim no gain."
    assert said.facts[0].note == "at least: some messages have no price"


def test_service_is_judged_by_its_own_measures() -> None:
    said = verdict(by_purpose())
    assert said.headline == "A service campaign is judged by how well it served, not by return on spend."
    assert [fact.value for fact in said.facts] == ["0.94%", "91.2%", "94.2%", "€8,172"]
    assert "Attributed return (ROAS)" not in cards(by_purpose())
    assert "Incremental return" not in cards(by_purpose())


def test_bridge_adds_up_on_the_page() -> None:
    drawn = bridge(gain()).drawing
    assert isinstance(drawn, BridgeChart)
    assert [row.text for row in drawn.rows] == ["€110,852", "−€71,558", "€39,294", "−€21,219", "−€8,172", "€9,903"]
    assert bridge(gain()).title == "65% of this revenue would have come anyway"


def test_bridge_shows_cents_where_rounding_would_not_add_up() -> None:
    odd = build_bridge(
        eur("100.40"), holdout_mean=Decimal("60.80"), messaged=1, cost=eur("1.00"), margin=None, discounts=eur("0")
    )
    drawn = bridge(replace(gain(), bridge=odd)).drawing
    assert isinstance(drawn, BridgeChart)
    assert [row.text for row in drawn.rows][:3] == ["€100.40", "−€60.80", "€39.60"]


def test_bridge_of_an_open_result_has_exact_lines_and_ranges() -> None:
    drawn = bridge(inconclusive()).drawing
    assert isinstance(drawn, BridgeChart)
    assert [row.text for row in drawn.rows] == [
        "€110,852",
        "€8,172",
        "€11,014 to €44,768",
        "−€3,105 to +€12,421",
    ]


@pytest.mark.parametrize("story", [no_holdout(), withheld(), by_purpose()], ids=lambda story: story.verdict.value)
def test_no_bridge_where_nothing_is_proven(story: CampaignStory) -> None:
    charts = [block for block in campaign_blocks(story, EN) if isinstance(block, Chart)]
    assert not [chart for chart in charts if isinstance(chart.drawing, BridgeChart)]


def test_kpi_cards_carry_denominator_interval_and_benchmark() -> None:
    card = cards(gain())["Opt-out rate"]
    assert card.value == "0.94%"  # type: ignore[attr-defined]
    said = [detail.text for detail in card.details]  # type: ignore[attr-defined]
    assert said == ["of 69,870 messages delivered", "95% interval 0.87–1.01%"]
    assert (card.typical, card.state, card.state_tone) == ("typical 0.2–0.6%", "worse", "neg")  # type: ignore[attr-defined]


def test_kpi_without_comparable_benchmark_or_value_says_so() -> None:
    found = cards(gain())
    assert found["Cost per order"].typical == "no comparable benchmark"  # type: ignore[attr-defined]
    missing = found["Reply rate"]
    assert missing.value == "n/a"  # type: ignore[attr-defined]
    assert missing.details[0].text == "no source delivers replies"  # type: ignore[attr-defined]
    assert missing.remedy.text == "earnest import run replies.csv"  # type: ignore[attr-defined]


def test_attributed_cards_are_plum_and_hollow() -> None:
    card = cards(gain())["Attributed return (ROAS)"]
    assert card.tone == "attr"  # type: ignore[attr-defined]
    assert card.basis.text == "would claim"  # type: ignore[attr-defined]
    assert card.bullet.hollow  # type: ignore[attr-defined]


def test_better_follows_the_declared_direction() -> None:
    lower = replace(KPIS[3], direction="higher")
    card = cards(replace(gain(), kpis=(lower,)))["Opt-out rate"]
    assert (card.state, card.state_tone) == ("better", "pos")  # type: ignore[attr-defined]


def test_arms_hide_what_they_bought_until_it_is_proven() -> None:
    def rows(story: CampaignStory) -> list[str]:
        tables = [block for block in campaign_blocks(story, EN) if isinstance(block, Table) and block.tone != "attr"]
        return [row[0] for row in tables[0].rows]

    assert rows(inconclusive()) == ["People", "Planned share", "Actual share"]
    assert rows(gain())[3:] == ["Buyers", "Revenue", "Revenue per person"]


def test_next_step_follows_the_verdict() -> None:
    def step(story: CampaignStory) -> str:
        return next(block for block in campaign_blocks(story, EN) if isinstance(block, NextStep)).title

    assert step(gain()) == "Repeat it and keep a hold-out"
    assert step(loss()) == "Do not send this again as it is"
    assert step(running()) == "Let it run until 30 Oct 2026"
    assert step(inconclusive()) == "Repeat it with about 34,000 more people"
    assert step(no_holdout()) == "Hold out a random part of the next audience"
    assert step(by_purpose()) == "Start with what is worse than typical: Opt-out rate"


def test_order_is_situation_action_result_next_step() -> None:
    kinds = [type(block).__name__ for block in campaign_blocks(gain(), EN)]
    wanted = ["Title", "Situation", "Actions", "Verdict", "NextStep", "Method"]
    assert [kind for kind in kinds if kind in wanted] == wanted


def test_bare_story_is_still_told() -> None:
    story = replace(
        gain(), kpis=(), funnel=(), costs=(), claims={}, claimed_returns={}, findings=(), assumptions=(),
        interval_rows=(), bridge=None, first_day=None, last_day=None,
        cost_total=eur(COST), experiment=replace(EXPERIMENT, srm_p=None),
    )  # fmt: skip
    assert verdict(story).chart is None
    assert campaign_blocks(story, EN)
