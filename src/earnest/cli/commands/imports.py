"""earnest import run, check, list, undo, quarantine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, printable, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.import_files import Imported

KINDS = (
    "messages",
    "orders",
    "refunds",
    "clicks",
    "costs",
    "assignments",
    "contacts",
    "series",
    "sessions",
    "conversions",
    "reviews",
    "answers",
)
_HELD = f"What the files hold: {', '.join(KINDS)}; or webhook bodies, by their channel: whatsapp, twilio, shopify …"


class _Kind(click.ParamType[str]):
    """A kind of rows, or the code of a channel; channels are looked for only if it is no kind of rows."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in KINDS:
            return value
        from earnest.channels.channel import offered

        known = (*KINDS, *offered())
        if value not in known:
            self.fail(f"{value!r} is not one of {', '.join(map(repr, known))}.", param, ctx)
        return value


@click.group(name="import")
def group() -> None:
    """Import files: CSV, JSON Lines, Parquet, webhook bodies; each also gzipped."""


def _reading_options(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."),
        click.option("--as", "kind", required=True, type=_Kind(), metavar="KIND", help=_HELD),
        click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Column of a field; FIELD=@row is the row's number, FIELD==TEXT a constant."),
        click.option("--without", multiple=True, metavar="COLUMN", help="Column that is not to be read, whatever its name."),
        click.option("--where", default=None, metavar="FILTER", help="Only rows that match, for example \"spend > 0 and segment != 'test'\"."),
        click.option("--source", default="files", show_default=True, help="Namespace of the ids in the files; orders merge by id only within one."),
        click.option("--timezone", default=None, help="Zone of clock times written without one."),
        click.option("--decimal", type=click.Choice(["point", "comma"]), default="point", help="How amounts are written."),
        click.option("--date-format", default=None, help="strptime format of times that are not ISO 8601, for example %d/%m/%Y."),
        click.option("--region", default=None, help="Country of phone numbers without country code, for example DE."),
        click.option("--mapping", "saved", default=None, help="Start from a saved mapping."),
        click.option("--save-mapping", "save_as", default=None, help="Save the mapping used under a name."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@group.command()
@_reading_options
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@shared
def run(out: Output, paths: tuple[Path, ...], kind: str, dry_run: bool, **options: Any) -> int:
    """Import FILEs of one kind.

    Columns are recognised by name (`earnest import fields KIND` lists them); --dry-run shows how they were read, counts,
    and the first refused rows with reasons. Webhook bodies need no columns: one body a line, an array, a file each, or a
    folder of such files.
    """
    from earnest.usecases.import_files import Options, import_files

    workspace = out.workspace()
    with out.progress() as progress:
        done = import_files(workspace, paths, kind, options=Options(**options), dry_run=dry_run, progress=progress)
    _say_notes(out, done)
    out.data({"dry_run": dry_run, "files": [one.to_json() for one in done]}, lambda c: _print(c, done, dry_run=dry_run))
    if dry_run:
        out.next("the same command without --dry-run")
    elif any(one.counts.quarantined for one in done):
        numbers = [one.entry for one in done if one.entry and one.counts.quarantined]
        out.next(f"earnest import quarantine {numbers[0]}" if numbers else "earnest import list")
    else:
        out.next("earnest campaign list")
    return 3 if any(one.refused for one in done) else 0


@group.command()
@_reading_options
@shared
def check(out: Output, paths: tuple[Path, ...], kind: str, **options: Any) -> int:
    """Read FILEs as `run --dry-run` does. Exit 3 if any row would be refused."""
    from earnest.usecases.import_files import Options, import_files

    done = import_files(out.workspace(), paths, kind, options=Options(**options), dry_run=True)
    _say_notes(out, done)
    out.data({"dry_run": True, "files": [one.to_json() for one in done]}, lambda c: _print(c, done, dry_run=True))
    return 3 if any(one.counts.quarantined or one.refused for one in done) else 0


def _say_notes(out: Output, done: list[Imported]) -> None:
    for one in done:
        for text in one.notes:
            out.note(f"{one.file}: {text}")


def _print(console: Console, done: list[Imported], *, dry_run: bool) -> None:
    from earnest.cli.tables import escape, print_table

    for one in done:
        counts = one.counts
        if one.refused is not None:
            console.print(escape(f"{one.file}: refused: {one.refused}"))
            continue
        if one.already is not None:
            console.print(escape(f"{one.file}: the same file was imported as {one.already}; it counts once."))
            if not dry_run:
                continue
        title = "would import" if dry_run else f"import {one.entry}:"
        filtered = f", {counts.filtered:,} left out by --where" if counts.filtered else ""
        console.print(
            escape(
                f"{one.file}: {title} {counts.accepted:,} of {counts.rows:,} rows as {one.kind}, {counts.quarantined:,} quarantined{filtered}"
            )
        )
        if one.events:
            console.print(f"  {one.bodies:,} bodies: " + ", ".join(f"{n:,} {k}" for k, n in one.events.items()))
        if dry_run and one.mapping.fields:
            print_table(console, ("field", "from"), [(field, source) for field, source in one.mapping.fields])
        for code, number in counts.reasons.items():
            console.print(f"  {number:,} × {code}")
        for reject in one.rejects:
            console.print(escape(f"  {reject.sentence(one.file)}"))


@group.command()
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@shared
def fields(out: Output, kind: str) -> None:
    """List the fields of KIND and the column names recognised."""
    from earnest.cli.tables import print_table
    from earnest.importers.fields import KINDS as FILE_KINDS

    known = FILE_KINDS[kind]
    data = [
        {"field": f.name, "type": f.type, "meaning": f.meaning, "also": list(f.also), "values": [text for text, _ in f.choices]}
        for f in known.fields
    ]  # fmt: skip
    rows = [
        (f.name, f"{f.meaning}: {', '.join(text for text, _ in f.choices)}" if f.choices else f.meaning, ", ".join(f.also))
        for f in known.fields
    ]  # fmt: skip
    needs = [list(group) for group in known.needs]
    out.data(
        {"kind": kind, "needs": needs, "needs_contact": known.needs_contact, "fields": data},
        lambda c: print_table(c, ("field", "meaning", "also recognised"), rows),
    )
    out.note("needed: " + "; ".join(" or ".join(group) for group in needs))
    out.next(f"earnest import run FILE --as {kind} --dry-run")


@group.command(name="list")
@shared
def list_imports(out: Output) -> None:
    """List imports, newest first."""
    from earnest.cli.tables import print_table
    from earnest.kernel.period import moment_of

    imports = sorted(out.workspace().state().imports.values(), key=lambda one: -one.seq)
    data = [
        {
            "import": one.seq, "file": one.file, "kind": one.kind, "received_at": moment_of(one.received_us).isoformat(timespec="seconds"),
            "counts": one.counts, "mapping": one.mapping, "undone": one.undone_us is not None,
        }
        for one in imports
    ]  # fmt: skip
    rows = [
        (
            str(one.seq),
            one.file,
            one.kind,
            f"{one.counts['accepted']:,}",
            f"{one.counts['quarantined']:,}",
            "undone" if one.undone_us else "counts",
        )
        for one in imports
    ]
    out.data(
        data,
        lambda c: print_table(c, ("import", "file", "kind", "rows", "quarantined", "state"), rows, numbers=(0, 3, 4)),
    )
    if not imports:
        out.next("earnest import run FILE --as messages")


@group.command()
@click.argument("number", type=int, metavar="ID")
@shared
def undo(out: Output, number: int) -> None:
    """Take import ID back: its rows count no more from now on."""
    from earnest.usecases.import_files import undo_import

    with out.progress() as progress:
        one = undo_import(out.workspace(), number, progress=progress)
    out.data(
        {"import": number, "undone": True, "rows": one.counts["accepted"]},
        lambda c: c.print(
            printable(f"Import {number} ({one.file}, {one.counts['accepted']:,} rows) is undone."), markup=False
        ),
    )
    out.next("earnest import list")


@group.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to show.")
@shared
def quarantine(out: Output, number: int, limit: int) -> None:
    """Show the rows of import ID that were refused, and why."""
    from earnest.cli.tables import escape
    from earnest.usecases.quarantine import quarantined

    rows = quarantined(out.workspace(), number, limit=limit)
    data = [{"row": r.row, "reason": r.reason, "field": r.field, "value": r.value} for r in rows.rows]
    words = "\n".join(escape(reject.sentence(rows.file)) for reject in rows.rows) or "Nothing was refused."
    out.data({"import": number, "count": rows.count, "rows": data}, lambda c: c.print(words))
    out.next("correct the file or the mapping, then import it again")


COMMANDS = {"import": group}
