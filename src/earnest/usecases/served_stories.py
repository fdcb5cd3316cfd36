"""Campaigns judged by tables that stay open: once a generation, whoever asks.

The first look at an experiment after its date is its reading, as at every other door. A journal that cannot be written now leaves it
unread: the page says that it is too early, and the next look tries again.
"""

from __future__ import annotations

from collections.abc import Mapping

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.errors import EnvironmentProblem
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.judge import ranked, story_of
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory


def served_story(workspace: Workspace, tables: Tables, campaign: str) -> CampaignStory:
    """One campaign.

    Raises:
        NotFound: `no-such-campaign`.
    """
    measured = _measured(tables)
    check_met(measured, campaign)
    known: dict[str, CampaignStory] = tables.memo.setdefault("stories", {})
    if campaign not in known:
        known[campaign] = _judged(workspace, tables, dict(measured), campaign)
    return known[campaign]


def _judged(workspace: Workspace, tables: Tables, measured: dict[str, Measured], campaign: str) -> CampaignStory:
    try:
        return story_of(workspace, tables, measured, campaign, record=True)
    except EnvironmentProblem:
        return story_of(workspace, tables, measured, campaign, record=False)


def served_stories(workspace: Workspace, tables: Tables) -> tuple[CampaignStory, ...]:
    """Every campaign, ranked as `judge_all` ranks them."""
    if "ranking" not in tables.memo:
        stories = [served_story(workspace, tables, name) for name in _measured(tables) if name != UNASSIGNED]
        tables.memo["ranking"] = tuple(ranked(stories))
    found: tuple[CampaignStory, ...] = tables.memo["ranking"]
    return found


def served_campaigns(tables: Tables) -> tuple[tuple[str, str, int | None], ...]:
    """Id, name and first day of sending of every campaign, latest first: for lists that need no verdict."""
    known = (
        (one.campaign.id, one.campaign.name, one.first_day)
        for name, one in _measured(tables).items()
        if name != UNASSIGNED
    )
    return tuple(sorted(known, key=lambda one: (-(one[2] or 0), one[0])))


def _measured(tables: Tables) -> Mapping[str, Measured]:
    if "measured" not in tables.memo:
        tables.memo["measured"] = measure_all(tables)
    found: Mapping[str, Measured] = tables.memo["measured"]
    return found
