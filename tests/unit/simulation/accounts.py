"""A business account with a price list short enough to reckon with by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from earnest.simulation.account import BusinessAccount, CountryLine, PriceLine, PriceList, SendingNumber
from earnest.simulation.people import COUNTRIES

LONG_AGO = date(2025, 7, 1)
OCTOBER = date(2026, 10, 1)

PRICES = PriceList(
    prices=(
        PriceLine("Germany", "marketing", LONG_AGO, Decimal("0.1000")),
        PriceLine("Germany", "marketing", OCTOBER, Decimal("0.2000")),
        PriceLine("Germany", "utility", LONG_AGO, Decimal("0.0500")),
        PriceLine("Germany", "utility", OCTOBER, Decimal("0.0500")),
        PriceLine("Germany", "utility", OCTOBER, Decimal("0.0400"), after=100),
        PriceLine("Germany", "utility", OCTOBER, Decimal("0.0300"), after=250),
        PriceLine("Germany", "service", OCTOBER, Decimal("0.0500")),
        PriceLine("Rest", "marketing", LONG_AGO, Decimal("0.0200")),
        PriceLine("Rest", "utility", LONG_AGO, Decimal("0.0100")),
        PriceLine("Rest", "service", OCTOBER, Decimal("0.0100")),
        PriceLine("Austria", "marketing", OCTOBER, Decimal("0.0700")),
    ),
    countries=(
        CountryLine("DE", "Germany", LONG_AGO),
        *(CountryLine(country, "Rest", LONG_AGO) for country in COUNTRIES if country != "DE"),
        CountryLine("AT", "Austria", OCTOBER),
    ),
)

ACCOUNT = BusinessAccount(
    "102290129340398", SendingNumber("106540352242922", "4915899999001"), SendingNumber("2", "447119999001"), PRICES
)
