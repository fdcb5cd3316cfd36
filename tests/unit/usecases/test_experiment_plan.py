"""Plans of hold-outs against the published table of the project's specification: total people by share held out."""

from __future__ import annotations

import pytest

from earnest.kernel.errors import UsageError
from earnest.usecases.experiment_plan import plan_experiment


def test_people_needed_by_share_held_out() -> None:
    """1 % and +10 %: 1.64 M, 872 k, 495 k and 326 k people for 5, 10, 20 and 50 % held out (two-sided 5 %, power 80 %)."""
    units = [line.units for line in plan_experiment(0.01, 0.1).lines]
    assert units == pytest.approx([1_640_000, 872_000, 495_000, 326_000], rel=0.005)


def test_people_at_hand_tell_the_smallest_lift() -> None:
    (line,) = plan_experiment(0.01, 0.2, held_out=0.1, people=220_000).lines
    assert line.units == pytest.approx(220_000, rel=0.005)
    assert line.smallest_lift == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(("baseline", "lift"), [(0, 0.1), (1, 0.1), (0.6, 1.0), (0.1, -1)])
def test_shares_outside_are_refused(baseline: float, lift: float) -> None:
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        plan_experiment(baseline, lift)
