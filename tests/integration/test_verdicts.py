"""All six verdicts from files to judgement, on trials small enough to compute by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.usecases.judge import judge
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from integration.trials import Clock, Trial, bring_rows, laid_out

AFTER = "2026-04-10T12:00:00"


def judged(folder: Path, trial: Trial, now: str = AFTER) -> CampaignStory:
    return judge(laid_out(folder, trial, Clock(now)), "spring")


def codes(story: CampaignStory) -> dict[str, str]:
    return {finding.code: finding.severity for finding in story.findings}


def value(story: CampaignStory, name: str) -> float:
    figure = story.returns[name]
    assert isinstance(figure, Estimate), figure
    return figure.value


def euro(amount: str) -> Money:
    return Money.of(amount, "EUR")


def test_proven_gain(tmp_path: Path) -> None:
    """10.00 against 5.00 a head: 5,000.00 extra from 1,000 people, 2,000.00 of gross profit for 100.00."""
    story = judged(tmp_path, Trial())
    assert story.verdict is Verdict.PROVEN_GAIN
    assert value(story, "incremental_revenue") == pytest.approx(5_000)
    assert value(story, "contribution") == pytest.approx(1_900)
    assert value(story, "incremental_return") == pytest.approx(20)
    assert value(story, "incremental_roi") == pytest.approx(19)
    assert value(story, "incremental_roas") == pytest.approx(50)
    bridge = story.bridge
    assert bridge is not None
    assert (bridge.messaged_revenue, bridge.would_have_come_anyway) == (euro("10000.00"), euro("5000.00"))
    assert (bridge.extra_revenue, bridge.cost_of_goods) == (euro("5000.00"), euro("3000.00"))
    assert (bridge.campaign_cost, bridge.contribution) == (euro("100.00"), euro("1900.00"))
    low, high = story.returns["incremental_revenue"].low, story.returns["incremental_revenue"].high
    # s² = 50² · n/(n − 1) · p(1 − p), s.e. = √(s²/n + s²/n) = 0.79096, t(1853.4) = 1.96126
    assert (low, high) == pytest.approx((5_000 - 1_551.27, 5_000 + 1_551.27), abs=0.05)


def test_proven_loss(tmp_path: Path) -> None:
    """Nobody buys more, and each message costs 10.00: 10,000.00 are lost."""
    story = judged(tmp_path, Trial(treated_buyers=100, cost="10.00"))
    assert story.verdict is Verdict.PROVEN_LOSS
    assert value(story, "contribution") == pytest.approx(-10_000)
    assert story.bridge is not None


def test_inconclusive(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(treated_buyers=105))
    assert (story.verdict, story.running) == (Verdict.INCONCLUSIVE, False)
    assert all(row.value is None for row in story.interval_rows if row.label == "measured")


def test_inconclusive_while_running(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(), now="2026-03-19T12:00:00")
    assert (story.verdict, story.running) == (Verdict.INCONCLUSIVE, True)
    assert story.experiment is not None
    assert story.experiment.days_to_read_out == 1


def test_no_holdout(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(randomised=False))
    assert story.verdict is Verdict.NO_HOLDOUT
    assert all(isinstance(figure, Unavailable) for figure in story.returns.values())
    assert story.bridge is None


@pytest.mark.parametrize("purpose", ["service", "brand"])
def test_not_judged_by_roi(purpose: str, tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(purpose=purpose, randomised=False), Clock(AFTER))
    said = [(f"t-{one}@example.org", "2026-03-01T11:00:00Z", f"m{one}") for one in range(30)]
    rows = [(message, who, "replied", when) for who, when, message in said]
    rows += [(f"m{one}", f"t-{one}@example.org", "opted_out", "2026-03-01T11:00:00Z") for one in range(40, 47)]
    bring_rows(workspace, "messages", ("message_id", "email", "status", "occurred_at"), rows)
    story = judge(workspace, "spring")
    assert story.verdict is Verdict.NOT_JUDGED_BY_ROI
    figures = {line.kpi: line.figure for line in story.kpis}
    funnel = {step.step: step.count for step in story.funnel}
    assert (funnel["sent"], funnel["delivered"], funnel["replied"]) == (1000, 1000, 30)
    assert isinstance(figures["csat"], Unavailable)
    assert isinstance(figures["reply_rate"], Estimate)
    assert figures["reply_rate"].value == pytest.approx(0.030)
    assert isinstance(figures["opt_out_rate"], Estimate)
    assert figures["opt_out_rate"].value == pytest.approx(0.007)
    assert not {"roas", "roi", "incremental_return"} & figures.keys()
    assert story.interval_rows == ()


def test_withheld_by_sample_ratio(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(control=800))
    assert story.verdict is Verdict.WITHHELD
    assert codes(story)["sample-ratio-mismatch"] == "blocks"
    assert isinstance(story.returns["contribution"], Unavailable)
    assert isinstance(story.returns["incremental_revenue"], Unavailable)
    assert story.bridge is None


@pytest.mark.parametrize(("messaged", "severity"), [(10, "warns"), (11, "blocks")])
def test_withheld_by_contamination_above_one_percent(messaged: int, severity: str, tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(messaged_control=messaged))
    assert codes(story)["hold-out-messaged"] == severity
    assert story.verdict is (Verdict.WITHHELD if severity == "blocks" else Verdict.PROVEN_GAIN)


def test_withheld_by_a_missing_margin_shows_the_extra_revenue(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(margin=None))
    assert story.verdict is Verdict.WITHHELD
    assert value(story, "incremental_revenue") == pytest.approx(5_000)
    for name in ("extra_gross_profit", "contribution", "incremental_return", "incremental_roi"):
        assert isinstance(story.returns[name], Unavailable)


@pytest.mark.parametrize(("cost", "unpriced"), [(None, 0), ("0.10", 1)])
def test_a_gain_is_withheld_while_messages_have_no_price(cost: str | None, unpriced: int, tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(cost=cost, unpriced=unpriced))
    assert story.verdict is Verdict.WITHHELD
    assert story.unrated_messages == (unpriced or 1000)
    assert codes(story)["unrated-messages"] == "blocks-gain"


def test_a_loss_stands_while_messages_have_no_price(tmp_path: Path) -> None:
    """500 of 1,000 messages cost 20.00 each and nobody buys more: whatever the others cost, it is a loss."""
    story = judged(tmp_path, Trial(treated_buyers=100, cost="20.00", unpriced=500))
    assert story.verdict is Verdict.PROVEN_LOSS
    assert story.cost_total == euro("10000.00")
    assert story.unrated_messages == 500


def test_an_experiment_without_assignments_is_withheld(tmp_path: Path) -> None:
    story = judged(tmp_path, Trial(assigned=False))
    assert story.verdict is Verdict.WITHHELD
    assert codes(story)["no-assignments"] == "blocks"
