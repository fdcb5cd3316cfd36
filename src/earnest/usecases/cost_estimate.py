"""What a send will cost before it is sent: per market, by tier, less open windows and the month's free allowance.

audience file ─> different valid numbers ─> market ─┬─ open windows (free, where the rule of the day says so)
                                                    └─ the rest, priced after the month's volume so far, tier by tier
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from earnest.definitions.account import OWN_PORTFOLIO
from earnest.definitions.setting import setting
from earnest.importers import reading
from earnest.importers.identities import register_keys
from earnest.importers.parsing import quote as quote_text
from earnest.importers.shape import inspect
from earnest.kernel.errors import UsageError, closest
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import exponent
from earnest.kernel.period import DAY_US, HOUR_US, day_number, day_start_us, zone
from earnest.rating.cards import CATEGORIES, Book, built_in, era_of
from earnest.rating.markets import market_number
from earnest.rating.quote import TIER_CATEGORY, quote
from earnest.rating.reason import ChargeReason
from earnest.usecases.number_check import audience_columns
from earnest.usecases.number_tables import Terms, checked_numbers, price_markets, read_numbers
from earnest.usecases.rating_basis import book_of
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be sent.

    Args:
        on: day of the send, in the account's zone. number: sending number's id, for the free allowance.
        portfolio: whose monthly volume decides the tier. volume: messages of the kind already charged this month in
            each market; None takes it from the workspace's charges.
    """

    category: str
    on: date
    currency: str
    number: str | None = None
    portfolio: str = OWN_PORTFOLIO
    volume: int | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Messages of one market at one price: tier 0 is free."""

    tier: int
    messages: int
    price: Decimal
    reason: str
    card_row: int | None

    @property
    def total(self) -> Decimal:
        return self.price * self.messages


@dataclass(frozen=True, slots=True)
class MarketCost:
    """One market's part of the audience.

    Args:
        numbers: different valid numbers. withheld: of these, numbers the provider delivers no such message to.
        window_open: numbers that wrote within the 24 hours before; None where that cannot be known yet.
        volume_before: messages already counted this month. slices: by price; empty where `unavailable` says why.
    """

    market: str
    numbers: int
    withheld: int
    window_open: int | None
    volume_before: int
    slices: tuple[Slice, ...]
    unavailable: Unavailable | None

    @property
    def total(self) -> Decimal | None:
        """Cost if everybody gets it; None where no price is known."""
        return sum((s.total for s in self.slices), Decimal()) if self.unavailable is None else None


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The whole. Every number is assumed delivered: nothing that is not delivered is charged."""

    file: str
    rows: int
    invalid: int
    duplicates: int
    ask: Ask
    free_in_window: bool
    markets: tuple[MarketCost, ...]
    no_market: int

    @property
    def unpriced(self) -> int:
        """Numbers without a known price: the total is a lower bound while there are any."""
        return self.no_market + sum(m.numbers - m.withheld for m in self.markets if m.total is None)

    @property
    def total(self) -> Decimal:
        """Cost of all numbers whose price is known."""
        return sum((m.total for m in self.markets if m.total is not None), Decimal())

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "rows": self.rows,
            "invalid": self.invalid,
            "duplicates": self.duplicates,
            "category": self.ask.category,
            "on": self.ask.on.isoformat(),
            "currency": self.ask.currency,
            "total": {"amount": f"{self.total:f}", "currency": self.ask.currency},
            "lower_bound": self.unpriced > 0,
            "unpriced_numbers": self.unpriced,
            "free_in_window": self.free_in_window,
            "assumes": "every number gets the message; what is not delivered is not charged",
            "markets": [_market_json(m) for m in self.markets],
        }


def _market_json(m: MarketCost) -> dict[str, Any]:
    return {
        "market": m.market,
        "numbers": m.numbers,
        "not_delivered_to": m.withheld,
        "window_open": m.window_open,
        "volume_before": m.volume_before,
        "total": f"{m.total:f}" if m.total is not None else None,
        "slices": [
            {"tier": s.tier, "messages": s.messages, "price": f"{s.price:f}", "total": f"{s.total:f}", "reason": s.reason, "card_row": s.card_row}
            for s in m.slices
        ],
        **(m.unavailable.to_json() if m.unavailable is not None else {}),
    }  # fmt: skip


def estimate_cost(
    path: Path, ask: Ask, *, workspace: Workspace | None, maps: Sequence[str] = (), region: str | None = None
) -> CostEstimate:
    """Estimate what one message to everybody in a file costs.

    Args:
        workspace: gives own cards, the month's volume so far, open windows and the region; None without one.

    Raises:
        UsageError: `unknown-category`, `unknown-currency`, `bad-map`. DataRefused, NotFound: the file cannot be read.
    """
    if ask.category not in CATEGORIES:
        raise UsageError(
            "unknown-category",
            f"'{ask.category}' is no category{closest(ask.category, CATEGORIES)}",
            hint=f"Categories: {', '.join(CATEGORIES)}.",
        )
    exponent(ask.currency)
    state = workspace.state() if workspace is not None else None
    if region is not None:
        region = setting("region").read(region)
    elif state is not None:
        region = state.setting("region", ask.on)
    book = book_of(state) if state is not None else built_in()
    shape = inspect(path)
    columns = audience_columns(shape, maps, region)
    with contextlib.ExitStack() as stack:
        tables = stack.enter_context(open_tables(workspace)) if workspace is not None else None
        con = tables.con if tables is not None else stack.enter_context(contextlib.closing(duck.connect()))
        rows = reading.load(con, shape)
        read_numbers(con, columns, region)
        terms = Terms(ask.on, ask.category, ask.currency)
        price_markets(con, terms, book)
        checked_numbers(con, terms, show_numbers=False)
        windows = _open_windows(tables, workspace, ask) if tables is not None and workspace is not None else None
        return _estimate(con, (path.name, rows), ask, book=book, tables=tables, windows=windows)


def _estimate(
    con: duckdb.DuckDBPyConnection,
    file: tuple[str, int],
    ask: Ask,
    *,
    book: Book,
    tables: Tables | None,
    windows: dict[str, int] | None,
) -> CostEstimate:
    counts = con.execute(
        "SELECT market, count(DISTINCT identity), count(DISTINCT CASE WHEN withheld THEN identity END)"
        " FROM checked_number WHERE valid GROUP BY market ORDER BY 2 DESC, 1"
    ).fetchall()
    free_in_window = book.free_in_window(era_of(None, ask.on), ask.category, ask.on)
    lines, allowance_used = [], 0
    for market, numbers, withheld in counts:
        if market is None:
            continue
        opened = None if windows is None else windows.get(market, 0)
        before = ask.volume if ask.volume is not None else _volume(tables, ask, market)
        free = (opened or 0) if free_in_window else 0
        counted = (numbers, withheld, opened, free)
        line, used = _line(market, counted, (before, allowance_used), asked=(ask, book))
        allowance_used += used
        lines.append(line)
    return CostEstimate(
        file[0],
        file[1],
        duck.scalar(con, "SELECT count(*) FROM checked_number WHERE NOT valid"),
        duck.scalar(con, "SELECT count(*) FROM checked_number WHERE duplicate_of IS NOT NULL"),
        ask,
        free_in_window,
        tuple(lines),
        sum(int(numbers) for market, numbers, _ in counts if market is None),
    )


def _line(
    market: str, counted: tuple[int, int, int | None, int], counter: tuple[int, int], *, asked: tuple[Ask, Book]
) -> tuple[MarketCost, int]:
    """A market's cost, and how many messages of the free allowance it takes from the other markets."""
    numbers, withheld, opened, free = counted
    (before, used), (ask, book) = counter, asked
    slices = [Slice(0, free, Decimal(0), ChargeReason.FREE_CUSTOMER_SERVICE.code, None)] if free else []
    left, volume = numbers - withheld - free, before + used
    taken = 0
    while left > 0:
        found = quote(market, ask.category, ask.currency, ask.on, volume=volume, book=book)
        if isinstance(found, Unavailable):
            return MarketCost(market, numbers, withheld, opened, before, (), found), 0
        upper = None if found.rate is None else found.rate.volume_until
        if found.reason is ChargeReason.ALLOWANCE and found.allowance is not None:
            upper = found.allowance.free
        elif upper is not None and found.allowance is not None:
            upper += found.allowance.free
        count = left if upper is None else min(left, upper - volume)
        slices.append(Slice(found.tier, count, found.price, found.reason.code, found.rate.row if found.rate else None))
        left, volume = left - count, volume + count
        taken += count if found.allowance is not None else 0
    return MarketCost(market, numbers, withheld, opened, before, tuple(slices), None), taken


def _volume(tables: Tables | None, ask: Ask, market: str) -> int:
    """Messages of the kind that the month's counter already holds, by the charges of the workspace."""
    if tables is None:
        return 0
    shared = TIER_CATEGORY.get(ask.category, ask.category)
    same = [c for c in CATEGORIES if TIER_CATEGORY.get(c, c) == shared]
    first = day_number(ask.on.replace(day=1))
    spans = " OR ".join(
        f"(t.account IS NOT DISTINCT FROM {_quoted(name)} AND m.delivered_us >= {day_start_us(first, zone(tz))}"
        f" AND m.delivered_us < {day_start_us(day_number(ask.on), zone(tz))})"
        for name, tz in _accounts(tables, ask)
    )
    allowance = ask.category == "service"
    whose = (
        f"t.number IS NOT DISTINCT FROM {_quoted(ask.number)}" if allowance else f"c.market = {market_number(market)}"
    )
    return duck.scalar(
        tables.con,
        f"SELECT count(*) FROM charge AS c JOIN message AS m ON c.message_key = m.message_key JOIN rating_terms AS t ON m.terms_key = t.terms_key"
        f" WHERE c.reason IN ({ChargeReason.CARD.value}, {ChargeReason.ALLOWANCE.value}) AND {whose}"
        f" AND t.category IN ({', '.join(_quoted(c) for c in same)}) AND ({spans or 'false'})",
    )


def _accounts(tables: Tables, ask: Ask) -> list[tuple[str | None, str]]:
    met = tables.con.execute(
        "SELECT DISTINCT account FROM rating_terms WHERE portfolio = $1 ORDER BY account", [ask.portfolio]
    ).fetchall()
    declared = tables.state.accounts
    return [(n, declared[n].timezone if n in declared else tables.state.timezone) for (n,) in met]


def _quoted(text: str | None) -> str:
    return "NULL" if text is None else quote_text(text)


def _open_windows(tables: Tables, workspace: Workspace, ask: Ask) -> dict[str, int] | None:
    """Market → numbers of the audience that wrote in the 24 hours before noon of the day; None if that lies ahead."""
    at_us = day_start_us(day_number(ask.on), zone(tables.state.timezone)) + 12 * HOUR_US
    if at_us - DAY_US > workspace.clock():
        return None
    con = tables.con
    register_keys(con, workspace.key())
    rows = con.execute(
        "SELECT a.market, count(DISTINCT a.identity) FROM ("
        " SELECT DISTINCT identity, market, digest_key(contact_digest(identity)) AS contact_key FROM checked_number WHERE valid AND NOT withheld) AS a"
        " LEFT JOIN identity AS i ON a.contact_key = i.contact_key"
        " JOIN (SELECT DISTINCT coalesce(p.person_key, r.contact_key) AS person FROM event_reply AS r"
        f" LEFT JOIN identity AS p ON r.contact_key = p.contact_key WHERE r.occurred_us >= {at_us - DAY_US} AND r.occurred_us < {at_us}) AS w"
        " ON coalesce(i.person_key, a.contact_key) = w.person GROUP BY a.market"
    ).fetchall()
    return {str(market): int(count) for market, count in rows if market is not None}
