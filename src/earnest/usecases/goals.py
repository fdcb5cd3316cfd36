"""Goals of campaigns: set them, and hold each against its figure. A goal set again is its next version; all versions stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from earnest.definitions.days import Days, require_equal
from earnest.definitions.goal import Goal, read_target, read_value
from earnest.definitions.state import State
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import DAY_US, HOUR_US, day_end_us, day_of, moment_of, zone
from earnest.kpis.catalogue import find as find_kpi
from earnest.kpis.catalogue import story_kpis
from earnest.usecases.judge import judge
from earnest.usecases.judge_lines import kpi_scope, row_figure
from earnest.usecases.measure import measure_all
from earnest.usecases.measure_days import cut
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.goal import Aim, GoalStanding, stand
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress

ANSWER_HOURS = 72
"""Replies and opt-outs count for a message for so long after its send."""
_GROWS = ("total_clicks", "messages_delivered", "conversations", "total_cost")


@dataclass(frozen=True, slots=True)
class Asked:
    """A goal as somebody writes it; see `definitions.goal.Goal`. `target` and `baseline` are texts."""

    campaign: str
    kpi: str
    target: str
    by: date
    since: date | None = None
    baseline: str | None = None
    baseline_source: str | None = None
    baseline_days: Days | None = None
    unequal: str | None = None
    owner: str | None = None
    note: str | None = None


def set_goal(workspace: Workspace, asked: Asked) -> Goal:
    """Set a goal, or its next version.

    Raises:
        NotFound: `no-such-kpi`. UsageError: `no-such-campaign`, `goal-reversed`, `baseline-without-source`, `baseline-without-value`,
            `unequal-windows`: the baseline's days and the goal's cannot be held against each other; and as `read_target`.
    """
    state, kpi = workspace.state(), find_kpi(asked.kpi)
    state.check_campaign(asked.campaign)
    how = {"unit": kpi.unit, "currency": state.currency}
    exact = kpi.denominator is None
    at_least, target = read_target(asked.target, direction=kpi.direction, exact=exact, **how)
    if asked.since is not None and asked.by < asked.since:
        raise UsageError(
            "goal-reversed", f"{asked.by} lies before {asked.since}", hint="--by is the last day, --from the first."
        )
    baseline = read_value(asked.baseline, exact=exact, **how) if asked.baseline is not None else None
    _check_baseline(asked)
    goal = Goal(
        campaign=asked.campaign,
        kpi=kpi.id,
        definition=kpi.definition,
        unit=kpi.unit,
        at_least=at_least,
        target=target,
        by=asked.by,
        since=asked.since,
        baseline=baseline,
        baseline_source=asked.baseline_source or (f"measured {asked.baseline_days}" if asked.baseline_days else None),
        baseline_days=asked.baseline_days,
        unequal=asked.unequal,
        owner=asked.owner,
        note=asked.note,
    )
    entry = workspace.record("goal.set", goal.to_json())
    return replace(goal, set_us=entry.received_us)


def doubts(workspace: Workspace, goal: Goal) -> list[str]:
    """What is odd about the days of a goal, in words: said when it is set, as nobody can meet it."""
    found = []
    if goal.by < workspace.today(workspace.state()):
        found.append(f"{goal.by} is past: a goal that is set after its days was no goal while they ran")
    with open_tables(workspace) as tables:
        row = tables.con.execute(
            "SELECT min(m.send_day), max(m.send_day) FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.campaign = $1",
            [goal.campaign],
        ).fetchone()
    if row is None or row[0] is None:
        return found
    first, last = day_of(int(row[0])), day_of(int(row[1]))
    if goal.by < first:
        found.append(f"its sends begin on {first}, after {goal.by}: none of them counts for the goal")
    elif goal.since is not None and last < goal.since:
        found.append(f"its sends ended on {last}, before {goal.since}: none of them counts for the goal")
    return found


def withdraw_goal(workspace: Workspace, campaign: str, kpi: str) -> Goal:
    """Want a goal no longer; that it was wanted stays in the journal.

    Raises:
        NotFound: `no-such-kpi`, `no-such-goal`.
    """
    name = find_kpi(kpi).id
    found = next((goal for goal in goals_of(workspace.state(), campaign) if goal.kpi == name), None)
    if found is None:
        raise NotFound("no-such-goal", f"campaign '{campaign}' has no goal for {name}", hint="See `earnest goal list`.")
    gone = replace(found, withdrawn=True)
    workspace.record("goal.set", gone.to_json())
    return gone


def goals_of(state: State, campaign: str | None = None) -> list[Goal]:
    """Goals in force, of one campaign or of all, by campaign and KPI."""
    latest = [versions[-1] for _, versions in sorted(state.goals.items())]
    return [goal for goal in latest if not goal.withdrawn and campaign in (None, goal.campaign)]


@dataclass(frozen=True, slots=True)
class GoalCheck:
    """A goal held against its figure.

    Args:
        standing: the verdict. why: code of the reason: of the figure that there is none, or too-few, running, interval, passed,
            exact, lower-bound. final_us: when it can be told for good: after the goal's days and the time to answer.
        versions: how often it was set. first: its first version, if that wanted something else.
    """

    goal: Goal
    figure: Figure
    standing: GoalStanding
    why: str
    final_us: int
    versions: int
    first: Goal | None

    def to_json(self) -> dict[str, Any]:
        return self.goal.to_json() | {
            "standing": self.standing.value,
            "why": self.why,
            "figure": self._shown(),
            "final_from": moment_of(self.final_us).isoformat(timespec="seconds"),
            "set_at": moment_of(self.goal.set_us).isoformat(timespec="seconds"),
            "versions": self.versions,
            "first_target": str(self.first.target) if self.first else None,
        }

    def _shown(self) -> dict[str, Any]:
        """The figure; without its point where nothing can be told by it."""
        body = self.figure.to_json()
        interval = isinstance(self.figure, Estimate) and self.figure.low is not None
        if self.standing is GoalStanding.CANNOT_TELL and (interval or self.why == "too-few"):
            body["value"] = None
        return body


def check_goals(
    workspace: Workspace, campaign: str, *, as_of_us: int | None = None, progress: Progress = quiet
) -> list[GoalCheck]:
    """Hold every goal of a campaign against its figure.

    Args:
        as_of_us: by what was known at an instant.

    Raises:
        NotFound: `no-such-campaign`.
    """
    story = judge(workspace, campaign, as_of_us=as_of_us, progress=progress)
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        return goals_of_story(tables, story)


def goals_of_story(tables: Tables, story: CampaignStory) -> list[GoalCheck]:
    """The same for a campaign that was judged from these tables."""
    return [_checked(tables, story, goal) for goal in goals_of(tables.state, story.campaign)]


def late_us(state: State, day: date) -> int:
    """How long after a send something of it may still come: the longest look-back, and 72 hours for replies."""
    days = [float(state.setting(f"lookback_{name}_days", day) or 0) for name in ("reply", "click")]
    hours = [float(state.setting(f"lookback_{name}_hours", day) or 0) for name in ("read", "delivered")]
    return int(max(max(days) * DAY_US, max(*hours, ANSWER_HOURS) * HOUR_US))


def final_us(state: State, goal: Goal) -> int:
    """When a goal can be told for good."""
    return day_end_us(goal.by, zone(state.timezone)) + late_us(state, goal.by)


def figure_of(tables: Tables, story: CampaignStory, goal: Goal) -> Figure:
    """The figure a goal is about, of the sends of its days."""
    kpi = find_kpi(goal.kpi)
    if kpi.definition != goal.definition:
        return Unavailable(
            "definition-changed",
            f"the goal was set for {goal.definition}, and the figure is {kpi.definition} now",
            f"Set it again: earnest goal set {goal.campaign} {goal.kpi} …",
        )
    line = next((one for one in story.kpis if one.kpi == kpi.id), None)
    if line is None and kpi.measures is not None and kpi not in story_kpis() and _enclosed(goal, story):
        measured = measure_all(tables)[story.campaign]
        return row_figure(tables, kpi, measured, kpi_scope(tables, measured, story.level))
    if line is None:
        return Unavailable(
            "kpi-not-shown",
            f"{kpi.id} does not judge a campaign of purpose {story.purpose}",
            "Choose a KPI that `earnest campaign show` prints, or change the purpose.",
        )
    if _enclosed(goal, story):
        return line.figure
    return cut(tables, kpi, story, since=goal.since, by=goal.by)


def _checked(tables: Tables, story: CampaignStory, goal: Goal) -> GoalCheck:
    kpi, state = find_kpi(goal.kpi), tables.state
    experiment = state.experiment_of(goal.campaign) if kpi.basis == "incremental" else None
    if experiment is not None:  # its interval is read once, and stands from then on
        final = experiment.read_out_us(state.timezone)
        closed = not story.running
    else:
        final = final_us(state, goal)
        closed = tables.as_of_us >= final
    figure = figure_of(tables, story, goal)
    standing, why = stand(figure, Aim(goal.at_least, goal.target, kpi.minimum_n, closed, kpi.id in _GROWS))
    versions = state.goals[goal.campaign, goal.kpi]
    first = versions[0] if (versions[0].target, versions[0].by) != (goal.target, goal.by) else None
    return GoalCheck(goal, figure, standing, why, final, len(versions), first)


def _enclosed(goal: Goal, story: CampaignStory) -> bool:
    """Whether every message of the campaign was sent on the goal's days."""
    if story.first_day is None or story.last_day is None:
        return True
    first, last = date.fromisoformat(story.first_day), date.fromisoformat(story.last_day)
    return (goal.since is None or goal.since <= first) and last <= goal.by


def _check_baseline(asked: Asked) -> None:
    if asked.baseline is None and (asked.baseline_source or asked.baseline_days):
        raise UsageError(
            "baseline-without-value", "a source of the baseline, and no baseline", hint="Give --baseline as well."
        )
    if asked.baseline is not None and not (asked.baseline_source or asked.baseline_days):
        raise UsageError(
            "baseline-without-source",
            f"nobody can check where the baseline '{asked.baseline}' comes from",
            hint="Give --baseline-source 'words', or --baseline-days FIRST..LAST on which it was measured.",
        )
    if asked.baseline_days is not None and asked.since is not None:
        require_equal(asked.baseline_days, Days(asked.since, asked.by), unless=asked.unequal)
