"""Exact money: an integer number of minor units and a currency, never a float.

Orders are kept in minor units (cents), charges in micro units (millionths of the major unit), because message
prices have four and more decimals. Two currencies never meet in one sum. Exponents (0, 2, 3, 4 decimals) are ISO 4217's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from earnest.kernel.errors import CurrencyMismatch, UsageError, closest

MICRO_PER_MAJOR = 1_000_000
LARGEST_MINOR = 10**15
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@functools.cache
def exponents() -> dict[str, int]:
    """ISO 4217 code → number of decimals, for currencies in which one can pay (metals and test codes left out)."""
    import iso4217

    return {c.code: int(c.exponent) for c in iso4217.Currency if c.exponent is not None}


def exponent(currency: str) -> int:
    """Number of decimals of a currency: JPY 0, EUR 2, KWD 3, CLF 4.

    Raises:
        UsageError: `unknown-currency`; give the three-letter ISO 4217 code.
    """
    known = exponents()
    if currency not in known:
        suggestion = closest(currency.upper(), known)
        raise UsageError(
            "unknown-currency",
            f"'{currency}' is not an ISO 4217 currency code{suggestion}",
            hint="Use the three-letter code, for example EUR, USD, JPY.",
            currency=currency,
        )
    return known[currency]


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `minor` units (cents for EUR, yen for JPY) of `currency`.

    Example:
        >>> Money.of("12.50", "EUR") + Money.of("0.50", "EUR")
        Money(minor=1300, currency='EUR')
    """

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Read a decimal amount in major units exactly; more decimals than the currency has are refused.

        Raises:
            UsageError: `not-an-amount`, `too-many-decimals`, `amount-too-large`, `unknown-currency`.
        """
        digits = exponent(currency)
        text = format(amount, "f") if isinstance(amount, Decimal) else str(amount)
        if not _AMOUNT.fullmatch(text):
            raise UsageError(
                "not-an-amount",
                f"'{text}' is not an amount in {currency}; expected digits with a decimal point, like 1234.56",
                hint="Write no thousands separator and use a point for decimals.",
                amount=text,
            )
        scaled = Decimal(text).scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise UsageError(
                "too-many-decimals",
                f"'{text}' has more decimals than {currency} allows ({digits})",
                hint="Round it the way your books do, then try again.",
                amount=text,
                currency=currency,
            )
        if abs(scaled) > LARGEST_MINOR:
            raise UsageError(
                "amount-too-large",
                f"'{text}' {currency} is beyond what Earnest counts",
                hint="Check the unit.",
                amount=text,
            )
        return cls(int(scaled), currency)

    @classmethod
    def from_micro(cls, micro: int, currency: str) -> Money:
        """Round micro units to the currency's minor unit (half to even): done once, on the line people read."""
        minor = (Decimal(micro) / MICRO_PER_MAJOR).scaleb(exponent(currency))
        return cls(int(minor.to_integral_value(ROUND_HALF_EVEN)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def micro(self) -> int:
        """The amount in millionths of the major unit, exactly."""
        return int(self.decimal * MICRO_PER_MAJOR)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                "currency-mismatch",
                f"cannot combine {self.currency} with {other.currency}",
                hint="Convert one of them at a dated rate first.",
                left=self.currency,
                right=other.currency,
            )
        return other

    def to_json(self) -> dict[str, str]:
        """`{"amount": "12.50", "currency": "EUR"}`: text, so that no reader turns it into a float."""
        return {"amount": str(self.decimal), "currency": self.currency}

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer over weights so that the parts add up to it exactly.

    Part i is total·W_i / W − total·W_{i−1} / W with W_i the running sum of weights and division towards zero: what the
    attribution SQL does with a window sum, so Python and SQL agree to the last unit, for negative totals too.

    Args:
        total: units to split, of any sign.
        weights: non-negative integers in a fixed order, at least one of them positive.

    Example:
        >>> split(100, [1, 1, 1])
        [33, 33, 34]
    """
    whole, sign = sum(weights), -1 if total < 0 else 1
    assert whole > 0, "at least one weight must be positive"
    running, before, parts = 0, 0, []
    for weight in weights:
        running += weight
        until = sign * (abs(total) * running // whole)
        parts.append(until - before)
        before = until
    return parts
