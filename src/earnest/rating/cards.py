"""Rate cards as dated data: which price is in force for a market, category, currency and volume on a day.

A rate is half-open in time, [effective_from, effective_until), and in volume: it prices the message that finds between
`volume_from` (inclusive) and `volume_until` (exclusive) charged messages before it in its month. A currency's card is a
list of its own, never another card converted. Cards that a workspace imports stand before the built-in ones.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from earnest.kernel.data_file import data_rows
from earnest.kernel.period import optional_day, parse_day, within

CONVERSATION, MESSAGE = "conversation", "message"
CATEGORIES = (
    *("marketing", "utility", "authentication", "authentication_international", "service"),
    *("business_initiated", "user_initiated"),
)
"""Columns of the cards."""
MESSAGE_ERA = date(2025, 7, 1)
"""From this day a message without a told pricing model is charged per message."""

BUILT_IN = "built-in"
_ROWS_PER_IMPORT = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a card.

    Args:
        row: number of the row, unique over all cards: of the built-in file from 1, of an import after its entry number.
        micro: price in millionths of the currency's major unit.
        card: ``built-in``, or the name of an imported card.
    """

    row: int
    currency: str
    model: str
    market: str
    category: str
    effective_from: date
    effective_until: date | None
    volume_from: int
    volume_until: int | None
    micro: int
    source: str
    confidence: str
    note: str
    card: str = BUILT_IN

    @property
    def key(self) -> RateKey:
        return (self.currency, self.model, self.market, self.category)

    @property
    def price(self) -> Decimal:
        """Price in major units."""
        return Decimal(self.micro) / 1_000_000

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return within(day, self.effective_from, self.effective_until)

    def holds_at(self, volume: int) -> bool:
        """Whether it prices the message that finds `volume` charged ones before it."""
        return self.volume_from <= volume and (self.volume_until is None or volume < self.volume_until)


Span = tuple[date, date | None]
RateKey = tuple[str, str, str, str]
"""(currency, model, market, category)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated rule beside the prices: a free monthly allowance, or a free window.

    Args:
        per: whose counter an allowance has: ``account`` or ``number``.
        category: None for every category.
    """

    rule: str
    model: str
    category: str | None
    per: str | None
    free: int
    effective_from: date
    effective_until: date | None
    source: str
    confidence: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return within(day, self.effective_from, self.effective_until)


@dataclass(frozen=True)
class Book:
    """All cards a workspace rates by; later imports stand before earlier ones and before the built-in card."""

    rates: tuple[Rate, ...]
    rules: tuple[Rule, ...]
    _by_key: dict[RateKey, list[Rate]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False, compare=False
    )
    _spans: dict[tuple[str, str], set[Span]] = field(
        default_factory=lambda: defaultdict(set), init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for rate in self.rates:
            self._by_key[rate.key].append(rate)
            self._spans[rate.currency, rate.model].add((rate.effective_from, rate.effective_until))

    @property
    def keys(self) -> frozenset[RateKey]:
        """Every (currency, model, market, category) that has a price at some time."""
        return frozenset(self._by_key)

    def in_force(self, key: RateKey, day: date) -> tuple[Rate, ...]:
        """The tiers that hold on a day, lowest first: of the newest card that says anything for that day; or ()."""
        holding = [rate for rate in self._by_key.get(key, ()) if rate.holds_on(day)]
        if not holding:
            return ()
        newest = max(_order(rate) for rate in holding)
        return tuple(sorted((r for r in holding if _order(r) == newest), key=lambda r: r.volume_from))

    def covers(self, currency: str, model: str, day: date) -> bool:
        """Whether the currency's card of an era has any price on a day."""
        spans = self._spans.get((currency, model), ())
        return any(within(day, start, until) for start, until in spans)

    def allowance(self, model: str, category: str, day: date) -> Rule | None:
        """The free monthly allowance of a category on a day."""
        return self._rule("allowance", model, category, day)

    def free_in_window(self, model: str, category: str, day: date) -> bool:
        """Whether a message of a category is free while the customer service window is open."""
        return self._rule("open-window-free", model, category, day) is not None

    def _rule(self, name: str, model: str, category: str, day: date) -> Rule | None:
        fitting = (r for r in self.rules if r.rule == name and r.model == model and r.holds_on(day))
        return next((r for r in fitting if r.category in (None, category)), None)

    def switch_days(self) -> set[date]:
        """Days on which some price or rule begins or ends."""
        dated: list[Rate | Rule] = [*self.rates, *self.rules]
        return {d.effective_from for d in dated} | {d.effective_until for d in dated if d.effective_until is not None}

    @property
    def version(self) -> str:
        """Hash of everything in it."""
        return hashlib.sha256(repr((self.rates, self.rules)).encode()).hexdigest()[:16]

    def with_card(self, rates: Sequence[Rate]) -> Book:
        """The book with an imported card before it."""
        return Book((*self.rates, *rates), self.rules)


def _order(rate: Rate) -> int:
    """Which import a rate came with; the built-in card is the oldest."""
    return rate.row // _ROWS_PER_IMPORT


def row_number(import_seq: int, line: int) -> int:
    """Number of a row of an imported card."""
    return import_seq * _ROWS_PER_IMPORT + line


@functools.cache
def built_in() -> Book:
    """The card that comes with Earnest: see data/rates_whatsapp.csv for the source of every row."""
    rules = tuple(
        Rule(
            r["rule"],
            r["pricing_model"],
            r["category"] or None,
            r["per"] or None,
            int(r["free"] or 0),
            parse_day(r["effective_from"]),
            optional_day(r["effective_until"]),
            r["source"],
            r["confidence"],
        )
        for r in data_rows("earnest.rating", "rules_whatsapp.csv")
    )
    return Book(tuple(read_rates(data_rows("earnest.rating", "rates_whatsapp.csv"))), rules)


def read_rates(rows: Iterable[dict[str, str]], *, first_row: int = 1, card: str = BUILT_IN) -> Iterable[Rate]:
    """Rates of checked rows in the columns of data/rates_whatsapp.csv, numbered from `first_row`."""
    for number, r in enumerate(rows, start=first_row):
        yield Rate(
            number,
            r["currency"],
            r["pricing_model"],
            r["market"],
            r["category"],
            parse_day(r["effective_from"]),
            optional_day(r["effective_until"]),
            int(r["volume_from"] or 0),
            int(r["volume_until"]) if r["volume_until"] else None,
            int(Decimal(r["price"]) * 1_000_000),
            r["source"],
            r["confidence"],
            r["note"],
            card,
        )


def era_of(model: str | None, day: date) -> str:
    """The era of a message: as told, else by date."""
    return model or (MESSAGE if day >= MESSAGE_ERA else CONVERSATION)


def price_key(rates: Sequence[Rate]) -> int:
    """64-bit key of a set of tiers in force together: stable as long as their rows are."""
    text = ":".join(f"{rate.row}={rate.micro}[{rate.volume_from},{rate.volume_until})" for rate in rates)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
