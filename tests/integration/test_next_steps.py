"""Next steps of trials by hand: each verdict leads to its step, in the words of its report, and nothing contradicts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.reports.sections.next_step import blocks
from earnest.reports.words import translator
from earnest.usecases.judge import judge
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.ranked import agreeing, next_steps, next_steps_in, rules
from earnest.usecases.next_steps.step import Step
from earnest.usecases.tables import open_tables, read_tables
from earnest.usecases.workspace import Workspace
from integration.trials import Clock, Trial, laid_out

Laid = Callable[..., Workspace]


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    def run(trial: Trial, now: str = "2026-04-10T12:00:00") -> Workspace:
        return laid_out(tmp_path, trial, Clock(now))

    return run


def the(workspace: Workspace, code: str) -> Step:
    found = [step for step in next_steps(workspace).steps if step.code == code]
    assert len(found) == 1, [step.code for step in next_steps(workspace).steps]
    return found[0]


def test_a_proven_gain_is_repeated_for_what_it_surely_brings(laid: Laid) -> None:
    """200 of 1,000 buy for 50.00 beside 100: 5,000 extra, 2,000 gross profit, 100 cost: 1,900 contribution."""
    workspace = laid(Trial())
    step = the(workspace, "repeat")
    story = judge(workspace, "spring")
    (block,) = blocks(story, translator())
    assert step.action == f"spring: {block.title}."
    assert set(block.sentences) <= set(step.why)
    assert isinstance(step.value, Estimate)
    assert step.value.value == pytest.approx(1900)
    assert step.at_stake == pytest.approx(step.value.low)
    assert (step.certainty, step.stance) == ("proven", "more")


def test_a_proven_loss_is_stopped_for_the_loss_that_is_not_made_again(laid: Laid) -> None:
    """Nobody buys for it, and 1,000 messages cost 5.00 each: a loss of 5,000, and what chance adds."""
    step = the(laid(Trial(treated_buyers=100, cost="5.00")), "stop")
    assert isinstance(step.value, Estimate)
    assert step.value.value == pytest.approx(5000)
    assert 0 < step.at_stake < 5000
    assert (step.certainty, step.stance) == ("proven", "less")


def test_before_the_read_out_one_waits_and_nothing_is_told(laid: Laid) -> None:
    step = the(laid(Trial(), now="2026-03-10T12:00"), "wait")
    assert isinstance(step.value, Unavailable)
    assert not any(character.isdigit() and "€" in line for line in step.why for character in line)


def test_without_a_hold_out_one_is_planned_with_its_size(laid: Laid) -> None:
    """200 of 1,000 bought; 100.00 of cost at 20.00 of gross profit an order is 5 buyers: 20 % to 20.5 %, 562,000 people, a tenth held out."""
    step = the(laid(Trial(randomised=False, assigned=False)), "hold-out")
    assert isinstance(step.value, Estimate)
    assert step.value.exact is not None
    assert step.value.exact.minor == 10_000
    size = next(line for line in step.why if "people" in line and "80%" in line)
    assert "from 20.00% to 20.50% buyers in 14 days" in size
    assert "1,000 were reached" in size


def test_unpriced_messages_are_to_get_a_price(laid: Laid) -> None:
    """400 of 1,000 have none; the others cost 0.10: 40.00 are missing."""
    step = the(laid(Trial(unpriced=400)), "complete-costs")
    assert "400 delivered messages" in step.action
    assert isinstance(step.value, Estimate)
    assert step.value.value == pytest.approx(40.0)
    assert step.value.basis == "assumed"


def test_what_a_verdict_contradicts_is_left_out(laid: Laid) -> None:
    workspace = laid(Trial())
    with read_tables(workspace) as tables:
        ground = Ground(workspace, tables, record=True)
        gain = next(step for rule in rules() for step in rule.find(ground) if step.code == "repeat")
        against = replace(gain, code="other", stance="less")
        of_nobody = replace(gain, code="other", stance="less", campaign=None)
        assert agreeing(ground, [gain, against, of_nobody]) == [gain, of_nobody]


def test_asking_without_recording_reads_nothing_and_says_what_is_due(laid: Laid) -> None:
    """What a server's HTTP process does: an experiment is read once, and not by whoever looks at a list."""
    workspace = laid(Trial())
    with open_tables(workspace) as tables:
        before = workspace.state().last_seq
        found = next_steps_in(workspace, tables)
        assert [step.code for step in found.steps if step.campaign == "spring"] == ["read-out"]
        assert workspace.state().last_seq == before


def test_every_rule_says_when_it_speaks_and_has_a_code_of_its_own() -> None:
    codes = [rule.code for rule in rules()]
    assert len(codes) == len(set(codes)) == 10
    assert all(rule.meaning for rule in rules())


def test_a_step_without_evidence_cannot_be_made() -> None:
    nothing = Unavailable("value-unknown", "nothing", "nothing")
    with pytest.raises(AssertionError):
        Step("x", None, "Do it.", (), nothing, "value unknown", "unknown", "hours", ("earnest campaign list",))
    with pytest.raises(AssertionError):
        Step("x", None, "Do it.", ("It is so.",), nothing, "value unknown", "unknown", "hours", ())


def test_what_is_at_least_at_stake() -> None:
    def of(value: float, low: float | None, high: float | None) -> float:
        figure = Estimate(value, "EUR", low=low, high=high)
        return Step(
            "x", None, "Do it.", ("So.",), figure, "money", "estimated", "hours", ("earnest campaign list",)
        ).at_stake

    assert [of(5, 2, 8), of(-5, -8, -2), of(5, -1, 11), of(-5, None, None)] == [2, 2, 0, 5]
