"""earnest attribution analyze; and the verbs of a workspace (`attribution_workspace`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from earnest.cli.commands.attribution_workspace import VERBS
from earnest.cli.output import Output, shared

_BY = ("channel", "campaign", "template", "variant", "touch_type")


@click.group(name="attribution")
def group() -> None:
    """Attribution: which touches a conversion is credited to, under stated rules. Bookkeeping, not evidence of cause."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--conversions", type=click.Path(path_type=Path), default=None, metavar="FILE", help="With touches: who converted and when."),
        click.option("--by", type=click.Choice(_BY), default=None, help="With touches: what is credited; default: the first of these that is a column."),
        click.option("--model", "models", multiple=True, metavar="ID", help="A model, or what several begin with; default: all."),
        click.option("--order", "orders", multiple=True, type=int, metavar="K", help="Order of Markov chains, 1 to 4; default: all."),
        click.option("--without-nulls", is_flag=True, help="Markov chains over converting journeys alone."),
        click.option("--half-life", default=None, metavar="LENGTH", help="A further time decay, for example 3d."),
        click.option("--weights", default=None, metavar="F,M,L", help="Shares of the U model: first, middle, last."),
        click.option("--direct", default=None, metavar="NAME", help="Channel that stands for direct visits; default: direct."),
        click.option("--window", default=None, metavar="LENGTH", help="With touches: look-back from a conversion, such as 5d; default: all touches before."),
        click.option("--currency", default=None, help="Currency of the value; default: the file's, else a plain number."),
        click.option("--timezone", default=None, metavar="ZONE", help="Zone of clock times without one."),
        click.option("--date-format", default=None, help="strptime format of times that are not ISO 8601, for example %d/%m/%Y."),
        click.option("--decimal", type=click.Choice(["point", "comma"]), default="point", help="How amounts are written."),
        click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Which column fills a field of FILE."),
        click.option("--map-conversions", "conversion_maps", multiple=True, metavar="FIELD=COLUMN", help="The same for --conversions."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@group.command()
@click.argument("file", type=click.Path(path_type=Path))
@_options
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Rows shown; JSON has them all.")
@shared
def analyze(out: Output, file: Path, limit: int, **given: Any) -> None:
    """Credit the conversions of any journeys under every model. No workspace needed.

    FILE holds paths (path, conversions, value, null count; steps with > between) or touches (contact, time, channel …)
    beside --conversions. CSV, JSON Lines or Parquet, each also gzipped.
    """
    from earnest.cli.journeys import print_journeys
    from earnest.usecases.attribution_analyze import JourneyOptions, analyze_journeys

    found = analyze_journeys(file, JourneyOptions(**given))
    for bad in found.read.bad:
        out.note(bad.sentence)
    for note in found.read.notes:
        out.note(note)
    out.data(found.to_json(), lambda console: print_journeys(console, found, limit))


for verb in VERBS:
    group.add_command(verb)

COMMANDS = {"attribution": group}
