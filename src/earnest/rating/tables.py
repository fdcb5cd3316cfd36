"""The small tables that `rated.sql` and `charge.sql` join: rules and prices decided here, once per distinct case.

    terms told × accounts declared ── rating_terms     who is billed, in which currency, free or not
    cards, markets, months × zones ── rating_calendar  an instant → its month, card period and market period
    markets                        ── rating_market    recipient zone → market
    cards × classes                ── rating_rate      market and card period → price key, counter
    cards, allowances              ── rating_step      price key and volume → price, card row

A million messages have a few hundred distinct cases: all judgement is in this file, in Python; the SQL only looks up.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from earnest.definitions.account import Account
from earnest.kernel.period import DAY_US, day_number, day_start_us, zone
from earnest.rating import markets
from earnest.rating.cards import CATEGORIES, CONVERSATION, Book, Rate, era_of, price_key
from earnest.rating.quote import BASE_CATEGORY, TIER_CATEGORY
from earnest.rating.reason import FREE_TYPES, ChargeReason

TERMS_COLUMNS = (
    *("terms_key", "account", "number", "pricing_model", "pricing_type", "category", "billable", "country"),
    *("audience", "cost_currency"),
)

RATING_TABLES = ("rating_terms", "rating_calendar", "rating_market", "rating_rate", "rating_step")

NO_COUNTER, PORTFOLIO_COUNTER, NUMBER_COUNTER, ACCOUNT_COUNTER = 0, 1, 2, 3
_CATEGORIES = 16
"""Room for the categories of a market in a counter's part."""
_COUNTED = ("authentication", "utility", "marketing", "service", "user_initiated", "business_initiated")
FOREVER = 2**62
_STRETCHES = 2**24
_EARLIEST = date(2010, 1, 1)
"""No message is older: the calendar begins here at the earliest."""


@dataclass(frozen=True, slots=True)
class Told:
    """One distinct set of terms, as the event table has it (`TERMS_COLUMNS`)."""

    terms_key: int
    account: str | None
    number: str | None
    pricing_model: str | None
    pricing_type: str | None
    category: str | None
    billable: bool | None
    country: str | None
    audience: str | None
    cost_currency: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What charges are made from beside the messages.

    Args:
        accounts: by id; an account nobody declared is in the workspace's zone and currency.
        until: first day that no message can have: the calendar ends there.
    """

    book: Book
    accounts: Mapping[str, Account]
    timezone: str
    currency: str
    until: date

    def account(self, name: str | None) -> Account:
        """The account of that id."""
        found = self.accounts.get(name or "")
        return found or Account(name or "unknown", self.timezone, self.currency, declared=False)

    @property
    def digest(self) -> str:
        """Hash of all rules and prices: a change means that every charge is made anew."""
        declared = sorted(repr(account) for account in self.accounts.values())
        text = repr((self.book.version, declared, self.timezone, self.currency, markets.memberships()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def rating_tables(told: Sequence[Told], basis: Basis) -> dict[str, pa.Table]:
    """All five tables."""
    zones = sorted({basis.account(one.account).timezone for one in told})
    classes = sorted({_class_of(one, basis) for one in told if one.category is not None})
    rates, tiers = _rates(classes, basis.book)
    return {
        "rating_terms": _terms(told, basis, zones),
        "rating_calendar": _calendar(zones, basis),
        "rating_market": _market_table(),
        "rating_rate": rates,
        "rating_step": _steps(tiers),
    }


Class = tuple[str, str, str, str]
"""(currency, told pricing model or "", category, "group" or ""): messages of one class find one price per market."""


def _class_of(told: Told, basis: Basis) -> Class:
    currency = basis.account(told.account).currency
    known = told.category if BASE_CATEGORY.get(told.category or "", told.category) in CATEGORIES else _NO_CATEGORY
    return (currency, told.pricing_model or "", known or "", _audience(told))


_NO_CATEGORY = "unknown"
"""Stands for every category no card knows: a provider's new words make no new cases."""


def _audience(told: Told) -> str:
    return "group" if told.audience == "group" or (told.category or "").startswith("group_") else ""


def _key(*parts: object) -> int:
    """63-bit key of a text: stable across builds, so that stored charges keep their meaning."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def free_reason(told: Told) -> ChargeReason | None:
    """Why a message is free whatever the card says, or None. An unknown type is free if it says so, else it goes by `billable`."""
    if told.category == "referral_conversion":
        return ChargeReason.FREE_ENTRY_POINT
    if told.pricing_type in FREE_TYPES:
        return FREE_TYPES[told.pricing_type]
    if (told.pricing_type or "").startswith("free_"):
        return ChargeReason.NOT_BILLABLE
    if told.billable is False and told.pricing_type != "regular":
        return ChargeReason.NOT_BILLABLE
    return None


def _terms(told: Sequence[Told], basis: Basis, zones: Sequence[str]) -> pa.Table:
    rows = []
    for number, one in enumerate(sorted(told, key=lambda t: t.terms_key)):
        account = basis.account(one.account)
        free = free_reason(one)
        currency = one.cost_currency or account.currency
        rows.append(
            {
                "terms_key": one.terms_key,
                "terms_number": number,
                "zone_number": zones.index(account.timezone),
                "class_key": _key(*_class_of(one, basis)) if one.category is not None else None,
                "portfolio_key": _key("portfolio", account.portfolio),
                "number_key": _key("number", one.number or one.account),
                "account_key": _key("account", one.account),
                "country_zone": markets.country_zone(one.country) if one.country else None,
                "free_reason": int(free) if free is not None else None,
                "told_cost": 1 if one.cost_currency else 0,
                "silent": 1 if one.category is None and free is None and not one.cost_currency else 0,
                "currency": currency,
                "own_currency": 1 if currency == basis.currency else 0,
                "account": one.account,
                "number": one.number,
                "portfolio": account.portfolio,
                "category": one.category,
                "pricing_model": one.pricing_model,
                "pricing_type": one.pricing_type,
            }
        )
    return pa.Table.from_pylist(rows, schema=_TERMS_SCHEMA)


_TERMS_SCHEMA = pa.schema(
    [
        ("terms_key", pa.int64()),
        ("terms_number", pa.int64()),
        ("zone_number", pa.int64()),
        ("class_key", pa.int64()),
        ("portfolio_key", pa.int64()),
        ("number_key", pa.int64()),
        ("account_key", pa.int64()),
        ("country_zone", pa.int32()),
        ("free_reason", pa.int32()),
        ("told_cost", pa.int32()),
        ("silent", pa.int32()),
        ("currency", pa.string()),
        ("own_currency", pa.int32()),
        ("account", pa.string()),
        ("number", pa.string()),
        ("portfolio", pa.string()),
        ("category", pa.string()),
        ("pricing_model", pa.string()),
        ("pricing_type", pa.string()),
    ]
)


def _calendar(zones: Sequence[str], basis: Basis) -> pa.Table:
    """One row a zone, UTC day and stretch of it without a switch: an equi join on the day finds an instant's row."""
    cards, moves = sorted(basis.book.switch_days()), sorted(markets.switch_days())
    first = max(cards[0], _EARLIEST)
    months = [date(y, m, 1) for y in range(first.year, basis.until.year + 1) for m in range(1, 13)]
    days = sorted({d for d in (*cards, *moves, *months) if first <= d < basis.until} | {first, basis.until})
    columns: dict[str, list[int]] = {name: [] for name in _CALENDAR}
    for number, name in enumerate(zones):
        tz = zone(name)
        starts = [day_start_us(day_number(d), tz) for d in days]
        for place, day in enumerate(days[:-1]):
            facts = (day.year * 12 + day.month - 1, _begun(cards, day), _begun(moves, day))
            _stretch(columns, number, (starts[place], starts[place + 1]), facts)
    columns["stretch"] = list(range(1, len(columns["utc_day"]) + 1))
    assert len(columns["utc_day"]) < _STRETCHES, "more stretches than a cell's number has room for"
    return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


_CALENDAR = ("zone_number", "utc_day", "from_us", "until_us", "month_index", "card_period", "market_period")


def _stretch(columns: dict[str, list[int]], number: int, span: tuple[int, int], facts: tuple[int, int, int]) -> None:
    start, until = span
    for utc_day in range(start // DAY_US, (until - 1) // DAY_US + 1):
        for name, value in zip(_CALENDAR, (number, utc_day, start, until, *facts), strict=True):
            columns[name].append(value)


def _begun(days: Sequence[date], day: date) -> int:
    """Number of the last switch on or before a day."""
    return max((day_number(d) for d in days if d <= day), default=0)


@functools.cache
def _market_table() -> pa.Table:
    rows = [
        (zone_number, day_number(day), markets.market_number(market))
        for day in sorted(markets.switch_days())
        for zone_number, market in sorted(markets.zones_on(day).items())
    ]
    return pa.table(
        {
            "recipient_zone": pa.array([r[0] for r in rows], pa.int32()),
            "market_period": pa.array([r[1] for r in rows], pa.int64()),
            "market": pa.array([r[2] for r in rows], pa.int32()),
        }
    )


_Tiers = tuple[tuple[Rate, ...], int]
"""Tiers in force together, and how many messages before them are free."""


def _rates(classes: Iterable[Class], book: Book) -> tuple[pa.Table, dict[int, _Tiers]]:
    rows: list[dict[str, int | None]] = []
    found: dict[int, _Tiers] = {}
    days = sorted(book.switch_days())
    for one in classes:
        class_key = _key(*one)
        for day in days:
            for market in markets.market_names():
                row, tiers = _rate(one, market, day, book)
                rows.append(row | {"class_key": class_key})
                if tiers is not None:
                    found[row["price_key"] or 0] = tiers
    return pa.Table.from_pylist(rows, schema=_RATE_SCHEMA), found


_RATE_SCHEMA = pa.schema(
    [
        ("class_key", pa.int64()),
        ("card_period", pa.int64()),
        ("market", pa.int32()),
        ("price_key", pa.int64()),
        ("counter", pa.int32()),
        ("part", pa.int64()),
        ("conversation_era", pa.int32()),
        ("unknown", pa.int32()),
    ]
)


def _rate(one: Class, market: str, day: date, book: Book) -> tuple[dict[str, int | None], _Tiers | None]:
    currency, told_model, category, audience = one
    era = era_of(told_model or None, day)
    column = BASE_CATEGORY.get(category, category)
    tiers = book.in_force((currency, era, market, column), day)
    row: dict[str, int | None] = {
        "card_period": day_number(day),
        "market": markets.market_number(market),
        "price_key": None,
        "counter": NO_COUNTER,
        "part": 0,
        "conversation_era": 1 if era == CONVERSATION else 0,
        "unknown": None,
    }
    if not tiers:
        covered = book.covers(currency, era, day)
        row["unknown"] = int(ChargeReason.RATE_UNKNOWN if covered else ChargeReason.TIME_OUT_OF_CARDS)
        return row, None
    free, counter, part = _counting(era, column, market, (book, day, tiers, audience))
    kept = (replace(tiers[0], volume_from=0, volume_until=None),) if audience else tiers
    row |= {"price_key": _price_key(kept, free), "counter": counter, "part": part}
    return row, (kept, free)


def _counting(era: str, column: str, market: str, case: tuple[Book, date, Sequence[Rate], str]) -> tuple[int, int, int]:
    """(free messages a month, whose counter, which of its counters)."""
    book, day, tiers, audience = case
    rule = book.allowance(era, column, day)
    if rule is not None and tiers[0].micro and not audience:
        counted = column if rule.category is not None else ""
        place = _COUNTED.index(counted) + 1 if counted in _COUNTED else 0
        return rule.free, NUMBER_COUNTER if rule.per == "number" else ACCOUNT_COUNTER, place
    if _bounded(tiers) and not audience:
        tier_category = TIER_CATEGORY.get(column, column)
        place = _COUNTED.index(tier_category) + 1 if tier_category in _COUNTED else 0
        return 0, PORTFOLIO_COUNTER, markets.market_number(market) * _CATEGORIES + place
    return 0, NO_COUNTER, 0


def _bounded(tiers: Sequence[Rate]) -> bool:
    """Whether the price depends on the month's volume."""
    return len(tiers) > 1 or tiers[0].volume_from > 0 or tiers[0].volume_until is not None


def _price_key(tiers: Sequence[Rate], free: int) -> int:
    return price_key(tiers) ^ free


def _steps(found: Mapping[int, _Tiers]) -> pa.Table:
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    for key, (tiers, free) in sorted(found.items()):
        counted = free > 0 or _bounded(tiers)
        if free:
            rows.append((key, 0, 0, free, 0, tiers[0].row, int(ChargeReason.ALLOWANCE)))
        for number, rate in enumerate(tiers, start=1):
            start = rate.volume_from + free if counted else 0
            until = rate.volume_until + free if counted and rate.volume_until is not None else FOREVER
            rows.append((key, number, start, until, rate.micro, rate.row, int(ChargeReason.CARD)))
    names = ("price_key", "step", "from_volume", "until_volume", "price_micro", "card_row", "reason")
    kinds = (pa.int64(), pa.int32(), pa.int64(), pa.int64(), pa.int64(), pa.int64(), pa.int32())
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], kind)
            for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
    )
