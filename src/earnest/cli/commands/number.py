"""earnest number check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from decimal import Decimal

    from rich.console import Console

    from earnest.usecases.number_check import CheckedNumber, NumberCheck

CATEGORIES = ("marketing", "utility", "authentication", "authentication_international", "service")


@click.group(name="number")
def group() -> None:
    """Phone numbers: check a list before it is messaged."""


@group.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Column of the numbers: phone=COLUMN or wa_id=COLUMN."
)
@click.option(
    "--region", default=None, help="Country of numbers without country code, for example DE; default: the workspace's."
)
@click.option(
    "--category",
    type=click.Choice(CATEGORIES),
    default=None,
    help="Also price one WhatsApp message of this category to each number.",
)
@click.option("--currency", default=None, help="Currency of the card; default: the workspace's.")
@click.option(
    "--on", "day", default=None, metavar="YYYY-MM-DD", help="Day whose markets and prices hold; default: today."
)
@click.option("--show-numbers", is_flag=True, help="Show whole numbers instead of masked ones.")
@click.option("--problems", "only_problems", is_flag=True, help="List only rows that are invalid or repeated.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to list.")
@click.option(
    "--csv",
    "target",
    type=click.Path(path_type=Path),
    default=None,
    metavar="OUT",
    help="Write all rows to a CSV file.",
)
@shared
def check(out: Output, path: Path, day: str | None, **options: Any) -> int:
    """Check the numbers in FILE before they are messaged.

    Each row: valid or why not, country, WhatsApp market, price, and the row that told the same number before. FILE is CSV,
    JSON Lines or Parquet. Needs no workspace, keeps nothing. Exit 3 if any row has no valid number.
    """
    from earnest.kernel.period import parse_day
    from earnest.usecases.number_check import check_numbers, to_json

    on = parse_day(day) if day is not None else None
    checked = check_numbers(path, workspace=out.workspace_if_any(), on=on, **options)
    _say_notes(out, checked)
    out.data(to_json(checked), lambda c: _print(c, checked))
    if options["target"] is None and len(checked.listed) < checked.rows:
        out.next("the same command with --csv OUT for all rows")
    return 3 if checked.valid < checked.rows else 0


def _say_notes(out: Output, checked: NumberCheck) -> None:
    if checked.terms.category is None:
        return
    out.note(
        "Prices are Meta's list prices for one delivered message to each different number; volume tiers, provider fees and taxes come on top or off."
    )
    if checked.free_per_month is not None:
        out.note(f"The first {checked.free_per_month:,} a month are free; the prices leave that out of account.")
    if checked.withheld:
        since = "Meta has delivered no marketing messages to US numbers since 2025-04-01"
        out.note(f"{since}; such numbers here, left out of the price: {checked.withheld:,}.")


def _print(console: Console, checked: NumberCheck) -> None:
    from earnest.cli.tables import escape, print_table

    invalid = checked.rows - checked.valid
    console.print(
        escape(
            f"{checked.file}: {checked.rows:,} rows, {checked.valid:,} valid, {invalid:,} invalid, {checked.duplicates:,} repeated,"
            f" {checked.numbers:,} different numbers"
        )
    )
    for reason, count in checked.reasons.items():
        console.print(escape(f"  {count:,} × {reason}: the number {_sentence(reason)}"))
    priced = checked.terms.category is not None
    rows = [
        (line.market or "unknown", f"{line.rows:,}", f"{line.numbers:,}",
         *((_price(line.price, line.unavailable.code if line.unavailable else ""), _price(line.total, "")) if priced else ()))
        for line in checked.markets
    ]  # fmt: skip
    money = (f"{checked.terms.category}, {checked.terms.currency}", "for all") if priced else ()
    print_table(console, ("market", "rows", "numbers", *money), rows, numbers=(1, 2, 3, 4))
    if priced:
        missing = f"; {checked.unpriced:,} numbers have no price" if checked.unpriced else ""
        total = f"{checked.terms.currency} {_price(checked.total, '')}" if checked.total is not None else "no price"
        console.print(f"On {checked.terms.on.isoformat()}: {total}{missing}.")
    if checked.listed:
        console.print()
        heads = ("row", "number", "result", "country", "market", *(("price",) if priced else ()))
        print_table(console, heads, [_row(one, priced=priced) for one in checked.listed], numbers=(0, 5))


def _row(one: CheckedNumber, *, priced: bool) -> tuple[str, ...]:
    result = "valid" if one.valid else one.reason or "invalid"
    if one.duplicate_of is not None:
        result += f", same as row {one.duplicate_of}"
    price = (_price(one.price, "–"),) if priced else ()
    return (str(one.row), one.number or "–", result, one.country or "–", one.market or "–", *price)


def _price(value: Decimal | None, instead: str) -> str:
    if value is None:
        return instead
    decimals = -int(value.normalize().as_tuple().exponent)
    return f"{value:,.{max(decimals, _DECIMALS)}f}"


_DECIMALS = 4
"""Cards have four decimals; some currencies have more."""


def _sentence(reason: str) -> str:
    from earnest.events.identity import NUMBER_REASONS
    from earnest.importers.parsing import REASONS

    wrong, remedy = NUMBER_REASONS.get(reason) or REASONS[reason]
    return f"{wrong}. {remedy}"


COMMANDS = {"number": group}
