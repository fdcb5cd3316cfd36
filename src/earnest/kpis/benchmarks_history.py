"""A campaign among comparable ones: the range of the earlier ones, and the share of them it lies above, as an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earnest.incrementality.intervals import wilson_limits
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kpis.benchmarks import Benchmark, Grade, TypicalRange, typical_range
from earnest.kpis.benchmarks_shrinkage import FEWEST_PEERS

RANGE = (0.10, 0.90)
"""The typical range holds the middle eight tenths of the earlier campaigns: with hundreds, the two oddest say nothing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An earlier campaign of the same channel, purpose and definition.

    Args:
        above, below: the exact sums of its KPI where it is a ratio of counts; None where it is not.
    """

    campaign: str
    figure: Figure
    above: int | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Typical:
    """What a figure is held against.

    Args:
        source: own history first, then the workspace's rows, then published ones. count: campaigns or figures behind it.
        words: for people: "own history (7 campaigns)", or the publishers with their grade.
    """

    low: float
    high: float
    source: Literal["own-history", "own-rows", "published"]
    count: int
    words: str


def own_history(values: Sequence[float]) -> Typical | None:
    """The range of a workspace's own earlier campaigns; None below five.

    Returns:
        10th to 90th percentile, interpolated between order statistics (Hyndman and Fan's type 7).
    """
    if len(values) < FEWEST_PEERS:
        return None
    low, high = (float(one) for one in np.quantile(np.array(values), RANGE))
    return Typical(low, high, "own-history", len(values), f"own history ({len(values)} campaigns)")


def from_rows(rows: Sequence[Benchmark]) -> Typical | None:
    """The range of benchmark rows of one definition, the workspace's own before the published; None where none has a range."""
    typical = typical_range(rows)
    if typical is None:
        return None
    return Typical(
        float(typical.low),
        float(typical.high),
        "own-rows" if typical.grade is Grade.OWN else "published",
        typical.count,
        cited(typical),
    )


def cited(typical: TypicalRange) -> str:
    """Publishers, grade and number of figures, in words."""
    publishers = ", ".join(sorted({row.publisher for row in typical.sources}))
    return f"{publishers} ({typical.grade.value.replace('_', ' ')}, {typical.count} figures)"


@dataclass(frozen=True, slots=True)
class Standing:
    """The share of comparable figures that one lies above.

    Args:
        share: 0–1, ties counted half. low, high: how far chance could move it: of the figure itself, and of there being only
            so many to compare with.
    """

    share: float
    low: float
    high: float
    peers: int


def standing(
    value: float, peers: Sequence[float], *, interval: tuple[float, float] | None, level: float
) -> Standing | Unavailable:
    """Where a figure stands among comparable ones.

    Args:
        interval: of the figure at `level`; None where it is exact.

    Unavailable: `too-few-peers`: below five.

    Returns:
        The interval goes from the lower Wilson limit of the share surely below (below `interval`'s lower end) to the upper limit
        of the share not surely above: it covers both doubts, and so is wider than either alone.
    """
    n = len(peers)
    if n < FEWEST_PEERS:
        return Unavailable(
            "too-few-peers",
            f"there {'is' if n == 1 else 'are'} {n} comparable figure{'' if n == 1 else 's'}, and a standing needs {FEWEST_PEERS}",
            "Wait for more campaigns of the same channel and purpose, or add figures: earnest benchmark add.",
        )
    low, high = interval or (value, value)
    below = sum(peer < value for peer in peers) + sum(peer == value for peer in peers) / 2
    surely = sum(peer < low for peer in peers)
    at_most = sum(peer <= high for peer in peers)
    return Standing(below / n, wilson_limits(surely, n, level)[0], wilson_limits(at_most, n, level)[1], n)
