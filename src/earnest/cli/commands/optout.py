"""earnest optout price, bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.opt_out_price import BillLine, OptOutPrice

_HORIZON = click.option(
    "--horizon-days",
    type=click.IntRange(30, 1095),
    default=None,
    help="Count what people bring in so many days; default: the setting.",
)


@click.group(name="optout")
def group() -> None:
    """Opt-outs: what one costs, and the bill of each campaign."""


@group.command()
@_HORIZON
@shared
def price(out: Output, *, horizon_days: int | None) -> None:
    """Show the price of one opt-out.

    What like people who stayed brought, less what those who left brought, over the horizon of setting
    opt_out_horizon_days (a year), from 72 hours after the message. Contribution: net revenue times margin,
    less message charges.
    """
    from earnest.usecases.opt_out_price import opt_out_price

    with out.progress() as progress:
        found = opt_out_price(out.workspace(), horizon_days=horizon_days, progress=progress)
    out.data(found.to_json(), lambda c: _print_price(c, found))
    out.next("earnest optout bill")


@group.command()
@_HORIZON
@shared
def bill(out: Output, *, horizon_days: int | None) -> None:
    """List the opt-outs of each campaign and what they cost."""
    from earnest.usecases.opt_out_price import opt_out_bill

    with out.progress() as progress:
        found, lines = opt_out_bill(out.workspace(), horizon_days=horizon_days, progress=progress)
    data = found.to_json() | {"campaigns": [line.to_json() for line in lines]}
    out.data(data, lambda c: _print_bill(c, found, lines))
    out.next("earnest fatigue show")


def _print_price(console: Console, found: OptOutPrice) -> None:
    from earnest.cli.tables import escape, major
    from earnest.kernel.estimate import Unavailable
    from earnest.usecases.opt_out_price import CAVEAT

    one = found.price
    if isinstance(one, Unavailable):
        console.print(
            escape(f"The price of an opt-out over {found.horizon_days} days cannot be told: {one.reason}. {one.remedy}")
        )
        return
    low, high = one.low or 0.0, one.high or 0.0
    told = f"{one.level or 0:.0%} interval {major(low, one.unit)} to {major(high, one.unit)}"
    if low <= 0 <= high:
        console.print(
            escape(f"Whether an opt-out costs anything over {found.horizon_days} days cannot be told: {told}.")
        )
    else:
        console.print(escape(f"One opt-out costs {major(one.value, one.unit)} over {found.horizon_days} days, {told}."))
        console.print(
            escape(
                f"Who stayed brought {major(found.stayed or 0, one.unit)}, who left {major(found.gone or 0, one.unit)}."
            )
        )
    console.print(escape(f"{found.people_left:,} people who left beside {found.people_stayed:,} like them who stayed."))
    console.print(escape(CAVEAT))


def _print_bill(console: Console, found: OptOutPrice, lines: list[BillLine]) -> None:
    from earnest.cli.tables import escape, major, print_table, share
    from earnest.kernel.estimate import Estimate

    rows = []
    for line in lines:
        one = line.bill
        ends = (
            f"{major(one.low or 0, one.unit)} to {major(one.high or 0, one.unit)}"
            if isinstance(one, Estimate)
            else f"n/a ({one.code})"
        )
        rows.append(
            (line.campaign, f"{line.delivered:,}", f"{line.opt_outs:,}", share(line.opt_outs / line.delivered), ends)
        )
    print_table(console, ("campaign", "delivered", "opt-outs", "rate", "bill"), rows, numbers=(1, 2, 3, 4))
    _print_price(console, found)
    console.print(escape("All opt-outs within 72 hours are counted; some would have come without the message too."))


COMMANDS = {"optout": group}
