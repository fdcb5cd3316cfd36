"""earnest roi calculate, show."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.roi_calculate import RoiFigures


@click.group(name="roi")
def group() -> None:
    """Return: from four figures, or for a campaign with its evidence."""


@group.command()
@click.option("--revenue", required=True, help="Attributed revenue, net, for example 87000.")
@click.option("--cost", required=True, help="Whole cost, for example 25750.")
@click.option("--currency", required=True, help="Of both, for example USD.")
@click.option("--conversions", type=int, default=None, help="Orders, leads, enrolments.")
@click.option("--margin", default=None, help="Gross margin, 0 to 1, for figures after cost of goods.")
@shared
def calculate(
    out: Output, *, revenue: str, cost: str, currency: str, conversions: int | None, margin: str | None
) -> None:
    """Compute ROI, ROAS and break-even from revenue and cost.

    ROI = (revenue − cost) / cost × 100. The formula often printed, (revenue − cost / cost) × 100, has a misplaced
    bracket: for 87,000 and 25,750 it gives 8,699,900 instead of 237.86 %.

    ROAS = ROCS = ROWS = revenue / cost, shown as × and never called ROI.
    """
    from earnest.usecases.roi_calculate import calculate as compute

    figures = compute(revenue, cost, currency=currency, conversions=conversions, margin=read_margin(margin))
    out.data(figures.to_json(), lambda c: _print(c, figures))


def read_margin(text: str | None) -> Decimal | None:
    """A margin as typed: above 0 and at most 1.

    Raises:
        UsageError: `not-a-number`, `margin-out-of-range`.
    """
    from earnest.kernel.errors import UsageError

    if text is None:
        return None
    try:
        margin = Decimal(text)
    except InvalidOperation as error:
        raise UsageError("not-a-number", f"'{text}' is not a number", hint="Write 38 % as 0.38.") from error
    if not margin.is_finite() or not 0 < margin <= 1:
        raise UsageError(
            "margin-out-of-range", f"margin {text} is not above 0 and at most 1", hint="Write 38 % as 0.38."
        )
    return margin


def _print(console: Console, figures: RoiFigures) -> None:
    from earnest.cli.tables import money, print_table
    from earnest.kernel.estimate import Unavailable
    from earnest.kernel.money import Money

    def text(value: object, *, percent: bool = False) -> str:
        if isinstance(value, Unavailable):
            return f"n/a ({value.code})"
        if isinstance(value, Money):
            return money(value)
        assert isinstance(value, Decimal)
        return f"{value * 100:,.2f} %" if percent else f"{value:,.4f}×"

    rows = [
        ("profit", text(figures.profit), "revenue − cost"),
        ("ROI", text(figures.roi, percent=True), "(revenue − cost) / cost"),
        ("ROAS (= ROCS, ROWS)", text(figures.roas), "revenue / cost"),
        ("cost per conversion", text(figures.cost_per_conversion), "cost / conversions"),
        ("revenue per conversion", text(figures.revenue_per_conversion), "revenue / conversions"),
        ("break-even margin", text(figures.break_even_margin, percent=True), "cost / revenue"),
    ]
    if figures.margin is not None:
        rows.append(("profit ROI", text(figures.profit_roi, percent=True), "(revenue × margin − cost) / cost"))
    print_table(console, ("figure", "value", "definition"), rows, numbers=(1,))
    console.print()
    console.print("Attributed revenue, before cost of goods. Only a hold-out shows what would have come anyway.")


@group.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--as-of", default=None, metavar="TIME", help="Judge by what was known then (ISO 8601 with zone).")
@click.option(
    "--fail-below",
    type=float,
    default=None,
    metavar="RETURN",
    help="Exit 4 unless the lower bound of the incremental return reaches this.",
)
@shared
def show(out: Output, campaign_id: str, as_of: str | None, fail_below: float | None) -> int:
    """Show what CAMPAIGN earned: verdict, interval, bridge, KPIs."""
    from earnest.cli.story import print_story
    from earnest.cli.times import instant
    from earnest.usecases.judge import judge

    with out.progress() as progress:
        story = judge(out.workspace(), campaign_id, as_of_us=instant(as_of), progress=progress)
    out.data(story.to_json(), lambda c: print_story(c, story))
    out.next(f"earnest report build {campaign_id} --format html --out {campaign_id}.html")
    figure = story.estimate("incremental_return")
    if fail_below is not None and (
        story.running or figure is None or figure.low is None or not figure.low >= fail_below
    ):  # also for nan
        return 4
    return 0


COMMANDS = {"roi": group}
