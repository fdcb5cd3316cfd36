"""Numbers, money and dates of one language, by CLDR; a real minus and no-break spaces, never a fixed pattern.

Money in whole units, ratios with 2 decimals, rates with 1 (2 below 1 %), p-values to 0.001.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from earnest.kernel.money import Money

DATES = {"en": "en_001"}  # day before month, as everywhere but in one country; figures stay plain English
COMPACT_FROM = 1_000_000
Amount = Money | Decimal | float


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats of a locale; `dates` is the locale dates are written in."""

    locale: Any
    dates: Any

    @classmethod
    def of(cls, language: str) -> Formats:
        return cls(Locale.parse(language), Locale.parse(DATES.get(language, language)))

    def count(self, number: float) -> str:
        return _minus(format_decimal(number, "#,##0", locale=self.locale))

    def decimal(self, number: float, decimals: int = 2) -> str:
        return _minus(format_decimal(number, f"#,##0.{'0' * decimals}" if decimals else "#,##0", locale=self.locale))

    def times(self, ratio: float) -> str:
        """A ratio read as "times": 4.80×."""
        return f"{self.decimal(ratio, 2 if abs(ratio) < 100 else 0)}×"

    def share(self, rate: float) -> str:
        """A rate: 1 decimal, 2 below 1 %. Zero is 0 %."""
        if rate == 0:
            return self.percent(rate, 0)
        return self.percent(rate, 2 if abs(rate) < 0.01 else 1)

    def share_range(self, low: float, high: float, decimals: int | None = None) -> str:
        """Two rates that share their sign: 90–96%. As many decimals as they need, at most 2, unless given."""
        ends = (low * 100, high * 100)
        needed = next((n for n in (0, 1) if all(abs(end - round(end, n)) < 1e-9 for end in ends)), 2)
        digits = needed if decimals is None else decimals
        return f"{self.decimal(ends[0], digits)}–{self.percent(high, digits)}"

    def percent(self, rate: float, decimals: int) -> str:
        """A percentage in the locale's own pattern, with decimals put into it."""
        pattern = self.locale.percent_formats[None].pattern
        wanted = pattern.replace("0%", f"0.{'0' * decimals}%").replace("0\u00a0%", f"0.{'0' * decimals}\u00a0%")
        return _minus(format_percent(rate, format=wanted if decimals else pattern, locale=self.locale))

    def part(self, share: float) -> str:
        """A share in a title: whole percent, with decimals only where a part would else read as nothing or as all."""
        shown = (n for n in range(4) if 0 < round(share * 100, n) < 100)
        return self.percent(share, next(shown, 0 if share in (0, 1) else 3))

    def level(self, level: float) -> str:
        """A confidence level: 95%, 99.5%."""
        return self.percent(level, 0 if round(level * 100, 6) == round(level * 100) else 1)

    def money(self, amount: Amount, currency: str, *, decimals: int = 0) -> str:
        """Money in whole units (or with `decimals`), grouped, in the locale's place for the sign."""
        major = amount.decimal if isinstance(amount, Money) else amount
        pattern = self.locale.currency_formats["standard"].pattern
        digits = f"0.{'0' * decimals}" if decimals else "0"
        wanted = pattern.replace("0.00", digits)
        text = format_currency(major, currency, wanted, locale=self.locale, currency_digits=False)
        zero = not any(character in "123456789" for character in text)
        return text.replace("-", "") if zero else _minus(text)

    def exact(self, amount: Money) -> str:
        """Whole units; small amounts (below 100) with the currency's decimals."""
        from earnest.kernel.money import exponent

        small = abs(amount.decimal) < 100 and amount.decimal != amount.decimal.to_integral_value()
        return self.money(amount, amount.currency, decimals=exponent(amount.currency) if small else 0)

    def amount(self, major: float, currency: str) -> str:
        """Money that is an estimate: whole units, below 100 two decimals, below 0.1 four."""
        size = abs(major)
        return self.money(major, currency, decimals=0 if size >= 100 or size == 0 else 2 if size >= 0.1 else 4)

    def signed(self, major: float, currency: str) -> str:
        """Money with its sign, plus included."""
        text = self.amount(major, currency)
        return f"+{text}" if major > 0 else text

    def together(self, names: Sequence[str]) -> str:
        """A list in a sentence: WhatsApp, SMS and RCS."""
        return str(format_list(list(names), locale=self.locale))

    def country(self, code: str) -> str | None:
        """A country by its ISO code."""
        name = self.locale.territories.get(code)
        return str(name) if name else None

    def per_one(self, ratio: float, currency: str) -> str:
        """What came back for one unit of money: two decimals, none from 100 on."""
        return self.money(ratio, currency, decimals=2 if abs(ratio) < 100 else 0)

    def tick(self, value: float, currency: str) -> str:
        """A label on an axis: whole units, decimals only between them, compact from a million on."""
        if abs(value) >= COMPACT_FROM:
            return _minus(format_compact_currency(value, currency, locale=self.locale, fraction_digits=1))
        return self.money(value, currency, decimals=0 if value == int(value) else 2)

    def p_value(self, p: float) -> str:
        """`p < 0.001`, or p with three decimals."""
        if p < 0.001:
            return f"p < {self.decimal(0.001, 3)}"
        return f"p = {self.decimal(p, 3)}"

    def day(self, iso: str) -> str:
        """A day: 30 Sept 2026. Reads an ISO date or instant."""
        return format_skeleton("yMMMd", _date(iso), locale=self.dates)

    def days(self, first: str, last: str) -> str:
        """A span of days: 1–30 Sept 2026."""
        if first == last:
            return self.day(first)
        return str(format_interval(_date(first), _date(last), "yMMMd", locale=self.dates))

    def month(self, iso: str) -> str:
        """A month with its year: September 2026."""
        return str(format_skeleton("yMMMM", _date(iso), locale=self.dates))

    def short_month(self, iso: str) -> str:
        """A month on an axis: Sept 26."""
        return str(format_skeleton("yyMMM", _date(iso), locale=self.dates))

    def instant(self, iso: str) -> str:
        """A moment, to the minute, in its own zone, which is printed."""
        moment = datetime.fromisoformat(iso)
        zone = moment.strftime("%Z") if moment.tzinfo else ""
        return f"{self.day(iso)}, {moment:%H:%M} {zone}".strip()


def _date(iso: str) -> date:
    return datetime.fromisoformat(iso).date()


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")


def plain(text: str) -> str:
    """A text of somebody else's, with control and direction-changing characters made visible.

    Example:
        >>> plain("win\\u202eback")
        'win‹U+202E›back'
    """
    return "".join(f"‹U+{ord(c):04X}›" if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    """Controls, except the joiners that scripts and emoji need."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\u200c\u200d"
