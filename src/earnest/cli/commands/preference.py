"""earnest preference show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.preferences import Cell, Preferences

_BY = ("hour", "weekday", "template", "segment", "channel")
_KPIS = ("click_through_rate", "reply_rate", "conversion_rate", "opt_out_rate")

_WHY_NOT = {"one-campaign-each": "its campaigns were sent nowhere else"}
"""Reasons for which a cell cannot be held against others, where the code alone is no sentence."""


@click.group(name="preference")
def group() -> None:
    """Preferences: which hours, weekdays, templates, segments and channels get more answers."""


@group.command()
@click.option("--by", type=click.Choice(_BY), default="hour", show_default=True, help="What to compare.")
@click.option(
    "--kpi", type=click.Choice(_KPIS), default="click_through_rate", show_default=True, help="By which answers."
)
@click.option("--campaign", default=None, metavar="ID", help="Only its messages.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="Sends of so many days.")
@shared
def show(out: Output, *, by: str, kpi: str, campaign: str | None, days: int) -> None:
    """Show which hours, weekdays, templates … get more answers.

    Raw, drawn towards the others, and beside the others of the same campaigns. Associations, with intervals that hold
    for all cells together; the last column says how many people a test would take.
    """
    from earnest.usecases.preferences import PreferenceAsk, preferences

    with out.progress() as progress:
        found = preferences(out.workspace(), PreferenceAsk(by, kpi, campaign, days), progress=progress)
    out.data(found.to_json(), lambda c: _print(c, found))
    if by == "segment" and not found.cells:
        out.next("earnest segment add ID --rule ATTRIBUTE=VALUE")
    else:
        out.next("earnest fatigue show")


def _print(console: Console, found: Preferences) -> None:
    from earnest.cli.tables import escape, print_table
    from earnest.usecases.preferences import CAVEAT

    console.print(escape(f"{found.ask.kpi} by {found.ask.by}, {found.level:.0%} for all intervals together"))
    if not found.cells:
        console.print(escape(f"Nothing to compare by {found.ask.by}."))
        return
    headers = (found.ask.by, "delivered", "rate", "interval", "shrunk", "own weight", "beside others", "", "test takes")
    print_table(console, headers, [_row(cell) for cell in found.cells], numbers=(1, 2, 3, 4, 5, 6, 8))
    console.print(escape(CAVEAT))
    if found.unsettled:
        console.print(escape(f"{found.unsettled:,} messages are left out: answers to them may still come."))


def _row(cell: Cell) -> tuple[str, ...]:
    from earnest.cli.tables import share
    from earnest.kernel.estimate import Unavailable

    compared = cell.compared
    beside = "n/a" if isinstance(compared, Unavailable) else f"{_points(compared.low)} to {_points(compared.high)} pp"
    standing = (
        _WHY_NOT.get(compared.code, compared.code.replace("-", " "))
        if isinstance(compared, Unavailable)
        else cell.standing.replace("-", " ")
    )
    return (
        cell.cell, f"{cell.n:,}", share(cell.raw), f"{share(cell.low)} to {share(cell.high)}",
        "–" if cell.shrunk is None else share(cell.shrunk), "–" if cell.weight is None else f"{cell.weight:.0%}", beside, standing,
        "–" if cell.people is None else f"{cell.people:,}",
    )  # fmt: skip


def _points(value: float) -> str:
    return f"{value * 100:+.2f}".replace("-", "−")


COMMANDS = {"preference": group}
