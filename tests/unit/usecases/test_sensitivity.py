"""How far verdicts move: figures worked out by hand from the stories of the reports.

The gain: return 2.2118 (1.2118 to 3.2118), gross margin 46 %, cost 8,172.00 of which 480.00 is assumed; the messaged group bought for
110,852.00, and 71,558.00 would have come anyway. Extra revenue that just pays: 8,172 ÷ 0.46 = 17,765.2174.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.finding import Finding
from earnest.usecases.sensitivity import Case, Moves, moves_of
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from unit.reports import stories
from unit.reports.parts import returns


def moves(story: CampaignStory) -> Moves:
    found = moves_of(story)
    assert found is not None
    return found


def ends(case: Case) -> tuple[float, float]:
    assert case.figure.low is not None
    assert case.figure.high is not None
    return case.figure.low, case.figure.high


def test_a_fifth_less_margin_makes_the_gain_unproven() -> None:
    lower, higher = moves(stories.gain()).of("margin")
    assert lower.then == pytest.approx(0.368)
    assert lower.figure.value == pytest.approx(1.76944)
    assert ends(lower) == pytest.approx((0.96944, 2.56944))
    assert lower.verdict is Verdict.INCONCLUSIVE
    assert ends(higher) == pytest.approx((1.45416, 3.85416))
    assert higher.verdict is Verdict.PROVEN_GAIN


def test_the_word_turns_where_the_lower_end_meets_break_even() -> None:
    """0.46 ÷ 1.2118 = 37.96 %; below 0.46 ÷ 3.2118 = 14.32 % it would be a loss."""
    nearest, farther = moves(stories.gain()).turns_of("margin")
    assert (nearest.then, nearest.verdict) == (pytest.approx(0.379601, abs=1e-6), Verdict.INCONCLUSIVE)
    assert (farther.then, farther.verdict) == (pytest.approx(0.143222, abs=1e-6), Verdict.PROVEN_LOSS)


def test_the_margin_that_just_pays() -> None:
    """Cost ÷ extra revenue: 0.46 ÷ 2.2118, between 0.46 ÷ 3.2118 and 0.46 ÷ 1.2118."""
    figure = moves(stories.gain()).break_even_margin
    assert isinstance(figure, Estimate)
    assert (figure.value, figure.low, figure.high) == pytest.approx((0.207975, 0.143222, 0.379601), abs=1e-6)


def test_no_margin_pays_where_nothing_extra_was_bought() -> None:
    story = replace(stories.loss(), returns=returns(-0.2, -0.9, 0.5))
    found = moves(story)
    assert isinstance(found.break_even_margin, Unavailable)
    (turn,) = found.turns_of("margin")
    assert (turn.then, turn.verdict) == (pytest.approx(0.92), Verdict.INCONCLUSIVE), "the upper end, 0.5, doubled"


def test_orders_alike_move_the_return_as_the_margin_does() -> None:
    lower, higher = moves(stories.gain()).of("order-capture")
    assert ends(lower) == pytest.approx((0.96944, 2.56944))
    assert ends(higher) == pytest.approx((1.45416, 3.85416))
    assert moves(stories.gain()).turns_of("order-capture")[0].change == pytest.approx(1 / 1.2118 - 1)


def test_only_assumed_cost_moves() -> None:
    """480.00 a fifth more is 576.00: the cost is 8,268.00, and everything is × 8,172 ÷ 8,268."""
    lower, higher = moves(stories.gain()).of("assumed-cost")
    assert higher.then == pytest.approx(576)
    assert ends(higher) == pytest.approx((1.2118 * 8172 / 8268, 3.2118 * 8172 / 8268))
    assert ends(lower) == pytest.approx((1.2118 * 8172 / 8076, 3.2118 * 8172 / 8076))
    turn = moves(stories.gain()).turns_of("assumed-cost")[0]
    assert turn.then == pytest.approx(480 + 0.2118 * 8172), "as much more as the lower end leaves"
    assert turn.verdict is Verdict.INCONCLUSIVE


def test_without_assumed_cost_there_is_nothing_to_try() -> None:
    story = stories.gain()
    billed = replace(story, costs=tuple(replace(line, evidence="invoiced") for line in story.costs))
    assert moves(billed).of("assumed-cost") == ()


def test_orders_missing_from_the_holdout_alone_shift_the_return() -> None:
    """5 % missing: 71,558.00 ÷ 0.95 is 3,766.2105 more that would have come anyway, 0.2120 of what just pays."""
    holdout, messaged = moves(stories.gain()).of("order-capture-uneven")
    shift = 71_558 * (1 / 0.95 - 1) / 17_765.2174
    assert shift == pytest.approx(0.2120, abs=1e-4)
    assert ends(holdout) == pytest.approx((1.2118 - shift, 3.2118 - shift))
    assert holdout.verdict is Verdict.INCONCLUSIVE, "0.9998"
    gained = 110_852 * (1 / 0.95 - 1) / 17_765.2174
    assert ends(messaged) == pytest.approx((1.2118 + gained, 3.2118 + gained))


def test_the_share_of_missing_orders_at_which_the_word_turns() -> None:
    """The lower end leaves 0.2118 × 17,765.2174 = 3,762.6730; 71,558 ÷ (71,558 + 3,762.6730) of the orders are then here."""
    turn = moves(stories.gain()).turns_of("order-capture-uneven")[0]
    assert turn.then == pytest.approx(71_558 / 75_320.6730)
    assert turn.change == pytest.approx(-3_762.6730 / 75_320.6730)


def test_a_loss_turns_upwards_and_an_open_result_both_ways() -> None:
    loss = moves(stories.loss()).turns_of("margin")
    assert [(turn.then, turn.verdict) for turn in loss] == [(pytest.approx(0.46 / 0.85), Verdict.INCONCLUSIVE)]
    open_ = moves(stories.inconclusive()).turns_of("margin")
    told = {turn.verdict: turn.then for turn in open_}
    assert told == {Verdict.PROVEN_LOSS: pytest.approx(0.46 / 2.52), Verdict.PROVEN_GAIN: pytest.approx(0.46 / 0.62)}


def test_a_running_experiment_has_no_word_that_could_change() -> None:
    found = moves(stories.running())
    assert found.turns == ()
    assert found.shaken == ()
    assert {case.verdict for case in found.cases} == {Verdict.INCONCLUSIVE}


def test_what_withholds_a_gain_withholds_it_under_every_assumption() -> None:
    blocked = Finding("messages-unrated", "blocks-gain", "some messages have no price", "Complete the cost.")
    story = replace(stories.inconclusive(), findings=(blocked,))
    told = {turn.verdict for turn in moves(story).turns}
    assert told == {Verdict.PROVEN_LOSS, Verdict.WITHHELD}


@pytest.mark.parametrize(
    "story", [stories.no_holdout(), stories.withheld(), stories.by_purpose(), stories.margin_missing()]
)
def test_what_rests_on_no_interval_of_money_does_not_move(story: CampaignStory) -> None:
    assert moves_of(story) is None


def test_no_margin_is_tried_above_the_whole() -> None:
    figures = returns(2.2118, 1.2118, 3.2118)
    story = replace(stories.gain(), margin=Estimate(0.9, "share", basis="assumed"), returns=figures)
    assert moves(story).of("margin")[1].then == pytest.approx(1.0)
    assert moves(story).of("margin")[1].change == pytest.approx(1 / 0.9 - 1)
    full = replace(story, margin=Estimate(1.0, "share", basis="assumed"))
    assert [case.change for case in moves(full).of("margin")] == [pytest.approx(-0.2)]
