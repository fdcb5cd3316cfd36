"""earnest demo."""

from __future__ import annotations

import time
from pathlib import Path

import click

from earnest.cli.output import Output, shared


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
        "campaigns": [story.to_json() for story in made.stories],
        "overview": totals.to_json(),
    }
    out.data(data, lambda c: print_ranking(c, made.stories, totals))
    folder = made.workspace.path
    if not out.quiet:
        click.echo(f"\n{rows:,} rows through the whole path in {seconds:.0f} s. Report: {made.report}", err=True)
    first = made.stories[0].campaign
    out.next(f"earnest campaign show {first} --workspace {folder}")
    out.next(f"earnest kpi explain click_through_rate --campaign {first} --workspace {folder}")


COMMANDS = {"demo": demo}
