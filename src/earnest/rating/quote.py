"""What one message costs by the card: price, row, tier, source, or why it cannot be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from earnest.kernel.estimate import Unavailable
from earnest.rating.cards import Book, Rate, Rule, built_in, era_of
from earnest.rating.reason import ChargeReason

BASE_CATEGORY = {
    "marketing_lite": "marketing",
    "group_marketing": "marketing",
    "group_utility": "utility",
    "group_service": "service",
}
"""Category the provider tells → column of the card. Group sends are charged per participant, without tiers."""

TIER_CATEGORY = {"authentication_international": "authentication"}
"""Authentication-international shares authentication's monthly volume."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one delivered message.

    Args:
        micro: price in millionths; 0 with a reason where it is free.
        tier: 1 is the list rate; 0 is the free allowance. tiers: how many the card has.
        rate: the card row, None where a rule makes it free.
        allowance: the rule of free messages a month, if the category has one: whether it applies depends on a count
            the caller knows (`volume` counts delivered messages of that counter).
    """

    micro: int
    currency: str
    reason: ChargeReason
    tier: int
    tiers: int
    rate: Rate | None
    allowance: Rule | None = None

    @property
    def price(self) -> Decimal:
        """Price in major units."""
        return Decimal(self.micro) / 1_000_000

    def to_json(self) -> dict[str, Any]:
        row = self.rate
        return {
            "price": str(self.price),
            "currency": self.currency,
            "reason": self.reason.code,
            "tier": self.tier,
            "tiers": self.tiers,
            "card_row": row.row if row else None,
            "card": row.card if row else None,
            "effective_from": row.effective_from.isoformat() if row else None,
            "effective_until": row.effective_until.isoformat() if row and row.effective_until else None,
            "volume_from": row.volume_from if row else None,
            "volume_until": row.volume_until if row else None,
            "source": row.source if row else None,
            "confidence": row.confidence if row else None,
            "note": row.note or None if row else None,
            "free_per_month": self.allowance.free if self.allowance else None,
            "free_per": self.allowance.per if self.allowance else None,
        }


def quote(
    market: str,
    category: str,
    currency: str,
    on: date,
    *,
    volume: int | None = None,
    model: str | None = None,
    window_open: bool = False,
    book: Book | None = None,
) -> Quote | Unavailable:
    """Price of a delivered message.

    Args:
        volume: messages its monthly counter holds before it: charged ones for a tier, delivered ones for an allowance.
            None is the list rate: the first tier, after any allowance.
        model: era as told by the provider; None goes by date.
        window_open: whether the recipient wrote within the last 24 hours.

    Returns:
        the price, or `rate-unknown` or `time-out-of-cards`.
    """
    book = book or built_in()
    era = era_of(model, on)
    grouped = category.startswith("group_")
    column = BASE_CATEGORY.get(category, category)
    if window_open and book.free_in_window(era, column, on):
        return Quote(0, currency, ChargeReason.FREE_CUSTOMER_SERVICE, 0, 0, None)
    tiers = book.in_force((currency, era, market, column), on)
    if not tiers:
        return _unknown(book, (currency, era, market, column), on)
    if grouped:
        tiers = tiers[:1]
    rule = book.allowance(era, column, on)
    before = volume or 0
    if rule is not None and tiers[0].micro:
        if volume is not None and volume < rule.free:
            return Quote(0, currency, ChargeReason.ALLOWANCE, 0, len(tiers), tiers[0], rule)
        before = max(0, before - rule.free)
    for number, rate in enumerate(tiers, start=1):
        if grouped or rate.holds_at(before):
            return Quote(rate.micro, currency, ChargeReason.CARD, number, len(tiers), rate, rule)
    return Unavailable(
        ChargeReason.RATE_UNKNOWN.code,
        f"the {currency} card has no rate for {market}, {column} at a volume of {before:,}",
        "Import your own card: earnest rates import FILE.",
    )


def _unknown(book: Book, key: tuple[str, str, str, str], on: date) -> Unavailable:
    currency, era, market, category = key
    if not book.covers(currency, era, on):
        return Unavailable(
            ChargeReason.TIME_OUT_OF_CARDS.code,
            f"no {currency} card of the {era} era covers {on.isoformat()}",
            "Import the card of that time: earnest rates import FILE. A card in another currency is no substitute.",
        )
    return Unavailable(
        ChargeReason.RATE_UNKNOWN.code,
        f"the {currency} card in force on {on.isoformat()} has no {category} rate for {market}",
        "Import your own card: earnest rates import FILE.",
    )
