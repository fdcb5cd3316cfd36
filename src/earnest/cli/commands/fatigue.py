"""earnest fatigue show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.kernel.estimate import Figure
    from earnest.usecases.fatigue import Band, Fatigue


@click.group(name="fatigue")
def group() -> None:
    """Fatigue: answers and opt-outs by how often people were messaged."""


@group.command()
@click.option(
    "--days",
    type=click.Choice(["7", "30"]),
    default="30",
    show_default=True,
    help="Messages of so many days are counted.",
)
@click.option(
    "--horizon-days",
    type=click.IntRange(30, 1095),
    default=None,
    help="Horizon of the price of an opt-out; default: the setting.",
)
@shared
def show(out: Output, *, days: str, horizon_days: int | None) -> None:
    """Show answers and money by how many messages people got.

    By the so-many-th message of a person: what one more brings, and from which on it costs more. Money is margin on
    last touch's credit, less the message and its share of opt-outs at their price.
    """
    from earnest.usecases.fatigue import fatigue

    with out.progress() as progress:
        found = fatigue(out.workspace(), days=int(days), horizon_days=horizon_days, progress=progress)
    out.data(found.to_json(), lambda c: _print(c, found))
    out.next("earnest optout price")


def _print(console: Console, found: Fatigue) -> None:
    from earnest.cli.tables import escape, print_table
    from earnest.kernel.estimate import Unavailable
    from earnest.usecases.fatigue import CAVEAT

    console.print(
        escape(
            f"Messages by their ordinal in {found.days} days, {found.level:.0%} for all of a column's intervals together"
        )
    )
    headers = ("message", "messages", "clicks", "replies", "conversions", "opt-outs", "before opt-outs", "brings")
    print_table(console, headers, [_row(band) for band in found.bands], numbers=tuple(range(1, 8)))
    turn = found.turning
    if isinstance(turn, Unavailable):
        console.print(
            escape(
                f"From which message on a further one costs more than it brings cannot be told: {turn.reason}. {turn.remedy}"
            )
        )
    else:
        pays = f"up to message {turn.pays_until} each one pays" if turn.pays_until else "not even the first surely pays"
        console.print(
            escape(f"In {found.days} days {pays}; from message {turn.costs_from} on each costs more than it brings.")
        )
    console.print(escape(f"The average message pays as long as an opt-out costs less than {_money(found.break_even)}."))
    if found.unsettled:
        console.print(escape(f"{found.unsettled:,} messages are left out: answers to them may still come."))
    console.print(escape(CAVEAT))


def _row(band: Band) -> tuple[str, ...]:
    from earnest.usecases.fatigue import LAST_ORDINAL

    return (
        f"{band.ordinal}{' and later' if band.ordinal == LAST_ORDINAL else ''}", f"{band.messages:,}",
        *(_rate(figure) for figure in band.rates.values()), _money(band.before_opt_outs), _money(band.brings),
    )  # fmt: skip


def _rate(figure: Figure) -> str:
    from earnest.cli.tables import figure_text, share
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return figure_text(figure)
    return f"{share(figure.value)} ({share(figure.low)} to {share(figure.high)})"


def _money(figure: Figure) -> str:
    from earnest.cli.tables import figure_text, major
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return figure_text(figure)
    return f"{major(figure.value, figure.unit)} ({major(figure.low, figure.unit)} to {major(figure.high, figure.unit)})"


COMMANDS = {"fatigue": group}
