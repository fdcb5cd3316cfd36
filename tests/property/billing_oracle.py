"""A simulated provider that bills one month of WhatsApp messages, written from the published rules alone.

It decides the truth, writes the invoice with its own arithmetic, and tells what a webhook receiver would have seen of
it: repeated, out of order, up to seven days late, in batches, and with losses of two kinds. (1) Statuses that leave a
sibling which tells the price and the delivery: charges must still equal the invoice. A `delivered` status is not lost
where the `read` that remains would move the message into another local month, or past another one where the order
decides (tiers shared by two categories, allowances, who opens a conversation): that is information truly lost, and no
books can know better. (2) Messages, in the conversation era whole conversations, that vanish: `vanished` names their
price by bucket, in a tiered bucket the top of the volume. Left out, as the rules are silent: free entry points where
an allowance counts, groups, and conversations that open after their era.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from property.billing_prices import OLD, REAL, SMALL, rows
from property.billing_traffic import CHARGED, UNLIMITED, ZONES, Accounts, Message, local, send, tell

MONTHS = (
    "2022-10", "2023-03", "2023-10", "2024-03", "2024-09", "2024-10", "2024-11", "2025-06", "2025-07", "2025-10",
    "2026-03", "2026-09", "2026-10", "2026-11",
)  # fmt: skip
CARDS = (
    (None, ("USD",), 1000),
    (rows(SMALL, "CHF", (20, 60)) + rows(REAL, "SEK", (15, 40)), ("CHF", "SEK"), 25),
    (rows(SMALL, "GBP", (7, 90)), ("GBP",), 9),
)
"""Rows (None: as published), currencies and free messages a month; the later ones are small enough to be crossed."""
Bucket = tuple[str, str, str, str, str]
"""Currency, portfolio, market, category, local month."""


@dataclass(frozen=True)
class Month:
    """See the module.

    Args:
        accounts: id → zone, currency, portfolio. card: None for the published one. allowance: None for the published.
        invoice: what the provider bills. vanished: the part of it nobody was told of.
        owed: message id → its price, of the messages that are told and were delivered.
    """

    bodies: list[dict[str, Any]]
    accounts: dict[str, tuple[str, str, str]]
    card: list[dict[str, str]] | None
    allowance: int | None
    invoice: dict[Bucket, Decimal]
    vanished: dict[Bucket, Decimal]
    owed: dict[str, Decimal]


def charge(
    card: Iterable[Mapping[str, str]], accounts: Accounts, allowance: int,
    told: Iterable[tuple[int, Message]],
) -> dict[str, tuple[Bucket, Decimal | None]]:  # fmt: skip
    """Message id → (bucket, price or None if the card has none), of (delivery, message) in any order."""
    prices: dict[Any, list[Mapping[str, str]]] = defaultdict(list)
    for row in card:
        prices[row["currency"], row["pricing_model"], row["market"], row["category"]].append(row)
    owed: dict[str, tuple[Bucket, Decimal | None]] = {}
    opened: set[str | None] = {None}
    count: Counter[tuple[str, ...]] = Counter()
    for at, m in sorted(told, key=lambda pair: pair[0]):
        zone, currency, portfolio = accounts[m.account]
        day, model = local(at, zone), "conversation" if m.conversation else "message"
        market = "Other" if m.market == "Kazakhstan" and day < CHARGED else m.market
        bucket = (currency, portfolio, market, m.category, day[:7])
        again, key = m.conversation in opened and model == "conversation", (currency, model, market, m.category)
        opened.add(m.conversation)
        valid = [row for row in prices[key] if row["effective_from"] <= day < row["effective_until"]]
        owed[m.id] = bucket, Decimal(0) if again or m.type != "regular" else None
        if again or m.type != "regular" or not valid:
            continue
        free = (m.account if m.conversation else m.number, day[:7])
        if m.category in OLD or (m.category == "service" and not UNLIMITED <= day < CHARGED):
            count[free] += 1
        tier = (portfolio, market, m.category.removesuffix("_international"), day[:7])
        if 0 < count[free] <= allowance and m.category in (*OLD, "service"):
            owed[m.id] = bucket, Decimal(0)
            continue
        count[tier] += 1
        row = next(row for row in valid if not row["tier_to"] or count[tier] <= int(row["tier_to"]))
        owed[m.id] = bucket, Decimal(row["price"])
    return owed


def month(seed: int) -> Month:
    rng, name = random.Random(seed), MONTHS[seed // 4 % len(MONTHS)]
    card, currencies, allowance = CARDS[max(seed % 4 - 1, 0)]
    heavy = seed % 4 == 1 and not UNLIMITED[:7] <= name < CHARGED[:7]
    accounts = {}
    for k in range(1 if heavy else 4):
        billed_in = k % len(currencies)
        accounts[f"{seed}00{k}"] = (rng.choice(ZONES), currencies[billed_in], f"portfolio-{seed}-{billed_in}")
    prices = card or rows(REAL, "USD")

    def bill(messages: list[Message]) -> dict[str, tuple[Bucket, Decimal | None]]:
        return charge(prices, accounts, allowance, [(m.delivered, m) for m in messages if m.delivered])

    messages = send(rng, seed, name, accounts, heavy)
    owed = bill(messages)
    unpriced = {m.unit for m in messages if m.id in owed and owed[m.id][1] is None}
    messages = [m for m in messages if m.unit not in unpriced]
    units = sorted({m.unit for m in messages})
    gone = set(rng.sample(units, 1 + len(units) // 50))
    seen = [m for m in messages if m.unit not in gone]
    truth, owed = bill(messages), bill(seen)
    there, here = sums(truth), sums(owed)
    missing = {bucket: there.get(bucket, Decimal(0)) - here.get(bucket, Decimal(0)) for bucket in {*there, *here}}
    left = {name: price or Decimal(0) for name, (_, price) in owed.items()}
    bodies = tell(rng, seen, accounts)
    vanished = {bucket: price for bucket, price in missing.items() if price}
    return Month(bodies, accounts, card, allowance if card else None, there, vanished, left)


def sums(owed: Mapping[str, tuple[Bucket, Decimal | None]]) -> dict[Bucket, Decimal]:
    """Sum of each bucket that costs something."""
    found: dict[Bucket, Decimal] = defaultdict(Decimal)
    for bucket, price in owed.values():
        found[bucket] += price or Decimal(0)
    return {bucket: price for bucket, price in found.items() if price}
