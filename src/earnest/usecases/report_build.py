"""Build a campaign's report: the story, told to an audience in a language, printed in one of the forms there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from earnest.kernel.errors import EnvironmentProblem
from earnest.reports.audience import check_hiding, find_audience
from earnest.reports.campaign import campaign_blocks
from earnest.reports.printers import Printer, find_printer, printer_of
from earnest.reports.report import Report
from earnest.reports.sections.goals import GoalLine
from earnest.reports.words import translator
from earnest.reports.workings import workings_of
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.goals import goals_of_story
from earnest.usecases.judge import story_of
from earnest.usecases.measure import measure_all
from earnest.usecases.report_told import goal_line
from earnest.usecases.tables import open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress


def build_report(
    workspace: Workspace,
    campaign: str,
    target: Path,
    *,
    file_format: str | None = None,
    language: str = "en",
    audience: str | None = None,
    hide_costs: bool = False,
    as_of_us: int | None = None,
    progress: Progress = quiet,
) -> int:
    """Write the report of a campaign to a file; returns its size in bytes.

    Args:
        file_format: name of a printer (`earnest.reports.printers`); None: by the file's ending.
        audience: who reads it, or None for everything. hide_costs: leave out internal costs; only for an audience that may.
        as_of_us: judge by what was known at an instant.

    Raises:
        UsageError: `no-such-format`, `unknown-ending`, `unknown-language`, `no-such-audience`, `costs-not-hidden`.
        NotFound: `no-such-campaign`. EnvironmentProblem: `cannot-write`, `pdf-refused`.
    """
    printer = find_printer(file_format) if file_format else printer_of(target)
    translator(language)
    check_hiding(find_audience(audience) if audience else None, hide_costs=hide_costs)
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        measured = measure_all(tables)
        check_met(measured, campaign)
        story = story_of(workspace, tables, measured, campaign, record=as_of_us is None)
        reached = [goal_line(one) for one in goals_of_story(tables, story)] if audience else []
    report = report_on(
        story, language=language, audience=audience, hide_costs=hide_costs, reached=reached, created=workspace.now()
    )
    return _written(report, printer, target)


def report_on(
    story: CampaignStory,
    *,
    language: str = "en",
    audience: str | None = None,
    hide_costs: bool = False,
    reached: Sequence[GoalLine] = (),
    created: datetime | None = None,
) -> Report:
    """What a printer takes: the story in blocks, with the numbers behind them unless costs are hidden.

    Args:
        created: when the report is made; None: the moment the story speaks of.
    """
    words = translator(language)
    blocks = campaign_blocks(story, words, audience, hide_costs=hide_costs, reached=reached)
    made = created or datetime.fromisoformat(story.as_of)
    if hide_costs:
        return Report(blocks, words, made)
    return Report(blocks, words, made, workings_of(story), story.to_json())


def write_report(story: CampaignStory, target: Path, *, file_format: str = "html", language: str = "en") -> int:
    """Print a story into a file; returns its size in bytes.

    Raises:
        UsageError: `no-such-format`, `unknown-language`. EnvironmentProblem: `cannot-write`.
    """
    return _written(report_on(story, language=language), find_printer(file_format), target)


def _written(report: Report, printer: Printer, target: Path) -> int:
    body = printer.write(report)
    try:
        target.write_bytes(body)
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror}", hint="Choose another --out."
        ) from error
    return len(body)
