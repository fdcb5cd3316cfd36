"""The charge table against a bookkeeper who walks through the messages one by one, in order of delivery."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from earnest.definitions.account import Account
from earnest.kernel.estimate import Unavailable
from earnest.rating.cards import Book, Rate, Rule, built_in
from earnest.rating.markets import country_zone, market_of
from earnest.rating.quote import quote
from earnest.rating.tables import Basis, Told, free_reason, rating_tables
from earnest.warehouse import duck
from earnest.warehouse.models import read

ZONES = ("America/Sao_Paulo", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "Europe/Berlin")
NUMBERS = (55, 91, 49, 1415, 1876, 77, 79, 999, None)
CATEGORIES = ("marketing", "utility", "authentication", "authentication_international", "service", None)


@dataclass(frozen=True)
class Sent:
    """One delivered message."""

    key: int
    told: Told
    zone: int | None
    at_us: int
    conversation: int | None
    cost: int | None


def small_book() -> Book:
    """The built-in card with tiers a few messages wide in two markets, and an allowance of 7."""
    tiers = [
        Rate(2_000_000 + n, "USD", "message", market, category, date(2026, 1, 1), None, low, high, micro, "made up", "high", "")
        for n, (market, category, low, high, micro) in enumerate(
            [
                ("India", "utility", 0, 5, 1000), ("India", "utility", 5, 12, 900), ("India", "utility", 12, None, 800),
                ("India", "authentication", 0, 5, 500), ("India", "authentication", 5, None, 400),
                ("India", "authentication_international", 0, 5, 50_000), ("India", "authentication_international", 5, None, 40_000),
                ("Brazil", "utility", 0, 3, 7000), ("Brazil", "utility", 8, None, 6000),
                ("Brazil", "marketing", 3, None, 9000), ("Germany", "utility", 0, 4, 8000),
            ]
        )
    ]  # fmt: skip
    rules = tuple(
        Rule(
            r.rule,
            r.model,
            r.category,
            r.per,
            7 if r.free else 0,
            r.effective_from,
            r.effective_until,
            r.source,
            "high",
        )
        for r in built_in().rules
    )
    return Book((*built_in().rates, *tiers), rules)


def world(seed: int) -> tuple[list[Sent], Basis]:
    """A few hundred messages around switch days of eras, cards and months."""
    rng = random.Random(seed)
    accounts = {
        name: Account(name, rng.choice(ZONES), rng.choice(("USD", "USD", "INR")), rng.choice(("p", "q")))
        for name in ("a", "b", "c")
    }
    told = [
        Told(
            key,
            rng.choice("abcd"),
            rng.choice(("n1", "n2")),
            rng.choice((None, "message", "message", "conversation")),
            rng.choice((None, "regular", "regular", "regular", "free_customer_service", "free_entry_point")),
            rng.choice(CATEGORIES),
            rng.choice((None, True, True, False)),
            rng.choice((None, "US", "KZ", "XX")),
            rng.choice((None, None, None, "group")),
            rng.choice((None, None, None, None, "USD")),
        )
        for key in range(1, 25)
    ]
    centre = rng.choice(((2026, 10, 1), (2025, 7, 1), (2026, 11, 1), (2023, 6, 1), (2024, 11, 1), (2021, 12, 1)))
    middle = int(datetime(*centre, tzinfo=UTC).timestamp())
    sent = [
        Sent(
            key,
            rng.choice(told),
            rng.choice(NUMBERS),
            (middle + rng.choice((rng.randint(-90_000, 90_000), rng.randint(-20 * 86_400, 20 * 86_400)))) * 1_000_000,
            rng.choice((None, rng.randint(1, 40))),
            rng.choice((None, 12_345)),
        )
        for key in range(1, 401)
    ]
    return sent, Basis(small_book(), accounts, "Europe/Berlin", "USD", date(2028, 1, 1))


def by_hand(sent: list[Sent], basis: Basis) -> dict[int, tuple[str, int | None]]:
    """Charge of each message: (reason, micro)."""
    counters: Counter[tuple[object, ...]] = Counter()
    opened: set[int] = set()
    found = {}
    for one in sorted(sent, key=lambda s: (s.at_us, s.key)):
        found[one.key] = charge_of(one, basis, counters, opened)
    return found


def charge_of(
    one: Sent, basis: Basis, counters: Counter[tuple[object, ...]], opened: set[int]
) -> tuple[str, int | None]:
    told, account = one.told, basis.account(one.told.account)
    free = free_reason(told)
    if free is not None:
        return free.code, 0
    if told.cost_currency and one.cost is not None:
        return "provider-price", one.cost
    if told.category is None:
        return "category-unknown", None
    day = datetime.fromtimestamp(one.at_us // 1_000_000, UTC).astimezone(ZoneInfo(account.timezone)).date()
    if day < date(2022, 2, 1):
        return "time-out-of-cards", None
    zone = one.zone if one.zone is not None else country_zone(told.country) if told.country else 0
    market = market_of(zone, day)
    if market is None:
        return "market-unknown", None
    era = told.pricing_model or ("message" if day >= date(2025, 7, 1) else "conversation")
    category = "group_" + told.category if told.audience == "group" else told.category
    column = told.category
    asked = {"model": era, "book": basis.book}
    plain = quote(market, column, account.currency, day, **asked)
    if era == "conversation" and one.conversation is not None:
        if one.conversation in opened:
            return "same-conversation", 0
        opened.add(one.conversation)
    tiers = basis.book.in_force((account.currency, era, market, column), day)
    if not tiers:
        assert isinstance(plain, Unavailable)
        return plain.code, None
    if category.startswith("group_"):
        return "card", tiers[0].micro
    rule = basis.book.allowance(era, column, day)
    month = (day.year, day.month)
    counter: tuple[object, ...] | None = None
    if rule is not None and tiers[0].micro:
        counter = (
            rule.per,
            told.number or told.account if rule.per == "number" else told.account,
            rule.category,
            month,
        )
    elif len(tiers) > 1 or tiers[0].volume_from or tiers[0].volume_until:
        shared = "authentication" if column.startswith("authentication") else column
        counter = ("portfolio", account.portfolio, market, shared, month)
    volume = counters[counter] if counter else 0
    if counter:
        counters[counter] += 1
    priced = quote(market, column, account.currency, day, volume=volume, **asked)
    if isinstance(priced, Unavailable):
        return priced.code, None
    return priced.reason.code, priced.micro


def by_table(sent: list[Sent], basis: Basis) -> dict[int, tuple[str, int | None]]:
    """The same from the models."""
    from earnest.rating.reason import ChargeReason

    con = duck.connect()
    told = list({one.told.terms_key: one.told for one in sent}.values())
    for name, table in rating_tables(told, basis).items():
        con.register(name, table)
    con.register(
        "message",
        pa.table(
            {
                "message_key": pa.array([s.key for s in sent], pa.int64()),
                "label_key": pa.array([1] * len(sent), pa.int64()),
                "send_day": pa.array([s.at_us // 86_400_000_000 for s in sent], pa.int32()),
                "delivered_us": pa.array([s.at_us for s in sent], pa.int64()),
                "conversation_key": pa.array([s.conversation for s in sent], pa.int64()),
                "told_price": pa.array([None if s.cost is None else 2**44 + s.cost for s in sent], pa.int64()),
                "cost_micro": pa.array([None] * len(sent), pa.int64()),
                "terms_key": pa.array([s.told.terms_key for s in sent], pa.int64()),
                "recipient_zone": pa.array([s.zone for s in sent], pa.int32()),
            }
        ),
    )
    con.execute(f"CREATE VIEW rated AS {read('earnest.rating', 'rated.sql').sql}")
    con.execute(f"CREATE VIEW rated_cell AS {read('earnest.rating', 'rated_cell.sql').sql}")
    rows = con.execute(
        f"SELECT message_key, reason, charge_micro FROM ({read('earnest.rating', 'charge.sql').sql})"
    ).fetchall()
    assert len(rows) == len(sent)
    return {key: (ChargeReason(reason).code, micro) for key, reason, micro in rows}


@pytest.mark.parametrize("seed", range(40))
def test_charges_are_the_bookkeepers(seed: int) -> None:
    sent, basis = world(seed)
    expected, got = by_hand(sent, basis), by_table(sent, basis)
    differing = {key: (expected[key], got[key]) for key in expected if expected[key] != got[key]}
    assert not differing


def test_the_worlds_hold_every_reason() -> None:
    met: defaultdict[str, int] = defaultdict(int)
    for seed in range(40):
        for reason, _ in by_hand(*world(seed)).values():
            met[reason] += 1
    assert set(met) >= {
        "card", "provider-price", "allowance", "free-customer-service", "free-entry-point", "not-billable",
        "same-conversation", "market-unknown", "rate-unknown", "time-out-of-cards", "category-unknown",
    }  # fmt: skip
    assert min(met.values()) > 10
