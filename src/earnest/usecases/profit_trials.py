"""What experiments prove, for the profit statement: extra gross profit and contribution with their intervals."""

from __future__ import annotations

from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.period import day_of, local_day, zone
from earnest.usecases.judge import story_of
from earnest.usecases.measure import measure_all
from earnest.usecases.profit_read import Scope
from earnest.usecases.profit_statement import Proven
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory


def proven(workspace: Workspace, tables: Tables, scope: Scope, *, record: bool) -> list[Proven]:
    """Experiments whose read-out day has come, by that day.

    Args:
        record: whether the first look after that day journals its reading, as `judge` does. Without one there are no figures.
    """
    wanted = [
        one
        for one in tables.state.experiments.values()
        if (scope.campaigns is None or one.campaign in scope.campaigns)
        and local_day(tables.as_of_us, zone(tables.state.timezone)) >= (one.read_out - day_of(0)).days
    ]
    if not wanted:
        return []
    measured, found = measure_all(tables), []
    for one in sorted(wanted, key=lambda experiment: (experiment.read_out, experiment.id)):
        if one.campaign not in measured:
            continue
        story = story_of(workspace, tables, measured, one.campaign, record=record)
        if story.experiment is None or story.experiment.experiment != one.id:
            continue
        profit, contribution = (_read(story, name) for name in ("extra_gross_profit", "contribution"))
        found.append(Proven(one.campaign, one.id, one.read_out, story.verdict.value, profit, contribution))
    return found


def _read(story: CampaignStory, name: str) -> Figure:
    if not story.running or story.experiment is None:
        return story.returns[name]
    return Unavailable(
        "not-read-yet",
        f"the read-out of {story.experiment.experiment} is due on {story.experiment.read_out}; its interval has not been read since",
        f"earnest experiment show {story.experiment.experiment}",
    )
