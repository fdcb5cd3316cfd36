"""earnest fx set, import, list, convert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from datetime import date


@click.group(name="fx")
def group() -> None:
    """Exchange rates, dated and with their source. Nothing is ever converted by a rate nobody told."""


@group.command(name="set")
@click.argument("pair", metavar="BASE/QUOTE")
@click.argument("rate")
@click.option("--on", "day", default=None, metavar="YYYY-MM-DD", help="Day it holds from; default: today.")
@click.option("--source", required=True, metavar="WHO", help="Who tells it, for example ECB or the bank's statement.")
@shared
def set_one(out: Output, pair: str, rate: str, *, day: str | None, source: str) -> None:
    """Tell the RATE of a pair.

    EUR/USD 1.0832 means one euro buys 1.0832 dollars. It holds until the next one of the pair, at most so many days as the
    setting fx_days says. Told again for a day, the later one holds.
    """
    from earnest.usecases.fx import set_rate

    told = set_rate(out.workspace(), pair, rate, on=_day(day), source=source)
    out.data(told.to_json(), lambda c: c.print(f"Rate {told}.", markup=False))
    out.next("earnest cost list")


@group.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--base", default=None, metavar="EUR", help="Base of a file with a column a currency, as central banks publish.")  # fmt: skip
@click.option("--source", default=None, metavar="WHO", help="Who tells them, where no column says it.")
@shared
def import_(out: Output, file: Path, base: str | None, source: str | None) -> None:
    """Import a CSV FILE of rates.

    Columns date, base, quote, rate and source; or with --base a date and a column a currency. All of it or nothing.
    """
    from earnest.usecases.fx import import_rates

    new = import_rates(out.workspace(), file, base=base, source=source)
    days = sorted({one.on for one in new})
    span = f" from {days[0]} to {days[-1]}" if days else ": all were told already"
    out.data(
        {
            "rates": len(new),
            "first": days[0].isoformat() if days else None,
            "last": days[-1].isoformat() if days else None,
        },
        lambda c: c.print(f"{len(new):,} rates{span}.", markup=False),
    )
    out.next("earnest fx list")


@group.command(name="list")
@click.option("--currency", default=None, help="Only pairs with this currency.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Newest so many; --json has all."
)
@shared
def list_rates(out: Output, currency: str | None, limit: int) -> None:
    """List rates, newest first."""
    from earnest.cli.tables import print_table
    from earnest.usecases.fx import rates

    found = rates(out.workspace(), currency=currency)
    rows = [(one.on.isoformat(), f"{one.base}/{one.quote}", one.rate, one.source) for one in found[:limit]]
    out.data(
        [one.to_json() | {"entry": one.seq} for one in found],
        lambda c: print_table(c, ("on", "pair", "rate", "source"), rows, numbers=(2,)),
    )
    if len(found) > limit:
        out.note(f"{len(found) - limit:,} older ones are not shown")
    if not found:
        out.next("earnest fx set EUR/USD 1.0832 --on 2026-09-01 --source ECB")


@group.command()
@click.argument("amount")
@click.argument("currency")
@click.option("--to", "into", default=None, help="Default: the workspace's currency.")
@click.option("--on", "day", default=None, metavar="YYYY-MM-DD", help="Day whose rates count; default: today.")
@shared
def convert(out: Output, amount: str, currency: str, *, into: str | None, day: str | None) -> int:
    """Convert AMOUNT of CURRENCY by the rates that hold on a day. Exit 4 if there is none."""
    from earnest.kernel.estimate import Unavailable
    from earnest.usecases.fx import convert as converted

    found = converted(out.workspace(), amount, currency, into=into, on=_day(day))
    if isinstance(found, Unavailable):
        out.data(found.to_json(), lambda c: c.print(f"n/a: {found.reason}.", markup=False))
        out.next(found.remedy.partition(": ")[2])
        return 4
    words = f"{found.told} = {found.amount} on {found.on}" + (f", {found.by}" if found.by.rates else "")
    out.data(found.to_json(), lambda c: c.print(words, markup=False, soft_wrap=True))
    return 0


def _day(text: str | None) -> date | None:
    from earnest.kernel.period import parse_day

    return parse_day(text) if text else None


COMMANDS = {"fx": group}
