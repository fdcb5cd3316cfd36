"""Sampling and defects in one interval; bounds where nothing may be assumed; how strong a hidden cause would have to be.

    R_true = R_observed · (1 − d) / (c · m)      return = R_true · margin / cost

    d  share of the orders that are told twice       c  share of finance's orders that came here
    m  share of the orders whose customer is known   cost between the bill and the prices of its messages

Source: Manski, Nonparametric bounds on treatment effects (1990); VanderWeele and Ding, Sensitivity analysis in observational
research: introducing the E-value, Ann. Intern. Med. 167 (2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy
import numpy.typing

DRAWS = 10_000
SEED = 20_260_901
"""Of the draws: the same data give the same interval."""

Draws = numpy.typing.NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """An uncertain share, 0 to 1: Beta(a, b), or a fixed value. `known`: False for what is only assumed."""

    a: float
    b: float
    fixed: float | None = None
    known: bool = True

    @classmethod
    def of(cls, count: float, total: float) -> Share:
        """What `count` of `total` say: Beta with half a case added to each side (Jeffreys)."""
        return cls(max(0.0, count) + 0.5, max(0.0, total - count) + 0.5)

    @classmethod
    def exactly(cls, value: float, *, known: bool = True) -> Share:
        return cls(0, 0, value, known)

    @property
    def mean(self) -> float:
        return self.fixed if self.fixed is not None else self.a / (self.a + self.b)

    def draw(self, random: numpy.random.Generator, draws: int) -> Draws:
        return numpy.full(draws, self.fixed) if self.fixed is not None else random.beta(self.a, self.b, draws)

    def to_json(self) -> dict[str, Any]:
        return {"mean": self.mean, "known": self.known, "exact": self.fixed is not None}


@dataclass(frozen=True, slots=True)
class Defects:
    """What is known of the defects that scale revenue: duplicates d, capture c, match m; and the cost, between two ends."""

    duplicates: Share
    capture: Share
    match: Share

    @property
    def factor(self) -> float:
        """R_true / R_observed at the means.

        Example:
            >>> fixed = (Share.exactly(one) for one in (0.02, 0.95, 0.88))
            >>> round(Defects(*fixed).factor, 6)
            1.172249
        """
        return (1 - self.duplicates.mean) / (self.capture.mean * self.match.mean)

    def draw(self, random: numpy.random.Generator, draws: int) -> Draws:
        d, c, m = (one.draw(random, draws) for one in (self.duplicates, self.capture, self.match))
        return (1 - d) / (c * m)


@dataclass(frozen=True, slots=True)
class TotalInterval:
    """A return with three intervals: as observed, of sampling alone, and of sampling and defects together.

    Args:
        observed: uncorrected point. sampling: its interval. value, low, high: corrected, total. factor: R_true / R_observed.
    """

    observed: float
    sampling: tuple[float, float]
    value: float
    low: float
    high: float
    factor: float
    level: float

    def to_json(self) -> dict[str, Any]:
        return {
            "observed": self.observed,
            "sampling": list(self.sampling),
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "factor": self.factor,
            "level": self.level,
        }


def total_interval(
    revenue: tuple[float, float],
    cost: tuple[float, float],
    defects: Defects,
    *,
    margin: float,
    level: float,
    draws: int = DRAWS,
    seed: int = SEED,
) -> TotalInterval:
    """Return on cost with its total interval, by Monte Carlo.

    Args:
        revenue: point and standard error, in major units. cost: its two ends, both above 0; the first is the one in force.
        margin: gross margin, 0–1. level: of the interval.

    Assumes: orders are missing, doubled and unmatched at random; sampling errors are normal.
    """
    random = numpy.random.default_rng(seed)
    sampled = random.normal(revenue[0], revenue[1], draws) * margin
    paid = random.uniform(min(cost), max(cost), draws)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = numpy.quantile(sampled * defects.draw(random, draws) / paid, tails)
    before, after = numpy.quantile(sampled / cost[0], tails)
    observed = revenue[0] * margin / cost[0]
    middle = revenue[0] * margin * defects.factor / ((cost[0] + cost[1]) / 2)
    return TotalInterval(
        observed, (float(before), float(after)), middle, float(low), float(high), defects.factor, level
    )


def worst_case(rate: float, missing: float) -> tuple[float, float]:
    """Bounds of a rate of which a share is missing and nothing is assumed about it (Manski).

    Example:
        >>> worst_case(0.05, 0.1)
        (0.045000000000000005, 0.14500000000000002)
    """
    seen = rate * (1 - missing)
    return seen, seen + missing


def worst_difference(treated: tuple[float, float], control: tuple[float, float]) -> tuple[float, float]:
    """Bounds of the difference of two rates, each (rate, missing share)."""
    (low_t, high_t), (low_c, high_c) = worst_case(*treated), worst_case(*control)
    return low_t - high_c, high_t - low_c


def tipping_point(treated: tuple[float, float], control: tuple[float, float]) -> float | None:
    """How much worse the missing treated and better the missing control must have done to erase the difference.

    The rate of the missing treated is lower by δ than that of the seen ones, of the missing control higher by δ: the difference
    vanishes at δ = (p_T − p_C) / (m_T + m_C). None: no δ that leaves both rates between 0 and 1 does.

    Args:
        treated, control: (rate, missing share) of each arm.

    Example:
        >>> round(tipping_point((0.05, 0.3), (0.04, 0.3)), 6)
        0.016667
    """
    missing = treated[1] + control[1]
    if missing <= 0:
        return None
    delta = (treated[0] - control[0]) / missing
    inside = 0 <= treated[0] - delta <= 1 and 0 <= control[0] + delta <= 1
    return delta if inside else None


def e_value(ratio: float) -> float:
    """Least strength, as a risk ratio, of a hidden cause with both message and purchase that would explain a ratio away.

    Example:
        >>> round(e_value(3.9), 2), round(e_value(1.8), 2), round(e_value(1.2), 2)
        (7.26, 3.0, 1.69)
    """
    above = ratio if ratio >= 1 else 1 / ratio
    return above + math.sqrt(above * (above - 1))


def e_value_limit(low: float, high: float) -> float:
    """E-value of an interval: that of the end nearest 1, and 1 where the interval holds 1."""
    if low <= 1 <= high:
        return 1.0
    return e_value(low if low > 1 else high)
