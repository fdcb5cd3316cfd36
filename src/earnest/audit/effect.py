"""What a defect adds to the figures, in money: attributed revenue, cost, contribution, and incremental revenue.

Signs tell what the defect did: +100 means that the figures are 100 too good. contribution = attributed × margin − cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from earnest.kernel.estimate import Estimate

Method = Literal["exact", "bounds", "chance", "prediction"]
"""exact: recomputed without rows that are surely wrong. bounds: the truth lies between, nobody knows where. chance: less
what coincidence alone explains. prediction: what is missing, as the rest of the data would have it."""


@dataclass(frozen=True, slots=True)
class Range:
    """An amount in major units, and the ends of its interval; all three are equal where it is exact."""

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> Range:
        return cls(value, value, value)

    @classmethod
    def between(cls, one: float, other: float) -> Range:
        """Somewhere between two ends; the middle is shown."""
        return cls((one + other) / 2, min(one, other), max(one, other))

    def times(self, factor: float) -> Range:
        low, high = sorted((self.low * factor, self.high * factor))
        return Range(self.value * factor, low, high)

    def scaled(self, factor: Range) -> Range:
        """Times an uncertain factor; of an exact amount."""
        ends = (self.value * factor.low, self.value * factor.high)
        return Range(self.value * factor.value, min(ends), max(ends))

    def wider(self, by: float) -> Range:
        """With another source of chance: half widths add up in squares."""
        down, up = (math.hypot(side, by) for side in self.sides)
        return Range(self.value, self.value - down, self.value + up)

    def __add__(self, other: Range) -> Range:
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)

    @property
    def sides(self) -> tuple[float, float]:
        """How far the ends are away."""
        return self.value - self.low, self.high - self.value

    def estimate(self, currency: str, *, level: float, method: str, basis: str) -> Estimate:
        return Estimate(
            self.value,
            currency,
            low=self.low,
            high=self.high,
            level=level if method not in ("exact", "bounds") else 1.0,
            method=method,
            basis=basis,
            definition="audit_effect@1",
        )


ZERO = Range.exact(0.0)


@dataclass(frozen=True, slots=True)
class Change:
    """What a defect adds to one campaign's figures. `incremental` is None where no experiment judges it."""

    attributed: Range = ZERO
    cost: Range = ZERO
    incremental: Range | None = None

    def contribution(self, margin: float) -> Range:
        return self.attributed.times(margin) + self.cost.times(-1)

    def scaled(self, factor: Range) -> Change:
        extra = self.incremental.scaled(factor) if self.incremental is not None else None
        return Change(self.attributed.scaled(factor), self.cost.scaled(factor), extra)

    def wider(self, by: float) -> Change:
        """With more chance in attributed revenue."""
        return Change(self.attributed.wider(by), self.cost, self.incremental)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a defect adds, by campaign ("" holds what belongs to none), and how sure that is.

    `share`: of the offending rows that coincidence does not explain, where that is taken off.
    """

    by_campaign: Mapping[str, Change] = field(default_factory=dict)
    method: Method = "exact"
    share: float | None = None

    def contribution(self, margins: Mapping[str, float]) -> Range:
        """Of all campaigns together: predictions of different campaigns err apart, everything else errs together."""
        parts = [change.contribution(margins.get(name, 1.0)) for name, change in self.by_campaign.items()]
        return total(parts, apart=self.method == "prediction")

    def attributed(self) -> Range:
        return total([one.attributed for one in self.by_campaign.values()], apart=self.method == "prediction")

    def cost(self) -> Range:
        return total([one.cost for one in self.by_campaign.values()], apart=self.method == "prediction")


def total(parts: list[Range], *, apart: bool) -> Range:
    """Sum of ranges: ends add up where they err together, in squares where they err apart."""
    value = math.fsum(one.value for one in parts)
    if not apart:
        return Range(value, math.fsum(one.low for one in parts), math.fsum(one.high for one in parts))
    down = math.sqrt(math.fsum(one.sides[0] ** 2 for one in parts))
    up = math.sqrt(math.fsum(one.sides[1] ** 2 for one in parts))
    return Range(value, value - down, value + up)
