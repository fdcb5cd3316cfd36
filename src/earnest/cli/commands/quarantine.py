"""earnest quarantine list, show, replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, printable, shared

if TYPE_CHECKING:
    from rich.console import Console

_SOURCE = click.option("--source", default=None, help="Only of this source.")
_REASON = click.option("--reason", default=None, help="Only with this reason, for example not-json.")


@click.group(name="quarantine")
def group() -> None:
    """What was received and could not be read: kept as it came, until it can be. Rows of files: earnest import quarantine."""


@group.command(name="list")
@_SOURCE
@_REASON
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=0), help="Newest so many elements.")
@shared
def list_waiting(out: Output, source: str | None, reason: str | None, *, limit: int) -> None:
    """List what waits, by source and reason, and the newest."""
    from earnest.cli.tables import print_table
    from earnest.usecases.quarantine_asked import check_asked
    from earnest.usecases.quarantine_received import waiting

    check_asked(out.workspace(), source=source)
    found = waiting(out.workspace(), source=source, reason=reason, limit=limit)
    rows = [(f"{one.entry}", one.to_json()["received"][:19], one.source, printable(one.sentence)) for one in found.rows]

    def render(console: Console) -> None:
        if not found.total:
            console.print("Nothing waits: all that was received could be read.")
            return
        _print_groups(console, found.groups)
        console.print()
        print_table(console, ("entry", "received (UTC)", "source", "what is wrong"), rows, numbers=(0,))

    out.data(found.to_json(), render)
    if found.total:
        out.next("earnest quarantine replay" if not found.rows else f"earnest quarantine show {found.rows[0].entry}")


@group.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.option("--raw", is_flag=True, help="Also print the body as it came: it may hold numbers and texts of people.")
@shared
def show(out: Output, entry: int, raw: bool) -> None:
    """Show a received entry: what is wrong with it, and where."""
    from earnest.kernel.period import moment_of
    from earnest.usecases.quarantine_received import received_entry

    found, rows = received_entry(out.workspace(), entry)
    at = moment_of(found.received_us).isoformat(timespec="seconds")
    data = {
        "entry": entry, "received": at, "source": found.source, "bytes": len(found.body), "headers": dict(found.headers),
        "waits": [row.to_json() for row in rows], "body": found.body.decode(errors="replace") if raw else None,
    }  # fmt: skip
    lines = [f"entry {entry} of {found.source}, received {at}, {len(found.body):,} bytes", ""]
    lines += [f"  {row.sentence}" for row in rows] or ["  Nothing of it waits."]
    if raw:
        lines += ["", printable(str(data["body"]))]
    out.data(data, lambda c: c.print("\n".join(printable(line) if line else "" for line in lines), markup=False))


@group.command()
@click.argument("entries", nargs=-1, type=click.IntRange(min=1), metavar="[ENTRY]...")
@_SOURCE
@_REASON
@shared
def replay(out: Output, entries: tuple[int, ...], *, source: str | None, reason: str | None) -> int:
    """Read what waits again, with today's code and mappings.

    What can be read now counts from now on; the rest goes on waiting, with the reason of today. `earnest import undo N` takes a
    replay back.
    """
    from earnest.usecases.quarantine_asked import check_asked
    from earnest.usecases.quarantine_received import replay as run

    check_asked(out.workspace(), source=source, entries=entries)
    with out.progress() as progress:
        done = run(out.workspace(), entries, source=source, reason=reason, progress=progress)
    words = f"{done.entries:,} entries read again: {done.resolved:,} resolved, {done.told:,} elements told, {done.still:,} still wait."
    if done.kept_back:
        out.note(
            f"{done.kept_back:,} entries are left as they are: a part of each was told under another mapping, and would count twice."
            " Put that mapping back, or import what is missing as a file."
        )

    def render(console: Console) -> None:
        console.print(words if done.entries else "Nothing of it waits." if entries else "Nothing waits.", markup=False)
        if done.groups:
            console.print()
            _print_groups(console, done.groups)

    out.data(done.to_json(), render)
    return 3 if done.still else 0


def _print_groups(console: Console, groups: dict[tuple[str, str], int]) -> None:
    from earnest.cli.tables import print_table
    from earnest.usecases.quarantine_received import reason_words

    rows = [(name, why, f"{n:,}", reason_words(why)[0]) for (name, why), n in groups.items()]
    print_table(console, ("source", "reason", "elements", "which means"), rows, numbers=(2,))


COMMANDS = {"quarantine": group}
