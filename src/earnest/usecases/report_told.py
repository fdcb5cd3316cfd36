"""Tell a report: its campaigns judged by the tables as they stand, worded for its audience and language, its comments in their places.

report ─ stories ─> sections ─ comments behind the section they stand at ─> blocks ─> page
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from earnest.definitions.report import Comment, Report
from earnest.kpis.catalogue import find as find_kpi
from earnest.reports.audience import find_audience
from earnest.reports.blocks import Block, Title
from earnest.reports.campaign import campaign_sections
from earnest.reports.comments import Placed, commented
from earnest.reports.sections.goals import GoalLine
from earnest.reports.several import several_sections
from earnest.reports.words import Words, translator
from earnest.reports.words.formats import plain
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.goals import GoalCheck, goals_of_story
from earnest.usecases.judge import ranked, story_of
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import Tables, open_tables, quiet, read_tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress

Section = tuple[str, tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """A report told at a moment.

    Args:
        stories: of its campaigns, best first. sections: slug and blocks, in order, without comments.
    """

    report: Report
    stories: tuple[CampaignStory, ...]
    sections: tuple[Section, ...]
    words: Words

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for _, blocks in self.sections for block in blocks)


@contextlib.contextmanager
def tables_for(workspace: Workspace, *, build: bool, progress: Progress = quiet) -> Iterator[Tables]:
    """Tables brought up to the journal, or as they stand."""
    with open_tables(workspace, progress=progress) if build else read_tables(workspace) as tables:
        yield tables


def tell(workspace: Workspace, tables: Tables, report: Report, *, record: bool = False) -> Told:
    """Tell a report by these tables.

    Args:
        record: journal the first read of an experiment after its date.

    Raises:
        NotFound: `no-such-campaign`.
    """
    measured = measure_all(tables)
    for name in report.campaigns:
        check_met(measured, name)
    stories = ranked(story_of(workspace, tables, measured, name, record=record) for name in report.campaigns)
    words = translator(report.language)
    if len(stories) > 1:
        reader = find_audience(report.audience) if report.audience else None
        sections = several_sections(stories, report.title, words, reader)
    else:
        reached = [goal_line(one) for one in goals_of_story(tables, stories[0])]
        sections = campaign_sections(stories[0], words, report.audience, hide_costs=report.hide_costs, reached=reached)
        sections = tuple((slug, _titled(blocks, report.title)) for slug, blocks in sections)
    return Told(report, tuple(stories), sections, words)


def with_comments(told: Told, comments: Sequence[Comment], timezone: str) -> tuple[Block, ...]:
    """The blocks with each comment behind its section; one whose section is not told stands at the end."""
    names = {story.campaign: story.name for story in told.stories}
    return commented(told.sections, [Placed(one, names, timezone) for one in comments], told.words)


def _titled(blocks: Sequence[Block], title: str) -> tuple[Block, ...]:
    return tuple(replace(one, name=plain(title)) if isinstance(one, Title) else one for one in blocks)


def goal_line(check: GoalCheck) -> GoalLine:
    """A goal held against its figure, as a report tells it."""
    kpi = find_kpi(check.goal.kpi)
    return GoalLine(kpi.id, kpi.name, check.goal.aim, check.goal.by.isoformat(), check.standing, check.figure)
