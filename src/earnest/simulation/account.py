"""The business account that the provider bills: its sending numbers, and what a message costs.

The simulation reads the price list it is given with its own few lines, so that the invoice it writes owes nothing to the
code that rates messages: the two are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from earnest.kernel.errors import UsageError

SERVICE_CHARGED_FROM = date(2026, 10, 1)
"""From this day the provider charges service messages, and utility templates in an open window too."""
SERVICE_FREE_PER_MONTH = 1_000
"""Delivered service messages per sending number and calendar month that stay free from then on."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price of one delivered message, in major units.

    Args:
        first_day: from when; it holds until a later line of the same market, category and `after` begins.
        after: charged messages of the market and category that come before it in the calendar month (volume tiers).
    """

    market: str
    category: str
    first_day: date
    amount: Decimal
    after: int = 0


@dataclass(frozen=True, slots=True)
class CountryLine:
    """The market that a country (ISO 3166) belongs to from a day on."""

    country: str
    market: str
    first_day: date


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by market and day, and the markets of countries; in the shop's currency."""

    prices: tuple[PriceLine, ...]
    countries: tuple[CountryLine, ...]

    def market(self, country: str, day: date) -> str:
        """Market of a country on a day.

        Raises:
            UsageError: `no-market`.
        """
        known = [line for line in self.countries if line.country == country and line.first_day <= day]
        if not known:
            raise UsageError("no-market", f"{country} is in no market on {day}", hint="Complete the price list.")
        return max(known, key=lambda line: line.first_day).market

    def tiers(self, market: str, category: str, day: date) -> list[PriceLine]:
        """The prices in force on a day, cheapest volume last.

        Raises:
            UsageError: `no-price`.
        """
        known = [
            line
            for line in self.prices
            if line.market == market and line.category == category and line.first_day <= day
        ]
        if not known:
            raise UsageError(
                "no-price", f"{category} in {market} has no price on {day}", hint="Complete the price list."
            )
        newest = max(line.first_day for line in known)
        return sorted((line for line in known if line.first_day == newest), key=lambda line: line.after)


@dataclass(frozen=True, slots=True)
class SendingNumber:
    """A phone number that the business sends from: the provider's id of it, and its digits."""

    id: str
    digits: str


@dataclass(frozen=True, slots=True)
class BusinessAccount:
    """A WhatsApp business account (WABA).

    Args:
        home, abroad: the numbers that customers in Germany, Austria and Switzerland, and all others, hear from.
    """

    id: str
    home: SendingNumber
    abroad: SendingNumber
    price_list: PriceList

    @property
    def numbers(self) -> tuple[SendingNumber, SendingNumber]:
        """Both numbers: a number's place here is its code in updates."""
        return self.home, self.abroad


HOME_COUNTRIES = ("DE", "AT", "CH")
