"""A cost estimate in words: the total first, then markets, then what it rests on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from earnest.cli.tables import escape, print_table, sign

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.cost_estimate import CostEstimate, MarketCost, Slice


def print_estimate(console: Console, found: CostEstimate) -> None:
    """Print an estimate."""
    currency = found.ask.currency
    bound = "at least " if found.unpriced else ""
    console.print(
        escape(f"{bound}{_amount(found.total, currency)} for one {found.ask.category} message on {found.ask.on}")
    )
    numbers = sum(m.numbers for m in found.markets) + found.no_market
    console.print(
        escape(
            f"{found.rows:,} rows: {numbers:,} different numbers, {found.duplicates:,} duplicates, {found.invalid:,} not readable"
        )
    )
    console.print()
    headers = ("market", "numbers", "free", "already", "tier", "price", "cost")
    rows = [row for market in found.markets for row in _rows(market, currency)]
    print_table(console, headers, rows, numbers=(1, 2, 3, 5, 6))
    console.print()
    for line in _notes(found):
        console.print(escape(line))


def _rows(market: MarketCost, currency: str) -> list[tuple[str, ...]]:
    if market.unavailable is not None:
        return [(market.market, f"{market.numbers:,}", "", "", "", f"n/a ({market.unavailable.code})", "n/a")]
    paid = [s for s in market.slices if s.price]
    free = sum(s.messages for s in market.slices if not s.price)
    first = (market.market, f"{market.numbers:,}", f"{free:,}", f"{market.volume_before:,}")
    if not paid:
        return [(*first, "", "", _amount(Decimal(0), currency))]
    return [
        (
            *(first if place == 0 else ("", f"{s.messages:,}", "", "")),
            f"{s.tier}",
            _price(s, currency),
            _amount(s.total, currency),
        )
        for place, s in enumerate(paid)
    ]


def _notes(found: CostEstimate) -> list[str]:
    notes = ["Every number is assumed to get the message; what is not delivered is not charged."]
    withheld = sum(m.withheld for m in found.markets)
    if withheld:
        notes.append(f"{withheld:,} US numbers get no marketing messages from Meta, so they cost nothing.")
    if found.unpriced:
        notes.append(f"{found.unpriced:,} numbers have no known price: the total is a lower bound.")
    opened = [m.window_open for m in found.markets]
    known = [count for count in opened if count is not None]
    if found.free_in_window and len(known) < len(opened):
        notes.append("Numbers with an open customer service window then are free; that is not known yet.")
    elif found.free_in_window:
        notes.append(
            f"{sum(known):,} numbers wrote in the 24 hours before noon of that day: free, their window is open."
        )
    elif found.ask.category == "utility":
        notes.append("From 2026-10-01 utility messages are charged inside an open window too.")
    return notes


def _amount(value: Decimal, currency: str) -> str:
    return f"{sign(currency)}{value:,.4f}" if 0 < value < 1 else f"{sign(currency)}{value:,.2f}"


def _price(one: Slice, currency: str) -> str:
    return f"{sign(currency)}{format(one.price.normalize(), 'f')}"
