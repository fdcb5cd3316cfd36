"""Declare reports and comment on them. A draft holds no figure: it is told anew of today's data each time it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.campaign import check_id
from earnest.definitions.report import MOST_CAMPAIGNS, MOST_WORDS, Comment, Report, Share, Snapshot
from earnest.definitions.state import State
from earnest.kernel.declared import check_known, look_up
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.reports.audience import check_hiding, find_audience
from earnest.reports.campaign import ANCHORS
from earnest.reports.words import languages
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.tables import read_tables
from earnest.usecases.workspace import Workspace

MOST_TITLE = 200
MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A report with what belongs to it, oldest first."""

    report: Report
    comments: tuple[Comment, ...]
    snapshots: tuple[Snapshot, ...]
    shares: tuple[Share, ...]

    def to_json(self, now_us: int) -> dict[str, Any]:
        return self.report.told() | {
            "comments": [one.to_json() for one in self.comments],
            "snapshots": [one.to_json() for one in self.snapshots],
            "links": [one.to_json(now_us) for one in self.shares],
        }


def set_report(workspace: Workspace, report: Report, *, replacing: bool = False) -> Report:
    """Declare a report, or its next version.

    Raises:
        UsageError: `bad-id`, `no-title`, `no-campaign`, `no-such-audience`, `costs-not-hidden`, `unknown-language`.
        NotFound: `no-such-campaign`. Conflict: `report-exists`.
    """
    state = workspace.state()
    _check(workspace, state, report)
    before = state.reports.get(report.id)
    if before is not None and not before.withdrawn and not replacing:
        raise Conflict(
            "report-exists", f"report '{report.id}' is declared already", hint="Give --replace to change it."
        )
    kept = replace(report, title=report.title.strip())
    entry = workspace.record("report.set", kept.to_json())
    return replace(kept, set_us=entry.received_us)


def withdraw_report(workspace: Workspace, name: str) -> Report:
    """Keep a report in no list any more: its links open nothing from now on. What it was stays in the journal.

    Raises:
        NotFound: `no-such-report`.
    """
    gone = replace(find_report(workspace.state(), name), withdrawn=True)
    workspace.record("report.set", gone.to_json())
    return gone


def find_report(state: State, name: str) -> Report:
    """A report that is not withdrawn.

    Raises:
        NotFound: `no-such-report`.
    """
    known = {one.id: one for one in reports_of(state)}
    refusal = NotFound, "no-such-report"
    return look_up(known, name, what="report", hint="See `earnest report list`.", refusal=refusal)


def reports_of(state: State) -> list[Report]:
    """Reports that are not withdrawn, by id."""
    return [one for _, one in sorted(state.reports.items()) if not one.withdrawn]


def draft_of(state: State, name: str) -> Draft:
    """A report with its comments, snapshots and links.

    Raises:
        NotFound: `no-such-report`.
    """
    report = find_report(state, name)
    return Draft(
        report,
        tuple(one for one in state.report_comments.values() if one.report == name and one.withdrawn_us is None),
        tuple(one for one in state.report_snapshots.values() if one.report == name),
        tuple(sorted((one for one in state.report_shares.values() if one.report == name), key=lambda one: one.seq)),
    )


def add_comment(
    workspace: Workspace, name: str, text: str, *, author: str, at: str = "result", campaign: str | None = None
) -> Comment:
    """Comment on a report, at one of its sections.

    Args:
        at: slug of a section. campaign: whose, in a report on several; None for all.

    Raises:
        NotFound: `no-such-report`. UsageError: `no-such-section`, `not-in-report`, `bad-comment`, `no-author`.
    """
    report = find_report(workspace.state(), name)
    check_known(ANCHORS, at, what="section", listed="Sections", refusal=(UsageError, "no-such-section"))
    if campaign is not None:
        hint = f"It tells of {', '.join(report.campaigns)}."
        check_known(
            report.campaigns, campaign, what="campaign in the report", hint=hint, refusal=(UsageError, "not-in-report")
        )
    if not author.strip() or len(author) > MOST_NAME:
        raise UsageError("no-author", "a comment needs somebody who says it", hint="Give --author NAME.")
    body = {"report": name, "author": author.strip(), "text": _words(text), "at": at, "campaign": campaign}
    entry = workspace.record("report.comment", body)
    return Comment(entry.seq, **body, written_us=entry.received_us)  # type: ignore[arg-type]


def edit_comment(workspace: Workspace, number: int, text: str) -> Comment:
    """Say a comment in other words; what it said before stays in the journal.

    Raises:
        NotFound: `no-such-comment`. UsageError: `bad-comment`.
    """
    known = find_comment(workspace.state(), number)
    entry = workspace.record("report.comment.edited", {"comment": known.seq, "text": _words(text)})
    return replace(known, text=_words(text), edited_us=entry.received_us)


def resolve_comment(workspace: Workspace, number: int, *, resolved: bool = True) -> Comment:
    """Mark a comment as done, or as open again.

    Raises:
        NotFound: `no-such-comment`.
    """
    known = find_comment(workspace.state(), number)
    entry = workspace.record("report.comment.resolved", {"comment": known.seq, "resolved": resolved})
    return replace(known, resolved_us=entry.received_us if resolved else None)


def withdraw_comment(workspace: Workspace, number: int) -> Comment:
    """Take a comment back: it stands in no draft and no later snapshot. That it was said stays in the journal.

    Raises:
        NotFound: `no-such-comment`.
    """
    known = find_comment(workspace.state(), number)
    entry = workspace.record("report.comment.withdrawn", {"comment": known.seq})
    return replace(known, withdrawn_us=entry.received_us)


def find_comment(state: State, number: int) -> Comment:
    """A comment that was not taken back, of a report that was not either.

    Raises:
        NotFound: `no-such-comment`.
    """
    found = state.report_comments.get(number)
    reports = {one.id for one in reports_of(state)}
    if found is None or found.withdrawn_us is not None or found.report not in reports:
        raise NotFound("no-such-comment", f"there is no comment {number}", hint="See `earnest report show REPORT`.")
    return found


def _check(workspace: Workspace, state: State, report: Report) -> None:
    check_id(report.id, "a report")
    if not report.title.strip() or len(report.title) > MOST_TITLE:
        raise UsageError("no-title", f"a report needs a title of 1 to {MOST_TITLE} characters", hint="Give --title.")
    if not 1 <= len(report.campaigns) <= MOST_CAMPAIGNS or len(set(report.campaigns)) < len(report.campaigns):
        raise UsageError(
            "no-campaign",
            f"a report tells of 1 to {MOST_CAMPAIGNS} campaigns, each once",
            hint="Give --campaign ID, several times for several.",
        )
    audience = find_audience(report.audience) if report.audience is not None else None
    check_hiding(audience, hide_costs=report.hide_costs)
    if report.hide_costs and len(report.campaigns) > 1:
        raise UsageError(
            "costs-not-hidden",
            "a report on several campaigns ranks them by their return, so their costs cannot be hidden in it",
            hint="Make a report for each campaign.",
        )
    check_known(
        languages(), report.language, what="language", listed="Languages", refusal=(UsageError, "unknown-language")
    )
    if any(one not in state.campaigns for one in report.campaigns):
        with read_tables(workspace) as tables:
            for one in report.campaigns:
                check_met(campaigns_met(tables), one)


def _words(text: str) -> str:
    words = text.strip()
    if not words or len(words) > MOST_WORDS:
        raise UsageError(
            "bad-comment",
            f"a comment has 1 to {MOST_WORDS} characters, not {len(words)}",
            hint="Say it in fewer words.",
        )
    return words
