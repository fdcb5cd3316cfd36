"""earnest sms parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, printable, shared
from earnest.kernel.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.rating.sms_parts import Culprit, SmsParts


@click.group(name="sms")
def group() -> None:
    """SMS: how many parts a text is billed as, and why."""


@group.command()
@click.argument("text", required=False, metavar="[TEXT]")
@click.option("--file", "path", type=click.Path(path_type=Path), default=None, metavar="FILE", help="A text a line; - reads standard input.")  # fmt: skip
@shared
def parts(out: Output, text: str | None, path: Path | None) -> None:
    """Count the parts of TEXT, or of each line of a file.

    One character outside GSM-7 takes a part from 160 characters to 70. Those that do are marked, with what stands for
    them in GSM-7 and what the text would cost then.
    """
    if (text is None) == (path is None):
        raise UsageError("usage", "give either a text or --file", hint='For example: earnest sms parts "Hello"')
    from earnest.rating.sms_parts import sms_parts
    from earnest.usecases.sms_count import count_file

    if path is not None:
        counted = count_file(path)
        out.data([one.to_json() for one in counted], lambda c: _print_many(c, counted))
        return
    one = sms_parts(text or "")
    out.data(one.to_json(), lambda c: _print_one(c, one))
    if one.culprits and one.plain_parts < one.parts:
        out.next("the same text with the look-alikes")


def _print_many(console: Console, counted: list[SmsParts]) -> None:
    from earnest.cli.tables import print_table

    rows = [
        (
            str(number), one.encoding, f"{one.units:,}", f"{one.parts:,}", f"{one.plain_parts:,}" if one.plain is not None else "",
            " ".join(one.character for one in one.culprits), _shortened(one.text),
        )
        for number, one in enumerate(counted, start=1)
    ]  # fmt: skip
    print_table(
        console,
        ("text", "encoding", "units", "parts", "with look-alikes", "forced by", "begins"),
        rows,
        numbers=(0, 2, 3, 4),
    )
    total, plain = sum(one.parts for one in counted), sum(one.plain_parts for one in counted)
    console.print(f"{len(counted):,} texts, {total:,} parts; {plain:,} with look-alikes.")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_SHOWN = 24


def _print_one(console: Console, one: SmsParts) -> None:
    from earnest.cli.tables import escape, print_table

    for shown, carets in marked(one, console.width):
        console.print(escape(shown), soft_wrap=True)
        if carets:
            console.print(carets, style="bold red", soft_wrap=True)
    unit = "septets" if one.encoding == "GSM-7" else "UTF-16 units"
    counted = f"{one.parts} part{'' if one.parts == 1 else 's'}"
    console.print(
        f"{one.encoding}, {one.units:,} {unit}, {counted} of up to {one.per_part}; {one.left} left in the last."
    )
    if one.culprits:
        rows = [_row(culprit) for culprit in one.culprits[:_LISTED]]
        print_table(console, ("not in GSM-7", "name", "at", "looks like", "then"), rows)
    if len(one.culprits) > _LISTED:
        console.print(f"and {len(one.culprits) - _LISTED} other characters")
    if one.plain is not None:
        better = f"{one.plain_parts} instead of {one.parts}" if one.plain_parts < one.parts else f"{one.parts} as now"
        console.print(f"Parts with every look-alike: {better}.")


_LISTED = 10


def _row(culprit: Culprit) -> tuple[str, str, str, str, str]:
    places = ", ".join(map(str, culprit.positions[:5])) + (" …" if len(culprit.positions) > 5 else "")
    instead = {None: "nothing", "": "left out", " ": "blank"}.get(culprit.look_alike, culprit.look_alike or "")
    cost = f"{culprit.encoding_without}, {culprit.parts_without} part{'' if culprit.parts_without == 1 else 's'}"
    return (
        culprit.character,
        culprit.name,
        places,
        instead,
        cost if culprit.look_alike is not None else f"without it {cost}",
    )


def marked(one: SmsParts, width: int) -> list[tuple[str, str]]:
    """Lines of the text no wider than `width`, each with a line of carets under the characters that force UCS-2."""
    from rich.cells import cell_len

    bad = {culprit.character for culprit in one.culprits}
    lines: list[tuple[str, str]] = []
    shown, carets, used = "", "", 0
    for character in one.text:
        visible = printable(character)
        wide = cell_len(visible)
        if (character == "\n" and character not in bad) or used + wide > width:
            lines.append((shown, carets.rstrip()))
            shown, carets, used = "", "", 0
        if character == "\n":
            continue
        shown += visible
        carets += ("^" if character in bad else " ") * wide
        used += wide
    return [*lines, (shown, carets.rstrip())]


COMMANDS = {"sms": group}
