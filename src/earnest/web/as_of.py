"""Which campaigns the days of a page hold, and as of when its figures are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from earnest.definitions.days import Days
from earnest.kernel.period import moment_of, zone
from earnest.verdict.story import CampaignStory
from earnest.web.desk import Desk


def within(stories: Iterable[CampaignStory], days: Days | None) -> tuple[CampaignStory, ...]:
    """Campaigns that sent anything in these days; all where none are asked for. A campaign is judged whole, not by part."""
    return tuple(story for story in stories if days is None or _sent_in(story, days))


def _sent_in(story: CampaignStory, days: Days) -> bool:
    if story.first_day is None or story.last_day is None:
        return False
    return date.fromisoformat(story.first_day) <= days.last and date.fromisoformat(story.last_day) >= days.first


def as_of_line(desk: Desk) -> str:
    """As of when the tables are, in the workspace's time."""
    told = moment_of(desk.tables.as_of_us).astimezone(zone(desk.tables.state.timezone))
    return desk.words.say("As of %(time)s", time=desk.words.formats.instant(told.isoformat(timespec="minutes")))
