"""earnest goal set, list, check, withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.definitions.goal import Goal
    from earnest.usecases.goals import GoalCheck


@click.group(name="goal")
def group() -> None:
    """Goals: what a campaign is to reach in a KPI, by when, and whether it did."""


@group.command(name="set")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("kpi")
@click.option("--target", required=True, metavar="TARGET", help="As '≥ 12 %', 'at most 1000.00' or 5000; bare, the KPI's good way is meant.")  # fmt: skip
@click.option("--by", required=True, metavar="YYYY-MM-DD", help="Last day of sends that count; then the goal is due.")
@click.option("--from", "since", default=None, metavar="YYYY-MM-DD", help="First day of them; default: the first send.")
@click.option("--baseline", default=None, metavar="FIGURE", help="What it was before, in the same unit.")
@click.option("--baseline-source", default=None, metavar="WORDS", help="Where the baseline comes from.")
@click.option("--baseline-days", default=None, metavar="FIRST..LAST", help="Days it was measured on; as long as the goal's, same weekdays.")  # fmt: skip
@click.option("--unequal", default=None, metavar="WHY", help="Why the baseline's days may be other than the goal's.")
@click.option("--owner", default=None, help="Who answers for it.")
@click.option("--note", default=None, help="Words.")
@shared
def set_one(
    out: Output,
    campaign_id: str,
    kpi: str,
    *,
    target: str,
    by: str,
    since: str | None,
    baseline: str | None,
    baseline_source: str | None,
    baseline_days: str | None,
    unequal: str | None,
    owner: str | None,
    note: str | None,
) -> None:
    """Set the goal of a campaign in KPI.

    Set again, it is the goal's next version; `goal check` tells what was wanted first.
    """
    from earnest.definitions.days import Days
    from earnest.kernel.period import optional_day, parse_day
    from earnest.usecases.goals import Asked, doubts, set_goal

    asked = Asked(
        campaign=campaign_id, kpi=kpi, target=target, by=parse_day(by), since=optional_day(since or ""), baseline=baseline,
        baseline_source=baseline_source, baseline_days=Days.read(baseline_days) if baseline_days else None, unequal=unequal,
        owner=owner, note=note,
    )  # fmt: skip
    workspace = out.workspace()
    goal = set_goal(workspace, asked)
    for doubt in doubts(workspace, goal):
        out.note(doubt)
    out.data(goal.to_json(), lambda c: c.print(f"Goal of {campaign_id}: {goal.kpi} {goal.aim} by {by}.", markup=False))
    if goal.baseline is None:
        out.note("without a baseline nobody can say whether it is achievable, nor how many people a hold-out takes")
    out.next(f"earnest campaign lint {campaign_id}")


@group.command(name="list")
@click.option("--campaign", "campaign_id", default=None, metavar="ID", help="Only goals of this campaign.")
@shared
def list_goals(out: Output, campaign_id: str | None) -> None:
    """List goals in force."""
    from earnest.cli.tables import print_table
    from earnest.usecases.goals import goals_of

    goals = goals_of(out.workspace().state(), campaign_id)
    headers = ("campaign", "kpi", "goal", "from", "by", "baseline", "owner")
    out.data([goal.to_json() for goal in goals], lambda c: print_table(c, headers, [_row(goal) for goal in goals]))
    if goals:
        out.next(f"earnest goal check {goals[0].campaign}")
    else:
        out.next("earnest goal set CAMPAIGN KPI --target … --by YYYY-MM-DD")


@group.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--as-of", default=None, metavar="TIME", help="By what was known then (ISO 8601 with zone).")
@shared
def check(out: Output, campaign_id: str, as_of: str | None) -> int:
    """Hold the goals of a campaign against its figures.

    Reached, not reached, cannot tell (the interval holds the target, too few answers, or not over yet) or unavailable. Exit 4
    if a goal is not reached.
    """
    from earnest.cli.times import instant
    from earnest.usecases.goals import check_goals
    from earnest.verdict.goal import GoalStanding

    with out.progress() as progress:
        found = check_goals(out.workspace(), campaign_id, as_of_us=instant(as_of), progress=progress)
    out.data([one.to_json() for one in found], lambda c: _print(c, campaign_id, found))
    if not found:
        out.next(f"earnest goal set {campaign_id} KPI --target … --by YYYY-MM-DD")
    return 4 if any(one.standing is GoalStanding.NOT_REACHED for one in found) else 0


@group.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("kpi")
@shared
def withdraw(out: Output, campaign_id: str, kpi: str) -> None:
    """Want the goal in KPI no longer. That it was wanted stays in the journal."""
    from earnest.usecases.goals import withdraw_goal

    goal = withdraw_goal(out.workspace(), campaign_id, kpi)
    out.data(goal.to_json(), lambda c: c.print(f"{goal.kpi} of {campaign_id} has no goal any more.", markup=False))


def _row(goal: Goal) -> tuple[str, ...]:
    from earnest.definitions.goal import in_unit

    baseline = in_unit(goal.baseline, goal.unit) if goal.baseline is not None else "–"
    return (
        goal.campaign, goal.kpi, goal.aim, goal.since.isoformat() if goal.since else "first send", goal.by.isoformat(), baseline,
        goal.owner or "–",
    )  # fmt: skip


def _print(console: Console, campaign: str, found: list[GoalCheck]) -> None:
    from earnest.cli.tables import escape
    from earnest.definitions.goal import in_unit

    if not found:
        console.print(escape(f"{campaign} has no goals"))
    for one in found:
        goal = one.goal
        console.print(escape(f"{_STANDINGS[one.standing.value]}: {goal.kpi} {goal.aim} by {goal.by}"))
        console.print(escape(f"  {_told(one)}"))
        if goal.baseline is not None:
            before = in_unit(goal.baseline, goal.unit)
            console.print(escape(f"  baseline {before} ({goal.baseline_source}); owner {goal.owner or 'nobody'}"))
        if one.first is not None:
            console.print(escape(f"  set {one.versions} times; first {one.first.aim} by {one.first.by}"))


_STANDINGS = {
    "reached": "REACHED", "not_reached": "NOT REACHED", "cannot_tell": "CANNOT TELL", "unavailable": "UNAVAILABLE",
}  # fmt: skip


def _told(one: GoalCheck) -> str:
    """The figure, as far as it may be told, and why it leads to the standing."""
    from earnest.kernel.estimate import Unavailable
    from earnest.kernel.period import moment_of

    figure = one.figure
    if isinstance(figure, Unavailable):
        return f"{figure.reason}. {figure.remedy}"
    due = f"it can be told from {moment_of(one.final_us):%Y-%m-%d %H:%M} UTC on"
    why = {
        "too-few": f"only {figure.n or 0:,} to divide by, too few to tell",
        "running": due,
        "lower-bound": "the cost is a lower bound, as some messages have no price",
        "passed": "and it can only grow",
    }
    words = why.get(one.why)
    if one.why == "interval" and one.standing.value == "cannot_tell":
        words = "the target lies within the interval"
    return f"{_measured(one)}{f'; {words}' if words else ''}"


def _measured(one: GoalCheck) -> str:
    """The interval; the point beside it only where something can be told by it."""
    from earnest.cli.tables import figure_text
    from earnest.kernel.estimate import Estimate

    figure = one.figure
    assert isinstance(figure, Estimate)
    point = figure_text(figure)
    if figure.low is None or figure.high is None:
        return f"{point}, {figure.basis}" if one.why != "too-few" else "no figure is shown"
    from dataclasses import replace

    ends = [figure_text(replace(figure, value=end, low=None, high=None, method="exact", exact=None)) for end in (figure.low, figure.high)]  # fmt: skip
    level = f"{figure.level:.0%} interval" if figure.level is not None else "bounds"
    shown = f"{point}, " if one.standing.value in ("reached", "not_reached") and figure.method != "bounds" else ""
    return f"{shown}{level} {ends[0]} to {ends[1]}, {figure.basis}"


COMMANDS = {"goal": group}
