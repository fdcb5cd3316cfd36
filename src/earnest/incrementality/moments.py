"""Mergeable sufficient statistics of one metric in one arm: the currency of every proof.

Units are people (or table rows), each in exactly one arm. Merged over disjoint people, never over days. Sums are kept
exact (integers, fractions) wherever the data are, and the variance is taken in exact arithmetic, so that large
amounts in minor units lose nothing to cancellation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.kernel.errors import UsageError

Number = int | float | Fraction

_ROUNDING = 1e-9
_INT64_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of units, sum and sum of squares of one metric over the units of one arm.

    Args:
        n: units assigned, buyers and non-buyers alike.
        total: Σy, in the metric's unit (money: minor or major units, the same in every arm).
        squares: Σy², in the unit squared.
        nonzero: units with y ≠ 0: the buyers, where the metric is revenue; the events, where it is 0 or 1.

    Raises:
        UsageError: `impossible-moments`; no data can have these sums, so correct the aggregation.

    Example:
        >>> Moments.of(np.array([0, 0, 3, 5])) + Moments.of(np.array([4]))
        Moments(n=5, total=12, squares=50, nonzero=3)
    """

    n: int
    total: Number
    squares: Number
    nonzero: int

    def __post_init__(self) -> None:
        problem = _impossible(self)
        if problem:
            raise UsageError(
                "impossible-moments",
                f"no data: n {self.n}, sum {self.total}, squares {self.squares}, non-zero {self.nonzero}; {problem}",
                hint="Aggregate the metric again over one row per unit.",
                n=self.n,
                nonzero=self.nonzero,
            )

    @classmethod
    def of(cls, values: NDArray[Any]) -> Moments:
        """Moments of one value per unit.

        Whole numbers are summed exactly. Other floats are centred first and put together as fractions, so that the
        variance keeps its digits where the mean is large beside the spread.

        Raises:
            UsageError: `not-a-number`; leave no missing value: a person who bought nothing has 0.
        """
        flat = np.asarray(values).ravel()
        return cls._of_nonzero(flat.size, flat[flat != 0])

    @classmethod
    def of_arms(
        cls, metrics: Mapping[str, NDArray[Any]], codes: NDArray[np.integer[Any]], *, arms: Sequence[str]
    ) -> dict[str, dict[str, Moments]]:
        """Moments of every metric in every arm, as `analyze` takes them: one pass over the units a metric.

        Args:
            metrics: name → one value per unit.
            codes: the unit's arm as its position in `arms`.
            arms: names of the arms.

        Shapes: each metric and `codes` (units,).
        """
        counts = np.bincount(codes, minlength=len(arms))
        assert len(counts) == len(arms)
        made: dict[str, dict[str, Moments]] = {arm: {} for arm in arms}
        for metric, values in metrics.items():
            assert values.shape == codes.shape
            some = np.flatnonzero(values != 0)  # on booleans: three times as fast as on the values
            amounts, owners = values[some], codes[some]
            for code, arm in enumerate(arms):
                made[arm][metric] = cls._of_nonzero(int(counts[code]), amounts[owners == code])
        return made

    @classmethod
    def _of_nonzero(cls, n: int, values: NDArray[Any]) -> Moments:
        """Moments of `n` units of which these values are the non-zero ones."""
        if values.dtype.kind in "bui":
            return cls(n, *_exact_sums(values), values.size)
        amounts = values.astype(np.float64)
        if not np.isfinite(amounts).all():
            raise UsageError(
                "not-a-number", "a metric holds a missing or infinite value", hint="A unit without an event has 0."
            )
        if amounts.size == 0 or (float(np.abs(amounts).max()) < 2**53 and bool((amounts == np.rint(amounts)).all())):
            return cls(n, *_exact_sums(amounts.astype(np.int64)), amounts.size)
        return cls(n, *_centred_sums(amounts), amounts.size)

    @classmethod
    def of_events(cls, n: int, events: int) -> Moments:
        """Moments of a 0/1 metric: `events` of `n` units have it."""
        return cls(n, events, events, events)

    @property
    def exact_mean(self) -> Fraction:
        """Σy / n as a fraction, for differences of large means; the arm must have units."""
        assert self.n > 0
        return Fraction(self.total) / self.n

    @property
    def mean(self) -> float:
        """Σy / n; the arm must have units."""
        return float(self.exact_mean)

    @property
    def variance(self) -> float:
        """Sample variance with n − 1, in the unit squared; the arm must have two units."""
        assert self.n > 1
        total = Fraction(self.total)
        return float(max(Fraction(0), (Fraction(self.squares) - total * total / self.n) / (self.n - 1)))

    @property
    def is_binary(self) -> bool:
        """Whether every value is 0 or 1: Σ(y − 1)² over the non-zero units is exactly 0."""
        return Fraction(self.squares) - 2 * Fraction(self.total) + self.nonzero == 0

    def merge(self, other: Moments) -> Moments:
        """Moments of both groups of units together; no unit may be in both."""
        return Moments(
            self.n + other.n, self.total + other.total, self.squares + other.squares, self.nonzero + other.nonzero
        )

    def __add__(self, other: Moments) -> Moments:
        return self.merge(other)

    def scaled(self, factor: int | Fraction) -> Moments:
        """Moments of factor × y, exactly: from minor to major units with `Fraction(1, 100)`."""
        exact = Fraction(factor)
        nonzero = self.nonzero if exact else 0
        return Moments(self.n, Fraction(self.total) * exact, Fraction(self.squares) * exact * exact, nonzero)


def _impossible(moments: Moments) -> str | None:
    """What is wrong with the sums, in words, or None."""
    if moments.n < 0 or not 0 <= moments.nonzero <= moments.n:
        return "counts must satisfy 0 ≤ non-zero ≤ n"
    if not (math.isfinite(moments.total) and math.isfinite(moments.squares)):
        return "a sum is not finite"
    if moments.squares < 0:
        return "squares cannot add up to less than 0"
    if moments.nonzero == 0 and (moments.total != 0 or moments.squares != 0):
        return "sums of zeros are zero"
    spread, squared = moments.nonzero * Fraction(moments.squares), Fraction(moments.total) ** 2
    if spread < squared and float(squared - spread) > _ROUNDING * float(squared):
        return "the sum is too large for the sum of squares (Cauchy–Schwarz)"
    return None


def _exact_sums(whole: NDArray[Any]) -> tuple[int, int]:
    """Σy and Σy² of whole numbers, without overflow."""
    if whole.size == 0:
        return 0, 0
    largest = max(abs(int(whole.min())), abs(int(whole.max())))
    if largest * largest * whole.size < _INT64_LIMIT:
        narrow = whole.astype(np.int64)
        return int(narrow.sum()), int(np.dot(narrow, narrow))
    numbers = [int(value) for value in whole.tolist()]
    return sum(numbers), sum(value * value for value in numbers)


def _centred_sums(values: NDArray[np.float64]) -> tuple[Fraction, Fraction]:
    """Σy and Σy² from sums about the mean: n·c + Σd and n·c² + 2c·Σd + Σd², put together exactly."""
    centre = float(values.mean())
    deviations = values - centre
    first, second = Fraction(float(deviations.sum())), Fraction(float(np.dot(deviations, deviations)))
    exact = Fraction(centre)
    return values.size * exact + first, values.size * exact * exact + 2 * exact * first + second
