"""earnest report list, new, show, withdraw, comment, snapshot, share, revoke: the life of a report without its printers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.definitions.report import Report
    from earnest.usecases.report_draft import Draft

AUDIENCES = ("cfo", "cmo", "crm", "client")


@click.command(name="list")
@shared
def list_drafts(out: Output) -> None:
    """List reports that are declared."""
    from earnest.cli.tables import print_table
    from earnest.usecases.report_draft import reports_of

    found = reports_of(out.workspace().state())
    headers = ("report", "title", "campaigns", "audience", "language", "owner")
    out.data([one.told() for one in found], lambda c: print_table(c, headers, [_row(one) for one in found]))
    out.next(f"earnest report show {found[0].id}" if found else "earnest report new ID --title … --campaign ID")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--title", required=True, help="What it is called, for its readers.")
@click.option("--campaign", "campaigns", multiple=True, required=True, metavar="ID", help="Several times for several.")
@click.option(
    "--audience", type=click.Choice(AUDIENCES), default=None, help="Who reads it; without one it says everything."
)
@click.option("--lang", "language", default="en", show_default=True, metavar="CODE", help="Language of the report.")
@click.option("--hide-costs", is_flag=True, help="Leave out internal costs, and what they follow from (client alone).")
@click.option("--owner", default=None, help="Who answers for it.")
@click.option("--replace", "replacing", is_flag=True, help="Change the one there is.")
@shared
def new(out: Output, report_id: str, *, campaigns: tuple[str, ...], replacing: bool, **told: object) -> None:
    """Declare REPORT, or change it with --replace.

    It is a draft: told anew of today's data each time it is looked at.
    """
    from earnest.definitions.report import Report
    from earnest.usecases.report_draft import set_report

    report = set_report(out.workspace(), Report(report_id, campaigns=campaigns, **told), replacing=replacing)  # type: ignore[arg-type]
    words = f"Report {report.id}: {report.title}, on {', '.join(report.campaigns)}."
    out.data(report.told(), lambda c: c.print(words, markup=False))
    out.next(f"earnest report snapshot {report.id}")


@click.command()
@click.argument("report_id", metavar="REPORT")
@shared
def show(out: Output, report_id: str) -> None:
    """Show REPORT with its comments, snapshots and links."""
    from earnest.usecases.report_draft import draft_of

    workspace = out.workspace()
    draft, now_us = draft_of(workspace.state(), report_id), workspace.clock()
    out.data(draft.to_json(now_us), lambda c: _print(c, draft, now_us))
    out.next(f"earnest report share {report_id}" if draft.snapshots else f"earnest report snapshot {report_id}")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="HTML file to write.")
@click.option("--no-comments", is_flag=True, help="Leave the comments out.")
@shared
def preview(out: Output, report_id: str, *, target: Path, no_comments: bool) -> None:
    """Write REPORT as it is told now, with its comments.

    Nothing is kept, and no experiment is read by it.
    """
    from earnest.usecases.report_files import write_file
    from earnest.usecases.report_snapshot import draft_page

    with out.progress() as progress:
        shown = draft_page(out.workspace(), report_id, comments=not no_comments, progress=progress)
    size = write_file(target, shown.encode())
    data = {"report": report_id, "file": str(target), "bytes": size}
    out.data(data, lambda c: c.print(f"{target} ({size:,} bytes)", markup=False))
    out.next(f"open {target} in a browser")


@click.command()
@click.argument("report_id", metavar="REPORT")
@shared
def withdraw(out: Output, report_id: str) -> None:
    """Take REPORT out of the list. Its links open nothing from now on; what it was stays in the journal."""
    from earnest.usecases.report_draft import withdraw_report

    gone = withdraw_report(out.workspace(), report_id)
    out.data(gone.told(), lambda c: c.print(f"Report {gone.id} is withdrawn; its links open nothing.", markup=False))
    out.next("earnest report list")


@click.group()
def comment() -> None:
    """Comments on a draft: add, edit, resolve, reopen, withdraw."""


@comment.command()
@click.argument("report_id", metavar="REPORT")
@click.argument("text")
@click.option(
    "--at", default="result", show_default=True, metavar="SECTION", help="Section of the report it stands at."
)
@click.option("--campaign", default=None, metavar="ID", help="Whose, in a report on several.")
@click.option("--author", default=None, metavar="NAME", help="Who says it; default: this machine's user.")
@shared
def add(out: Output, report_id: str, text: str, *, at: str, campaign: str | None, author: str | None) -> None:
    """Comment on REPORT."""
    from earnest.usecases.report_draft import add_comment

    said = add_comment(out.workspace(), report_id, text, author=author or whoever(), at=at, campaign=campaign)
    out.data(said.to_json(), lambda c: c.print(f"Comment {said.seq} of {said.author} at {said.at}.", markup=False))
    out.next(f"earnest report show {report_id}")


@comment.command()
@click.argument("number", type=click.IntRange(1))
@click.argument("text")
@shared
def edit(out: Output, number: int, text: str) -> None:
    """Say comment NUMBER in other words.

    The journal keeps what it said before.
    """
    from earnest.usecases.report_draft import edit_comment

    said = edit_comment(out.workspace(), number, text)
    out.data(said.to_json(), lambda c: c.print(f"Comment {number} says: {said.text}", markup=False))


@comment.command()
@click.argument("number", type=click.IntRange(1))
@shared
def resolve(out: Output, number: int) -> None:
    """Mark comment NUMBER as done."""
    from earnest.usecases.report_draft import resolve_comment

    said = resolve_comment(out.workspace(), number)
    out.data(said.to_json(), lambda c: c.print(f"Comment {number} is resolved.", markup=False))


@comment.command()
@click.argument("number", type=click.IntRange(1))
@shared
def reopen(out: Output, number: int) -> None:
    """Mark comment NUMBER as open again."""
    from earnest.usecases.report_draft import resolve_comment

    said = resolve_comment(out.workspace(), number, resolved=False)
    out.data(said.to_json(), lambda c: c.print(f"Comment {number} is open.", markup=False))


@comment.command(name="withdraw")
@click.argument("number", type=click.IntRange(1))
@shared
def take_back(out: Output, number: int) -> None:
    """Take comment NUMBER back; snapshots that hold it keep it."""
    from earnest.usecases.report_draft import withdraw_comment

    said = withdraw_comment(out.workspace(), number)
    out.data(said.to_json(), lambda c: c.print(f"Comment {number} is taken back.", markup=False))


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--note", default=None, metavar="WORDS", help="Why it is taken.")
@click.option("--by", default=None, metavar="NAME", help="Who takes it; default: this machine's user.")
@shared
def snapshot(out: Output, report_id: str, *, note: str | None, by: str | None) -> None:
    """Freeze REPORT as it is told now. Nothing that happens later reaches into the snapshot."""
    from earnest.usecases.report_snapshot import take_snapshot

    with out.progress() as progress:
        taken = take_snapshot(out.workspace(), report_id, by=by or whoever(), note=note, progress=progress)
    words = f"Snapshot {taken.seq} of {report_id}, as of {taken.as_of}: {taken.file_hash[:16]}…"
    out.data(taken.to_json(), lambda c: c.print(words, markup=False))
    out.next(f"earnest report share {report_id} --snapshot {taken.seq}")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--snapshot", "number", type=click.IntRange(1), default=None, metavar="N", help="Default: the last one.")
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="Expires after so many; default: never.")
@click.option("--comments", is_flag=True, help="Show the comments that the snapshot holds.")
@click.option("--by", default=None, metavar="NAME", help="Who shares it; default: this machine's user.")
@shared
def share(out: Output, report_id: str, *, number: int | None, days: int | None, comments: bool, by: str | None) -> None:
    """Make a link to a snapshot of REPORT.

    Nobody can guess it. It is shown once; `earnest report revoke` ends it at once.
    """
    from earnest.usecases.report_share import share_report

    workspace = out.workspace()
    made = share_report(workspace, report_id, by=by or whoever(), snapshot=number, days=days, comments=comments)
    told = made.share.to_json(workspace.clock()) | {"path": made.path, "url": made.url}
    out.data(told, lambda c: c.print(f"Link {made.share.seq}: {made.url or made.path}", markup=False, soft_wrap=True))
    if made.url is None:
        out.note("nobody has said how the server is called: earnest setting set public_url https://reports.example.com")
    out.next(f"earnest report revoke {report_id} {made.share.seq}")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.argument("link", type=click.IntRange(1), required=False)
@click.option("--all", "every", is_flag=True, help="Every link of the report.")
@shared
def revoke(out: Output, report_id: str, *, link: int | None, every: bool) -> None:
    """Revoke LINK of REPORT: its next request opens nothing."""
    from earnest.kernel.errors import UsageError
    from earnest.usecases.report_share import revoke_share

    if (link is None) != every:
        raise UsageError(
            "which-link", "name one link, or --all of them", hint=f"See `earnest report show {report_id}`."
        )
    workspace = out.workspace()
    gone = revoke_share(workspace, report_id, link)
    told = [one.to_json(workspace.clock()) for one in gone]
    out.data(told, lambda c: c.print(f"{len(gone)} of {report_id} revoked.", markup=False))
    out.next(f"earnest report show {report_id}")


def whoever() -> str:
    """The account on this machine."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"


def _row(one: Report) -> tuple[str, ...]:
    return (one.id, one.title, ", ".join(one.campaigns), one.audience or "everybody", one.language, one.owner or "–")


def _print(console: Console, draft: Draft, now_us: int) -> None:
    from earnest.cli.tables import escape, print_table

    report = draft.report
    console.print(f"[bold]{escape(report.title)}[/bold] ({escape(report.id)})")
    hidden = ", internal costs hidden" if report.hide_costs else ""
    whom = f"for {report.audience or 'everybody'}, in {report.language}{hidden}; owner {report.owner or 'nobody'}"
    console.print(escape(f"on {', '.join(report.campaigns)}; {whom}"))
    if draft.comments:
        headers = ("comment", "at", "author", "state", "text")
        rows = [(str(one.seq), one.at, one.author, one.state, one.text) for one in draft.comments]
        print_table(console, headers, rows)
    if draft.snapshots:
        headers = ("snapshot", "as of", "by", "note", "content")
        print_table(console, headers, [(str(one.seq), one.as_of, one.by, one.note or "–", one.file_hash[:16]) for one in draft.snapshots])  # fmt: skip
    if draft.shares:
        headers = ("link", "snapshot", "state", "comments", "by")
        rows = [(str(one.seq), str(one.snapshot), one.state_at(now_us), "yes" if one.comments else "no", one.by) for one in draft.shares]  # fmt: skip
        print_table(console, headers, rows)


COMMANDS = (list_drafts, new, show, preview, withdraw, comment, snapshot, share, revoke)
