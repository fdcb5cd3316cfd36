"""earnest profit show."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="profit")
def group() -> None:
    """The profit statement: revenue, what a rule attributes to messages, cost, and what is left."""


@group.command()
@click.option(
    "--period",
    default=None,
    metavar="2026",
    help="2026, 2026-Q3, 2026-09, FIRST..LAST or last-30d; default: all days there are.",
)
@click.option("--by", type=click.Choice(["month", "week", "day"]), default="month", show_default=True)
@click.option("--campaign", default=None, metavar="ID", help="Only this campaign.")
@click.option("--channel", default=None, help="Only campaigns that send over this channel alone.")
@click.option("--model", default="last_touch", show_default=True, help="Rule of attribution.")
@click.option(
    "--constant-rate", default=None, metavar="YYYY-MM-DD", help="Convert everything by the rates of this day."
)
@click.option("--as-of", default=None, metavar="TIME", help="By what was known then (ISO 8601 with zone).")
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", show_default=True)
@shared
def show(
    out: Output, period: str | None, by: str, campaign: str | None, *, channel: str | None, model: str, constant_rate: str | None,
    as_of: str | None, form: str,
) -> None:  # fmt: skip
    """Show the statement, month by month.

    It is bookkeeping under a rule: what would have come without the messages is in it. What experiments prove stands
    beside it, in the month of their read-out, with its interval.
    """
    from earnest.cli.profit import print_csv, print_statement
    from earnest.cli.times import instant
    from earnest.kernel.period import optional_day
    from earnest.usecases.profit import ProfitAsk, profit

    ask = ProfitAsk(period, by, campaign, channel, model, optional_day(constant_rate or ""))
    with out.progress() as progress:
        found = profit(out.workspace(), ask, as_of_us=instant(as_of), progress=progress)
    if form == "csv" and not out.as_json:
        print_csv(found)
        return
    out.data(found.to_json(), lambda c: print_statement(c, found))
    if not found.rows:
        out.next("earnest import run orders.csv --as orders")


COMMANDS = {"profit": group}
