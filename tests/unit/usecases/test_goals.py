"""Goals held against figures: worlds of a few hundred messages, of which everybody can count the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign, Match
from earnest.definitions.days import Days
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.declare import add_campaign, messages_lost
from earnest.usecases.goals import Asked, GoalCheck, check_goals, doubts, goals_of, set_goal, withdraw_goal
from earnest.usecases.workspace import Workspace
from unit.usecases.conftest import Clock, Import, utc

SEPTEMBER = {"since": date(2026, 9, 1), "by": date(2026, 9, 14)}


@pytest.fixture(autouse=True)
def spring(workspace: Workspace) -> None:
    add_campaign(workspace, Campaign("spring", "Spring", primary_kpi="click_through_rate"))


def sent(imported: Import, messages: int, clicked: int, *, day: str = "2026-09-01", first: int = 0) -> None:
    """So many delivered messages, the first ones clicked a minute later."""
    imported(
        "messages",
        "message_id,phone,campaign,sent_at,delivered_at,clicked_at,cost",
        *(
            f"m{n},+4915110{n:06},spring,{day}T10:00:00Z,{day}T10:00:05Z,{f'{day}T10:01:00Z' if n < first + clicked else ''},0.10"
            for n in range(first, first + messages)
        ),
    )


def asked(target: str, kpi: str = "click_through_rate", **changed: Any) -> Asked:
    return Asked(**({"campaign": "spring", "kpi": kpi, "target": target, **SEPTEMBER} | changed))


def only(workspace: Workspace) -> GoalCheck:
    (found,) = check_goals(workspace, "spring")
    return found


def told(workspace: Workspace) -> tuple[str, str]:
    found = only(workspace)
    return found.standing.value, found.why


@pytest.mark.parametrize(
    ("target", "standing"),
    [("≥ 10 %", "reached"), ("≥ 40 %", "not_reached"), ("≥ 20 %", "cannot_tell")],
)
def test_a_share_is_told_by_its_interval(workspace: Workspace, imported: Import, target: str, standing: str) -> None:
    """40 of 200 clicked: 20 %, Wilson 15.04 % to 26.08 %."""
    sent(imported, 200, 40)
    set_goal(workspace, asked(target))
    found = only(workspace)
    assert (found.standing.value, found.why) == (standing, "interval")
    assert isinstance(found.figure, Estimate)
    assert (found.figure.low, found.figure.high) == pytest.approx((0.1504, 0.2608), abs=1e-4)
    shown = found.to_json()["figure"]["value"]
    assert shown == (None if standing == "cannot_tell" else 0.2), "no point where nothing can be told"


def test_before_the_answers_are_in_nothing_is_told(workspace: Workspace, imported: Import, clock: Clock) -> None:
    """Sends until 14 September, Berlin; clicks are credited for 5 days: it can be told from 19 September 22:00 UTC."""
    clock.us = utc("2026-09-19T21:59")
    sent(imported, 200, 40)
    set_goal(workspace, asked("≥ 10 %"))
    assert only(workspace).final_us == utc("2026-09-19T22:00")
    assert told(workspace) == ("cannot_tell", "running")
    clock.us = utc("2026-09-19T22:00")
    assert told(workspace) == ("reached", "interval")


def test_too_few_messages_decide_nothing(workspace: Workspace, imported: Import) -> None:
    """99 are fewer than the 100 the catalogue asks for."""
    sent(imported, 99, 90)
    set_goal(workspace, asked("≥ 10 %"))
    found = only(workspace)
    assert (found.standing.value, found.why) == ("cannot_tell", "too-few")
    assert found.to_json()["figure"]["value"] is None


def test_without_messages_or_source_there_is_no_verdict(workspace: Workspace, imported: Import) -> None:
    set_goal(workspace, asked("≥ 10 %"))
    assert told(workspace) == ("unavailable", "no-source")
    imported("messages", "message_id,phone,campaign,sent_at", "m1,+4915110000001,spring,2026-09-01T10:00:00Z")
    assert told(workspace) == ("unavailable", "no-source")


def test_money_is_exact(workspace: Workspace, imported: Import) -> None:
    """200 messages at 0.10 cost 20.00."""
    sent(imported, 200, 0)
    for target, standing in (("≤ 20.00", "reached"), ("≤ 19.99", "not_reached")):
        set_goal(workspace, asked(target, "total_cost"))
        assert told(workspace)[0] == standing


def test_only_the_sends_of_its_days_count(workspace: Workspace, imported: Import) -> None:
    """100 of 200 clicked in September, none of the 200 of 20 September: 50 % of the goal's days, 25 % of all."""
    sent(imported, 200, 100)
    sent(imported, 200, 0, day="2026-09-20", first=200)
    set_goal(workspace, asked("≥ 40 %"))
    found = only(workspace)
    assert isinstance(found.figure, Estimate)
    assert (found.figure.value, found.figure.n, found.standing.value) == (0.5, 200, "reached")
    assert found.figure.period == {"first_day": "2026-09-01", "last_day": "2026-09-01"}
    set_goal(workspace, asked("≥ 40 %", by=date(2026, 9, 21)))
    found = only(workspace)
    assert isinstance(found.figure, Estimate)
    assert (found.figure.value, found.standing.value) == (0.25, "not_reached")


def test_what_cannot_be_cut_by_day_is_not_guessed(workspace: Workspace, imported: Import) -> None:
    sent(imported, 100, 0)
    sent(imported, 100, 0, day="2026-09-20", first=100)
    set_goal(workspace, asked("≤ 20.00", "total_cost"))
    figure = only(workspace).figure
    assert isinstance(figure, Unavailable)
    assert figure.code == "not-by-day"


def test_a_hold_out_is_needed_for_what_would_not_have_come_anyway(workspace: Workspace, imported: Import) -> None:
    sent(imported, 200, 0)
    set_goal(workspace, asked("≥ 1", "incremental_return"))
    assert told(workspace) == ("unavailable", "no-holdout")


def test_a_goal_that_was_lowered_says_so(workspace: Workspace, imported: Import) -> None:
    sent(imported, 200, 40)
    set_goal(workspace, asked("≥ 30 %"))
    set_goal(workspace, asked("≥ 10 %"))
    body = only(workspace).to_json()
    assert (body["versions"], body["target"], body["first_target"]) == (2, "0.1", "0.3")
    assert len(goals_of(workspace.state())) == 1


def test_a_withdrawn_goal_is_no_goal(workspace: Workspace) -> None:
    set_goal(workspace, asked("≥ 30 %"))
    withdraw_goal(workspace, "spring", "ctr")
    assert check_goals(workspace, "spring") == []
    with pytest.raises(NotFound) as refused:
        withdraw_goal(workspace, "spring", "ctr")
    assert refused.value.code == "no-such-goal"


def test_synonyms_are_the_same_kpi(workspace: Workspace) -> None:
    assert set_goal(workspace, asked("≥ 30 %", "ctr")).definition == "click_through_rate@1"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"campaign": "sprig"}, "no-such-campaign"),
        ({"by": date(2026, 8, 1)}, "goal-reversed"),
        ({"baseline": "9 %"}, "baseline-without-source"),
        ({"baseline_source": "last year"}, "baseline-without-value"),
        ({"baseline": "9", "baseline_source": "x"}, "bad-target"),
        ({"baseline": "9 %", "baseline_days": Days.read("2026-08-01..2026-08-31")}, "unequal-windows"),
        ({"target": "≤ 30 %"}, "goal-against-direction"),
    ],
)
def test_what_is_no_goal_is_refused(workspace: Workspace, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        set_goal(workspace, asked(**({"target": "≥ 30 %"} | changed)))
    assert refused.value.code == code
    assert goals_of(workspace.state()) == []


def test_a_baseline_of_equal_days_is_taken_and_of_others_if_somebody_says_why(workspace: Workspace) -> None:
    """Two weeks from a Tuesday: 1 September; 18 August is one too."""
    equal = Days.read("2026-08-18..2026-08-31")
    goal = set_goal(workspace, asked("≥ 30 %", baseline="9 %", baseline_days=equal))
    assert goal.baseline_source == "measured 2026-08-18..2026-08-31"
    odd = Days.read("2026-08-01..2026-08-31")
    assert set_goal(
        workspace, asked("≥ 30 %", baseline="9 %", baseline_days=odd, unequal="only a month is known")
    ).unequal


def test_days_that_no_send_can_meet_are_told_when_the_goal_is_set(
    workspace: Workspace, imported: Import, clock: Clock
) -> None:
    clock.us = utc("2026-09-20T12:00")
    sent(imported, 3, 0, day="2026-09-15")
    (past, late) = doubts(workspace, set_goal(workspace, asked("12 %")))
    assert "2026-09-14 is past" in past
    assert "begin on 2026-09-15" in late
    fine = set_goal(workspace, asked("12 %", since=date(2026, 9, 15), by=date(2026, 9, 30)))
    assert doubts(workspace, fine) == []
    (early,) = doubts(workspace, set_goal(workspace, asked("12 %", since=date(2026, 9, 18), by=date(2026, 9, 30))))
    assert "ended on 2026-09-15" in early


def test_messages_that_a_new_declaration_no_longer_matches_are_counted(workspace: Workspace, imported: Import) -> None:
    rule = Match("template", "spring_1")
    add_campaign(workspace, Campaign("spring", "Spring", match=(rule,)), replacing=True)
    imported(
        "messages", "message_id,phone,template,sent_at",
        "m1,+49151100001,spring_1,2026-09-01T10:00:00Z", "m2,+49151100002,other,2026-09-01T10:00:00Z",
    )  # fmt: skip
    assert messages_lost(workspace, Campaign("spring", "Spring")) == 1
    assert messages_lost(workspace, Campaign("spring", "Spring", match=(rule, Match("tag", "x")))) == 0
