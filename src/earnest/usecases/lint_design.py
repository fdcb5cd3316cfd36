"""Lint rules of the design: does the goal fit the experiment's dates, are there units enough, is the baseline of equal days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from earnest.definitions.days import Days, differences
from earnest.definitions.experiment import Experiment
from earnest.definitions.goal import Goal, in_unit
from earnest.incrementality.sample_size import POWER, smallest_difference, units_for_shares
from earnest.kernel.period import day_of, local_day, zone
from earnest.kpis.catalogue import all_kpis
from earnest.usecases.lint_fault import Fault
from earnest.usecases.plan import Plan


def before_read_out(plan: Plan) -> Iterator[Fault]:
    """A goal for what the hold-out says, due before anybody may look at it."""
    experiment = plan.experiment
    for goal in _incremental(plan) if experiment is not None else []:
        assert experiment is not None
        if goal.by < experiment.read_out:
            yield Fault(
                f"the goal for {goal.kpi} is due on {goal.by}, the hold-out is read on {experiment.read_out}",
                f"earnest goal set {plan.id} {goal.kpi} --by {experiment.read_out} …",
                facts={"kpi": goal.kpi, "read_out": experiment.read_out.isoformat()},
            )


def after_window(plan: Plan) -> Iterator[Fault]:
    """A goal that begins after outcomes stop counting, or reaches far beyond."""
    experiment = plan.experiment
    if experiment is None:
        return
    end = window_end(plan, experiment)
    for goal in plan.goals:
        begins_late = goal.since is not None and goal.since > end
        if begins_late or (goal.by > end and goal in _incremental(plan) and goal.by > experiment.read_out):
            yield Fault(
                f"the goal for {goal.kpi} runs from {goal.since or 'the first send'} to {goal.by}; outcomes count until {end},"
                f" and are read on {experiment.read_out}",
                f"earnest goal set {plan.id} {goal.kpi} --by {max(end, experiment.read_out)} …, or plan a longer window",
                None if begins_late else "warning",
                {"kpi": goal.kpi, "window_ends": end.isoformat()},
            )


def window_end(plan: Plan, experiment: Experiment) -> date:
    """Last day on which outcomes count: of the units assigned; before, of the planned start; else the read-out."""
    sql = "SELECT max(occurred_us) FROM event_assignment WHERE experiment = $1"
    last = plan.one(sql, [experiment.id])[0]
    if last is not None:
        return day_of(local_day(int(last) + experiment.window_us, zone(plan.state.timezone)))
    if experiment.starts is not None:
        return experiment.starts + timedelta(days=experiment.window_days)
    return experiment.read_out


def baseline_days(plan: Plan) -> Iterator[Fault]:
    """A baseline that was measured on other days than the goal's are."""
    for goal in plan.goals:
        days, sent = goal.baseline_days, plan.sent_days
        own = goal.days or (Days(sent.first, goal.by) if sent is not None and sent.first <= goal.by else None)
        if days is None or own is None:
            continue
        found = differences(days, own)
        if found:
            told = f" (told: {goal.unequal})" if goal.unequal else ""
            yield Fault(
                f"the baseline of {goal.kpi} is of unequal days: {'; '.join(words for _, words in found)}{told}",
                "Measure it on as many days with the same weekdays, or say why not: earnest goal set … --unequal WHY",
                "warning" if goal.unequal else None,
                {"kpi": goal.kpi, "aspects": [aspect for aspect, _ in found]},
            )


def too_few_units(plan: Plan) -> Iterator[Fault]:
    experiment = plan.experiment
    for goal in _sized(plan):
        assert experiment is not None
        assert goal.baseline is not None
        if not plan.units:
            continue
        needed = units_needed(plan, experiment, goal)
        if needed > plan.units:
            least = smallest_difference(
                float(goal.baseline),
                plan.units,
                held_out=float(experiment.shares[experiment.control]),
                level=_level(plan),
            )
            found = f"; they find {least * 100:.2g} points more at best" if least is not None else ""
            yield Fault(
                f"from {in_unit(goal.baseline, goal.unit)} to {in_unit(goal.target, goal.unit)} in {goal.kpi} takes {needed:,} people to be"
                f" found in {POWER:.0%} of cases; {plan.units:,} are assigned{found}",
                "Assign more people, hold out a larger share, or put several campaigns together in one experiment.",
                facts={"kpi": goal.kpi, "needed": needed, "assigned": plan.units},
            )


def units_unknown(plan: Plan) -> Iterator[Fault]:
    experiment = plan.experiment
    if experiment is None:
        return
    sized = _sized(plan)
    for goal in sized if not plan.units else []:
        needed = units_needed(plan, experiment, goal)
        yield Fault(
            f"nobody is assigned yet; the goal for {goal.kpi} takes {needed:,} people to be found in {POWER:.0%} of cases",
            f"Assign as many: earnest import run FILE --as assignments --map experiment=={experiment.id}",
            facts={"kpi": goal.kpi, "needed": needed},
        )
    if plan.goals and not sized:
        yield Fault(
            "none of its goals is a share with a baseline, so the people it takes cannot be computed",
            f"Say what a share was before: earnest goal set {plan.id} KPI --target … --baseline … --baseline-source …",
        )


def units_needed(plan: Plan, experiment: Experiment, goal: Goal) -> int:
    """People of all arms that it takes to find a goal's difference from its baseline, at the workspace's level."""
    assert goal.baseline is not None
    held_out = float(experiment.shares[experiment.control])
    return units_for_shares(float(goal.baseline), float(goal.target), held_out=held_out, level=_level(plan))


def _sized(plan: Plan) -> list[Goal]:
    """Goals whose size of effect is known: shares with a baseline that they are to leave."""
    if plan.experiment is None:
        return []
    return [g for g in plan.goals if g.unit == "share" and g.baseline is not None and g.baseline != g.target]


def _incremental(plan: Plan) -> list[Goal]:
    known = all_kpis()
    return [goal for goal in plan.goals if goal.kpi in known and known[goal.kpi].basis == "incremental"]


def _level(plan: Plan) -> float:
    return float(plan.state.setting("level", plan.tables.day) or "0.95")
