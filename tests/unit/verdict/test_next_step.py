"""The step after a verdict, and what advice agrees with one."""

from __future__ import annotations

import pytest

from earnest.verdict.next_step import Step, allows, step_after
from earnest.verdict.verdict import Verdict


@pytest.mark.parametrize(
    ("verdict", "running", "step"),
    [
        (Verdict.PROVEN_GAIN, False, Step.REPEAT),
        (Verdict.PROVEN_LOSS, False, Step.STOP),
        (Verdict.INCONCLUSIVE, False, Step.ENLARGE),
        (Verdict.INCONCLUSIVE, True, Step.WAIT),
        (Verdict.NO_HOLDOUT, False, Step.HOLD_OUT),
        (Verdict.WITHHELD, False, Step.MEND),
        (Verdict.NOT_JUDGED_BY_ROI, False, Step.IMPROVE),
    ],
)
def test_each_verdict_asks_for_one_step(verdict: Verdict, running: bool, step: Step) -> None:
    assert step_after(verdict, running=running) is step


def test_no_verdict_is_forgotten() -> None:
    assert {step_after(verdict, running=False) for verdict in Verdict} == set(Step) - {Step.WAIT}


@pytest.mark.parametrize(
    ("verdict", "running", "more", "less"),
    [
        (Verdict.PROVEN_GAIN, False, True, False),
        (Verdict.PROVEN_LOSS, False, False, True),
        (Verdict.INCONCLUSIVE, False, True, True),
        (Verdict.INCONCLUSIVE, True, False, False),
        (Verdict.NO_HOLDOUT, False, True, True),
        (Verdict.WITHHELD, False, False, False),
    ],
)
def test_no_advice_contradicts_a_verdict(verdict: Verdict, running: bool, more: bool, less: bool) -> None:
    assert allows(verdict, "more", running=running) is more
    assert allows(verdict, "less", running=running) is less
    assert allows(verdict, None, running=running)
