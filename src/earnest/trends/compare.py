"""Which cells do better: each against all others, within campaigns only, so that a good campaign makes no good hour.

stratum: a campaign      difference = Σ w·(rate in the cell − rate elsewhere), w = n₁n₀/(n₁ + n₀)  (Mantel and Haenszel)
cluster: a campaign's day: messages of one day share its luck
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earnest.incrementality.intervals import t_half_width
from earnest.kernel.estimate import Unavailable

LEAST_CLUSTERS = 5
"""Days of sending, at least, that a cell and the others each rest on."""
LEAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """A cell less the others of the same campaigns.

    Args:
        value, low, high: difference of shares, 0–1. here, elsewhere: the two shares, both weighted by the strata alike.
        messages: of the cell in campaigns that stand in other cells too. clusters: days of sending behind it.
    """

    value: float
    low: float
    high: float
    here: float
    elsewhere: float
    messages: int
    clusters: int

    @property
    def standing(self) -> str:
        """``better``, ``worse`` or ``cannot-tell``, before it is known which way is good: more, fewer."""
        return "more" if self.low > 0 else "fewer" if self.high < 0 else "cannot-tell"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sums by cell, campaign and day.

    Args:
        cell, stratum, cluster: numbers from 0 on. trials, events: messages, and those with the answer.

    Shapes: all (rows,).
    """

    cell: NDArray[np.int64]
    stratum: NDArray[np.int64]
    cluster: NDArray[np.int64]
    trials: NDArray[np.float64]
    events: NDArray[np.float64]


def compare(cells: Cells, cell: int, *, level: float) -> Compared | Unavailable:
    """One cell against the others, as far as campaigns stand in both.

    Args:
        level: of this interval; where many cells are compared, that of each so that all hold together.

    Source: Mantel & Haenszel, JNCI 22 (1959) 719–748; variance by clusters: Liang & Zeger, Biometrika 73 (1986) 13–22.
    """
    inside = cells.cell == cell
    strata = int(cells.stratum.max()) + 1
    sums: list[NDArray[np.float64]] = [
        np.bincount(cells.stratum[side], column[side], minlength=strata).astype(np.float64)
        for side in (inside, ~inside)
        for column in (cells.trials, cells.events)
    ]
    n1, y1, n0, y0 = sums
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        return _apart()
    weight = np.where(both, n1 * n0 / np.maximum(n1 + n0, 1), 0.0)
    weight = weight / weight.sum()
    rates = [np.where(both, y / np.maximum(n, 1), 0.0) for y, n in ((y1, n1), (y0, n0))]
    used = both[cells.stratum]
    days = [np.unique(cells.cluster[used & side]).size for side in (inside, ~inside)]
    events = [float(cells.events[used & side].sum()) for side in (inside, ~inside)]
    if min(days) < LEAST_CLUSTERS or min(events) < LEAST_EVENTS:
        return _too_little(min(days), int(min(events)))
    here, elsewhere = (float((weight * rate).sum()) for rate in rates)
    error = math.sqrt(_variance(cells, inside, used, weight=weight, rates=rates, trials=(n1, n0)))
    half = t_half_width(error, max(min(days) - 1, 1), level)
    value = here - elsewhere
    return Compared(value, value - half, value + half, here, elsewhere, int(n1[both].sum()), days[0] + days[1])


def _variance(
    cells: Cells,
    inside: NDArray[np.bool_],
    used: NDArray[np.bool_],
    *,
    weight: NDArray[np.float64],
    rates: list[NDArray[np.float64]],
    trials: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """By clusters, and never less than messages by themselves would give."""
    stratum = cells.stratum
    rate = np.where(inside, rates[0][stratum], rates[1][stratum])
    size = np.where(inside, trials[0][stratum], trials[1][stratum])
    sign = np.where(inside, 1.0, -1.0)
    influence = np.where(used, sign * weight[stratum] * (cells.events - rate * cells.trials) / np.maximum(size, 1), 0.0)
    by_cluster = np.bincount(cells.cluster, influence)
    clusters = np.unique(cells.cluster[used]).size
    clustered = clusters / max(clusters - 1, 1) * float((by_cluster**2).sum())
    alone = sum(
        float((weight**2 * share * (1 - share) / np.maximum(number, 1)).sum())
        for share, number in zip(rates, trials, strict=True)
    )
    return max(clustered, alone)


def _apart() -> Unavailable:
    return Unavailable(
        "one-campaign-each",
        "none of its campaigns was sent elsewhere too, so that nobody can tell the cell from the campaign",
        "Send the same campaign in both, and let chance decide who gets it when.",
    )


def _too_little(days: int, events: int) -> Unavailable:
    return Unavailable(
        "too-few-days" if days < LEAST_CLUSTERS else "too-few-events",
        f"it rests on {days} days of sending and {events} answers; it takes {LEAST_CLUSTERS} days and {LEAST_EVENTS} answers on both sides",
        "Send more of the same campaigns in both, or let chance decide.",
    )
