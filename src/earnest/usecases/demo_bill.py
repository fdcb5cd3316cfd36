"""The demo's bill: what the simulated provider charges beside what Earnest makes of the webhooks, cell by cell.

price list ─┬─> simulation ─> webhooks ─> import ─> charges ┐
            └─> simulation ─> invoice ─────────────────────┴─> equal?

The prices are the same for both, the arithmetic is not: the simulation knows what it delivered and sums it up by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.kernel.money import MICRO_PER_MAJOR
from earnest.kernel.period import day_of, local_day, zone
from earnest.rating.cards import MESSAGE, built_in
from earnest.rating.markets import market_names, memberships
from earnest.rating.reason import ChargeReason
from earnest.simulation.account import CountryLine, PriceLine, PriceList
from earnest.simulation.demo import CURRENCY
from earnest.simulation.invoice import Invoice
from earnest.usecases.import_commit import Imported
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace

NOWHERE = "unknown"
"""Market of a message whose recipient is in none."""
_CATEGORIES = ("marketing", "utility", "service")


@dataclass(frozen=True, slots=True)
class Bill:
    """What the webhooks told, what they were charged by, and what the provider bills.

    Args:
        bodies, events, repeated: webhook bodies read, events they tell, and how many of those were told before.
        free: reason → delivered messages that cost nothing. unknown: delivered messages whose price is not known.
        charged_micro, invoiced_micro: millionths of the currency's major unit.
        invoiced: messages the invoice charges.
        cells: distinct (day of delivery, market, category); differing: those whose messages or amounts differ.
    """

    currency: str
    bodies: int
    events: int
    repeated: int
    charged: int
    free: dict[str, int]
    unknown: int
    charged_micro: int
    invoiced_micro: int
    invoiced: int
    cells: int
    differing: tuple[tuple[str, str, str], ...]

    @property
    def delivered(self) -> int:
        """Delivered messages of which the provider told terms."""
        return self.charged + sum(self.free.values()) + self.unknown

    @property
    def priced(self) -> float:
        """Share of them whose charge is known, free ones included; 0–1."""
        return 1 - self.unknown / self.delivered if self.delivered else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in self.__slots__ if name != "differing"},
            "delivered": self.delivered,
            "priced_share": self.priced,
            "differing": [list(cell) for cell in self.differing],
        }


def demo_prices() -> PriceList:
    """The built-in card in the demo's currency, as plain lines."""
    prices = (
        PriceLine(rate.market, rate.category, rate.effective_from, rate.price, rate.volume_from)
        for rate in built_in().rates
        if rate.currency == CURRENCY and rate.model == MESSAGE and rate.category in _CATEGORIES
    )
    countries = (CountryLine(one.iso2, one.market, one.effective_from) for one in memberships())
    return PriceList(tuple(prices), tuple(countries))


def compare(workspace: Workspace, invoice: Invoice, imported: Sequence[Imported]) -> Bill:
    """Put the charges of a workspace beside an invoice."""
    told = [one for one in imported if one.bodies]
    theirs: Cells = Counter()
    for line in invoice.lines:
        _add(theirs, (line.day, line.market, line.category), line.messages, int(line.amount * MICRO_PER_MAJOR))
    ours: Cells = Counter()
    by_reason: Counter[ChargeReason] = Counter()
    for cell, reason, messages, micro in _charges(workspace):
        _add(ours, cell, messages, micro)
        by_reason[reason] += messages
    cells = {cell for cell, _ in ours | theirs}
    return Bill(
        currency=invoice.currency,
        bodies=sum(one.bodies for one in told),
        events=sum(one.counts.accepted for one in told),
        repeated=sum(int(one.counts.to_json()["duplicates"]) for one in told),
        charged=sum(n for reason, n in by_reason.items() if not reason.free and not reason.unknown),
        free={reason.code: n for reason, n in sorted(by_reason.items()) if reason.free},
        unknown=sum(n for reason, n in by_reason.items() if reason.unknown),
        charged_micro=sum(micro for (_, what), micro in ours.items() if what == _MICRO),
        invoiced_micro=sum(micro for (_, what), micro in theirs.items() if what == _MICRO),
        invoiced=invoice.charged,
        cells=len(cells),
        differing=tuple(
            (day.isoformat(), market, category)
            for day, market, category in sorted(cells)
            if any(ours[(day, market, category), what] != theirs[(day, market, category), what] for what in _SUMMED)
        ),
    )


Cell = tuple[date, str, str]
"""(day of delivery, market, category)."""
Cells = Counter[tuple[Cell, str]]
_SUMMED = _MESSAGES, _MICRO = "messages", "micro"
_QUARTER_US = 900_000_000
"""No time zone's day begins within a quarter of an hour."""


def _add(cells: Cells, cell: Cell, messages: int, micro: int) -> None:
    cells[cell, _MESSAGES] += messages
    cells[cell, _MICRO] += micro


def _charges(workspace: Workspace) -> list[tuple[Cell, ChargeReason, int, int]]:
    """(cell, reason, messages, millionths) of all charges."""
    with open_tables(workspace) as tables:
        rows = tables.con.execute(
            "SELECT m.delivered_us // $1, c.market, t.category, c.reason, count(*), CAST(coalesce(sum(c.charge_micro), 0) AS BIGINT)"
            " FROM charge AS c JOIN message AS m ON c.message_key = m.message_key"
            " LEFT JOIN (SELECT DISTINCT terms_key, category FROM event_terms) AS t ON c.terms_key = t.terms_key GROUP BY ALL",
            [_QUARTER_US],
        ).fetchall()
        where = zone(tables.state.timezone)
    names = (NOWHERE, *market_names())
    return [
        (
            (day_of(local_day(quarter * _QUARTER_US, where)), names[market or 0], category or ""),
            ChargeReason(reason),
            messages,
            micro,
        )
        for quarter, market, category, reason, messages, micro in rows
    ]
