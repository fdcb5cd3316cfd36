"""Linear scales with round ticks.

Positions are percentages of the plot's width, so a drawing stretches while its text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def finite(*values: float | None) -> None:
    """Refuse what cannot be drawn. None is allowed: it stands for "not shown".

    Raises:
        ValueError: a value is NaN or infinite; pass `Unavailable` on as words instead.
    """
    for value in values:
        if value is not None and not math.isfinite(value):
            raise ValueError(f"a chart cannot draw {value}; say in words why the figure is not available")


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that divides `span` into at most `most` steps.

    Example:
        >>> nice_step(7, 7), nice_step(3.2, 5), nice_step(90_000, 4)
        (1.0, 1.0, 50000.0)
    """
    finite(span)
    if span <= 0:
        return 1.0
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5):
        if factor * power >= raw * (1 - 1e-12):
            return float(f"{factor * power:.12g}")
    return float(f"{10 * power:.12g}")


@dataclass(frozen=True, slots=True)
class Scale:
    """A line from `low` to `high` with ticks on it; both ends are ticks where it was made by `over`."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        finite(self.low, self.high)
        if self.high <= self.low:
            raise ValueError(f"a scale needs room: {self.low} to {self.high}")

    @classmethod
    def over(cls, values: Sequence[float], *, most: int = 7, headroom: float = 0.0) -> Scale:
        """A scale that starts at zero (below it where a value is negative) and holds every value.

        Args:
            values: what must fit; none at all gives 0 to 1.
            most: largest number of steps.
            headroom: share of the span kept free above the largest value, so that a mark there is not cut.
        """
        finite(*values)
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        if high == low:
            high = 1.0
        step = nice_step((high - low) * (1 + headroom), most)
        first = math.floor(low / step + 1e-9)
        last = math.ceil((high + (high - low) * headroom) / step - 1e-9)
        ticks = tuple(float(f"{n * step:.12g}") for n in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    @classmethod
    def few(cls, values: Sequence[float], *, most: int, from_zero: bool = True) -> Scale:
        """A scale with at most one tick more than `most`, for grid lines.

        Args:
            values: what must fit.
            most: largest number of steps.
            from_zero: whether zero must be on it; where not, it spans the values alone.

        Example:
            >>> Scale.few([-1, 7], most=4).ticks, Scale.few([96, 103], most=4, from_zero=False).ticks
            ((-5.0, 0.0, 5.0, 10.0), (96.0, 98.0, 100.0, 102.0, 104.0))
        """
        finite(*values)
        low, high = (min(values, default=0.0), max(values, default=0.0))
        if from_zero:
            low, high = min(0.0, low), max(0.0, high)
        if high == low:
            low, high = (low - abs(low) / 2, low + abs(low) / 2) if low else (0.0, 1.0)
        for steps in range(most, 0, -1):
            step = nice_step(high - low, steps)
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
            if last - first <= most:
                break
        ticks = tuple(float(f"{n * step:.12g}") for n in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    def at(self, value: float) -> float:
        """Position of a value, in percent of the plot's width.

        Example:
            >>> Scale(0, 4).at(1)
            25.0
        """
        finite(value)
        return (value - self.low) / (self.high - self.low) * 100
