"""earnest demo."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.demo_bill import Bill

USER = "me"
"""Name of the first user that the hint makes."""


@click.command()
@click.argument("folder_to_fill", metavar="[DIR]", default="demo", type=click.Path(path_type=Path))
@click.option("--messages", type=click.IntRange(1_000), default=1_000_000, show_default=True, help="Size of the shop.")
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed is another shop.")
@shared
def demo(out: Output, folder_to_fill: Path, messages: int, seed: int) -> None:
    """Simulate a shop, import its files, judge its campaigns, write a report: the whole path, in DIR (default: demo)."""
    from earnest.cli.story import print_ranking
    from earnest.usecases.demo import run_demo
    from earnest.usecases.overview import overview

    started = time.monotonic()
    with out.progress() as progress:
        made = run_demo(folder_to_fill, messages=messages, seed=seed, progress=progress)
    totals = overview(made.workspace)
    seconds = time.monotonic() - started
    rows = sum(one.counts.accepted for one in made.imported)
    data = {
        "workspace": str(made.workspace.path),
        "report": str(made.report),
        "rows_imported": rows,
        "seconds": round(seconds, 1),
        "billing": made.bill.to_json(),
        "campaigns": [story.to_json() for story in made.stories],
        "overview": totals.to_json(),
    }

    def show(console: Console) -> None:
        print_ranking(console, made.stories, totals)
        print_bill(console, made.bill)

    out.data(data, show)
    folder = made.workspace.path
    if not out.quiet:
        click.echo(f"\n{rows:,} rows through the whole path in {seconds:.0f} s. Report: {made.report}", err=True)
    first = made.stories[0].campaign
    out.next(f"earnest campaign show {first} --workspace {folder}")
    out.next(f"earnest kpi explain click_through_rate --campaign {first} --workspace {folder}")
    out.next(f"earnest user add {USER} --role admin --workspace {folder}")
    out.next(f"earnest serve --workspace {folder}")


def print_bill(console: Console, bill: Bill) -> None:
    """Print what webhooks told, and Earnest's charges beside the provider's invoice."""
    from earnest.cli.tables import escape, share

    free = ", ".join(f"{messages:,} {reason}" for reason, messages in bill.free.items())
    all_free = sum(bill.free.values())
    ours, theirs = (Decimal(micro) / 1_000_000 for micro in (bill.charged_micro, bill.invoiced_micro))
    same = f"equal to the millionth in all {bill.cells:,} cells of day, market and category"
    differs = f"{len(bill.differing):,} of {bill.cells:,} cells of day, market and category differ"
    lines = (
        "",
        f"WhatsApp: {bill.events:,} events in {bill.bodies:,} webhook bodies, {bill.repeated:,} told before.",
        f"{bill.delivered:,} delivered, {share(bill.priced)} priced: {bill.charged:,} charged, {all_free:,} free, {bill.unknown:,} unknown.",
        f"Free: {free}.",
        f"Earnest's charges   {ours:>16,.4f} {bill.currency}",
        f"provider's invoice  {theirs:>16,.4f} {bill.currency}",
        differs if bill.differing else same,
    )
    for line in lines:
        console.print(escape(line))


COMMANDS = {"demo": demo}
