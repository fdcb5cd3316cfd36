"""A goal for what would not have come anyway: told by the interval of the hold-out, once it is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from earnest.usecases.goals import Asked, check_goals, set_goal
from integration.trials import Clock, Trial, laid_out

AFTER, BEFORE = "2026-04-10T12:00:00", "2026-03-19T12:00:00"


def test_the_return_is_held_against_its_goal_after_the_read_out(tmp_path: Path) -> None:
    """5,000.00 extra ± 1,551.27, of which 40 % stay, for 100.00: 20×, from 13.79× to 26.21×; the goal itself is due in summer."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    for target, standing in (("≥ 1", "reached"), ("≥ 20", "cannot_tell"), ("≥ 27", "not_reached")):
        set_goal(workspace, Asked("spring", "incremental_return", target, date(2026, 6, 30)))
        (found,) = check_goals(workspace, "spring")
        assert (found.standing.value, found.why) == (standing, "interval"), target
        shown = found.to_json()["figure"]
        assert (shown["low"], shown["high"]) == pytest.approx((13.795, 26.205), abs=0.001)
        assert (shown["value"] is None) == (standing == "cannot_tell")


def test_before_the_read_out_nobody_may_look(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(BEFORE))
    set_goal(workspace, Asked("spring", "incremental_return", "≥ 1", date(2026, 3, 25)))
    (found,) = check_goals(workspace, "spring")
    assert (found.standing.value, found.why) == ("cannot_tell", "running")
