"""Build a campaign's report: the story, printed."""

from __future__ import annotations

import json
from pathlib import Path

from earnest.kernel.errors import EnvironmentProblem
from earnest.usecases.judge import judge
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress


def build_report(
    workspace: Workspace,
    campaign: str,
    target: Path,
    *,
    file_format: str = "html",
    language: str = "en",
    as_of_us: int | None = None,
    progress: Progress = quiet,
) -> int:
    """Write the report of a campaign to a file; returns its size in bytes.

    Raises:
        NotFound: `no-such-campaign`. EnvironmentProblem: `cannot-write`.
    """
    story = judge(workspace, campaign, as_of_us=as_of_us, progress=progress)
    return write_report(story, target, file_format=file_format, language=language)


def write_report(story: CampaignStory, target: Path, *, file_format: str, language: str) -> int:
    """Print a story into a file."""
    if file_format == "json":
        text = json.dumps(story.to_json(), ensure_ascii=False, indent=2)
    else:
        from earnest.reports.html import campaign_report

        text = campaign_report(story, language=language)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror}", hint="Choose another --out."
        ) from error
    return len(text.encode())
