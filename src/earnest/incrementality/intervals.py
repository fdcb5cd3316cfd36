"""Intervals from which differences are made: Student's t for means, score and exact binomial limits for proportions."""

from __future__ import annotations

import math
import sys

import numpy as np
from scipy import special, stats

from earnest.incrementality.moments import Moments
from earnest.kernel.errors import UsageError

Interval = tuple[float, float]

LEVEL = 0.95
"""Default confidence level: the one the field reads without asking."""

SMALLEST_P = sys.float_info.min
"""What a p-value too small for a float is given as: no finite sample proves a probability of 0."""


def checked_level(level: float) -> float:
    """The level itself, if it lies strictly between 0 and 1.

    Raises:
        UsageError: `level-out-of-range`; 95 % is 0.95.
    """
    if not 0 < level < 1:
        raise UsageError(
            "level-out-of-range", f"level {level} is not between 0 and 1", hint="Write 95 % as 0.95.", level=level
        )
    return level


def t_half_width(se: float, df: float, level: float) -> float:
    """Half the width of a two-sided t interval, in the unit of `se`."""
    return float(special.stdtrit(df, (1 + checked_level(level)) / 2)) * se


def t_p_value(value: float, se: float, df: float) -> float:
    """Two-sided p of value = 0; never 0, at worst the smallest float."""
    return max(2 * float(special.stdtr(df, -abs(value / se))), SMALLEST_P)


def wilson_limits(events: float, n: float, level: float) -> Interval:
    """Score interval of one proportion; of weighted answers with their effective number as `n`.

    Source: Wilson, JASA 22 (1927) 209–212.
    """
    z = float(special.ndtri((1 + checked_level(level)) / 2))
    share = events / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (0.0 if events == 0 else middle - half, 1.0 if events == n else middle + half)


def net_score_limits(net: int, poles: int, n: int, level: float) -> Interval:
    """Interval of a mean of −1, 0 and +1, as promoters less detractors; adjusted, so that it holds for few answers too.

    Args:
        net: sum of the values. poles: how many are not 0. n: of all.

    Source: Rocks, The American Statistician 70 (2016) 365–372: 3 answers are added, ¾ of them promoters and ¾ detractors.
    """
    z = float(special.ndtri((1 + checked_level(level)) / 2))
    added = n + 3
    middle = net / added
    half = z * math.sqrt(((poles + 1.5) / added - middle * middle) / added)
    return (max(min(middle - half, net / n), -1.0), min(max(middle + half, net / n), 1.0))


def clopper_pearson_limits(events: int, n: int, level: float) -> Interval:
    """Exact interval of one proportion: never covers less than `level`.

    Source: Clopper & Pearson, Biometrika 26 (1934) 404–413.
    """
    tail = (1 - checked_level(level)) / 2
    low = 0.0 if events == 0 else float(special.betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(special.betaincinv(events + 1, n - events, 1 - tail))
    return low, high


def newcombe_interval(treated: Moments, control: Moments, *, level: float = LEVEL) -> Interval:
    """Difference of two proportions, each arm's Wilson limits put together (Newcombe's method 10).

    Assumes: both metrics are 0/1 and both arms have units.
    Source: Newcombe, Statistics in Medicine 17 (1998) 873–890.
    """
    arms = [(arm.nonzero, arm.n) for arm in (treated, control)]
    return _put_together(arms, [wilson_limits(*arm, level) for arm in arms])


def exact_limits_interval(events: tuple[int, int], units: tuple[int, int], level: float) -> Interval:
    """Difference of two proportions (treated − control), each arm's Clopper–Pearson limits put together.

    Coverage is not a theorem but was enumerated (tests/simulation): at least 94.9 % at a nominal 95 %.

    Source: Zou & Donner, Statistics in Medicine 27 (2008) 1693–1702 (MOVER).
    """
    arms = list(zip(events, units, strict=True))
    return _put_together(arms, [clopper_pearson_limits(*arm, level) for arm in arms])


def fisher_p_value(events: tuple[int, int], units: tuple[int, int]) -> float:
    """Two-sided p of equal proportions, exact given the total number of events; never 0."""
    table = np.array([[events[0], units[0] - events[0]], [events[1], units[1] - events[1]]])
    return max(float(stats.fisher_exact(table).pvalue), SMALLEST_P)


def _put_together(arms: list[tuple[int, int]], limits: list[Interval]) -> Interval:
    """Limits of p₁ − p₂ from the limits of each: squared distances to the nearer ends add up."""
    (first, second), ((low_1, high_1), (low_2, high_2)) = (events / n for events, n in arms), limits
    difference = first - second
    low = difference - math.hypot(first - low_1, high_2 - second)
    high = difference + math.hypot(high_1 - first, second - low_2)
    return low, high
