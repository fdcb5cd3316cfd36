"""Ratios of sums over units that belong together: messages of one contact, or of one campaign and day, are no independent trials.

ratio r = Σy / Σn over clusters      variance = m/(m − 1) · Σ(y − r·n)² / (Σn)²      m: clusters
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from earnest.incrementality.intervals import Interval, t_half_width, wilson_limits


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Sums over clusters of a number of trials n and of an outcome y: mergeable, as each cluster is in one group only.

    Args:
        clusters: how many. n, y: Σn, Σy. nn, ny, yy: Σn², Σn·y, Σy².
    """

    clusters: int
    n: float
    y: float
    nn: float
    ny: float
    yy: float

    def __add__(self, other: ClusterSums) -> ClusterSums:
        mine, theirs = ((one.n, one.y, one.nn, one.ny, one.yy) for one in (self, other))
        return ClusterSums(self.clusters + other.clusters, *(a + b for a, b in zip(mine, theirs, strict=True)))

    @property
    def ratio(self) -> float:
        """Σy / Σn; there must be trials."""
        assert self.n > 0
        return self.y / self.n

    @property
    def variance(self) -> float | None:
        """Variance of the ratio, of any outcome; None from a single cluster.

        Source: Cochran, Sampling Techniques (1977), ch. 6: linearised variance of a ratio.
        """
        if self.clusters < 2 or self.n <= 0:
            return None
        squares = max(0.0, self.yy - 2 * self.ratio * self.ny + self.ratio**2 * self.nn)
        return self.clusters / (self.clusters - 1) * squares / self.n**2

    def share_interval(self, level: float) -> Interval:
        """Wilson's interval of a share, with as many trials as the clusters are worth, never more than there are."""
        share, variance = self.ratio, self.variance
        trials = self.n
        if variance and 0 < share < 1:
            trials = min(self.n, share * (1 - share) / variance)
        return wilson_limits(share * trials, trials, level)

    def mean_interval(self, level: float, *, more_variance: float = 0.0) -> Interval | None:
        """Student's interval of a mean outcome; None from a single cluster.

        Args:
            more_variance: of what is known apart from these clusters, added to theirs.
        """
        variance = self.variance
        if variance is None:
            return None
        half = t_half_width(math.sqrt(variance + more_variance), self.clusters - 1, level)
        return self.ratio - half, self.ratio + half


def each_of(level: float, number: int) -> float:
    """Level of each of several intervals so that all of them hold together at `level` at least (Bonferroni's).

    Example:
        >>> round(each_of(0.95, 5), 4)
        0.99
    """
    return 1 - (1 - level) / max(number, 1)
