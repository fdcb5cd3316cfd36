"""Exchange rates: exact decimals with a day and a source, and what follows from them.

EUR/USD 1.0832 on 2026-09-01 (ECB): one euro buys 1.0832 dollars, from that day until the next rate of the pair, at most
so many days. Beyond that there is no rate, and none is made up. A pair is found as it is, turned round, or through one
third currency that both have a rate with.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import exponent
from earnest.kernel.period import parse_day

_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")
_PAIR = re.compile(r"([A-Za-z]{3})/([A-Za-z]{3})")


@dataclass(frozen=True, slots=True)
class FxRate:
    """A rate somebody told: 1 `base` = `rate` `quote`, from the day `on`. `seq`: the journal entry that tells it."""

    base: str
    quote: str
    on: date
    rate: str
    source: str
    seq: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "pair": f"{self.base}/{self.quote}",
            "rate": self.rate,
            "on": self.on.isoformat(),
            "source": self.source,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any], seq: int) -> FxRate:
        base, quote = body["pair"].split("/")
        return cls(base, quote, parse_day(body["on"]), body["rate"], body["source"], seq)

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.rate} of {self.on.isoformat()} ({self.source})"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How amounts of one currency become another: an exact factor, and the rates it is made from."""

    into: str
    factor: Fraction
    rates: tuple[FxRate, ...]

    def of(self, amount: int) -> int:
        """An amount converted in the same sort of unit (micro to micro), rounded once, half to even."""
        return round(amount * self.factor)

    def between(self, amount: int, exponents: tuple[int, int]) -> int:
        """Minor units converted; `exponents`: decimals of both currencies (JPY 0, EUR 2, KWD 3)."""
        told, wanted = exponents
        return round(amount * self.factor * Fraction(10) ** (wanted - told))

    def to_json(self) -> dict[str, Any]:
        return {"into": self.into, "rates": [rate.to_json() for rate in self.rates]}

    def __str__(self) -> str:
        return " and ".join(str(rate) for rate in self.rates)


class FxBook:
    """All rates told, to look one up by day. Of two rates of a pair and day the later entry holds."""

    def __init__(self, rates: Iterable[FxRate], hold_days: int) -> None:
        self.hold_days = hold_days
        pairs: dict[tuple[str, str], dict[date, FxRate]] = {}
        for rate in rates:
            pairs.setdefault((rate.base, rate.quote), {})[rate.on] = rate
        self._rates = {pair: [by_day[day] for day in sorted(by_day)] for pair, by_day in pairs.items()}
        self._days = {pair: [rate.on for rate in told] for pair, told in self._rates.items()}
        self._met = sorted({code for pair in pairs for code in pair})

    def convert(self, told: str, into: str, day: date) -> Conversion | Unavailable:
        """The conversion in force on a day, or why there is none (`no-rate`). A currency into itself is factor 1."""
        if told == into:
            return Conversion(into, Fraction(1), ())
        direct = self._leg(told, into, day)
        if direct is not None:
            return Conversion(into, direct[0], (direct[1],))
        ways = []
        for third in self._met:
            one, two = self._leg(told, third, day), self._leg(third, into, day)
            if third not in (told, into) and one is not None and two is not None:
                older = min(one[1].on, two[1].on)
                ways.append((-older.toordinal(), third, Conversion(into, one[0] * two[0], (one[1], two[1]))))
        if ways:
            return min(ways, key=lambda way: way[:2])[2]
        return Unavailable(
            "no-rate",
            f"there is no rate from {told} to {into} for {day.isoformat()}{self._nearest(told, into, day)}",
            f"Tell it: earnest fx set {told}/{into} RATE --on {day.isoformat()} --source WHO",
        )

    def _leg(self, told: str, into: str, day: date) -> tuple[Fraction, FxRate] | None:
        """The fresher of the pair as it is and turned round; of the same day, as it is."""
        straight, turned = self._in_force((told, into), day), self._in_force((into, told), day)
        if straight is not None and (turned is None or straight.on >= turned.on):
            return Fraction(Decimal(straight.rate)), straight
        return (1 / Fraction(Decimal(turned.rate)), turned) if turned is not None else None

    def _in_force(self, pair: tuple[str, str], day: date) -> FxRate | None:
        place = bisect.bisect_right(self._days.get(pair, []), day) - 1
        if place < 0:
            return None
        rate = self._rates[pair][place]
        return rate if (day - rate.on).days < self.hold_days else None

    def _nearest(self, told: str, into: str, day: date) -> str:
        """Where a rate of the pair is too old, say so."""
        days = [on for pair in ((told, into), (into, told)) for on in self._days.get(pair, []) if on <= day]
        if not days:
            return ""
        ended = max(days) + timedelta(days=self.hold_days - 1)
        return f"; the last one before it, of {max(days).isoformat()}, held to {ended.isoformat()} (setting fx_days)"


def read_pair(text: str) -> tuple[str, str]:
    """Read `EUR/USD`.

    Raises:
        UsageError: `bad-pair`, `unknown-currency`.
    """
    found = _PAIR.fullmatch(text.strip())
    if found is None or found[1].upper() == found[2].upper():
        raise UsageError(
            "bad-pair",
            f"'{text}' is not a pair of currencies",
            hint="Write what one unit of the first buys of the second: EUR/USD 1.0832.",
        )
    base, quote = found[1].upper(), found[2].upper()
    exponent(base)
    exponent(quote)
    return base, quote


def read_rate(text: str) -> str:
    """Read a rate exactly; returns its canonical text.

    Raises:
        UsageError: `bad-rate`.
    """
    cleaned = text.strip()
    if not _RATE.fullmatch(cleaned) or Decimal(cleaned) == 0:
        raise UsageError(
            "bad-rate",
            f"'{text}' is not a rate",
            hint="A number above 0 with a decimal point and at most 12 decimals, like 1.0832.",
        )
    plain = format(Decimal(cleaned), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
