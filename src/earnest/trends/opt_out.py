"""The price of an opt-out: what people who stayed brought after a message, less what like people brought who left at it.

For all, time begins 72 hours after the message (the landmark), so that leaving within them gives nobody a longer past.
Like people: same campaign and day of the send, and as many orders before. Means of each such stratum are weighted by who left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earnest.kernel.estimate import Unavailable
from earnest.kernel.words import count

LEAST_LEFT = 100
"""People who left and were followed to the end of the horizon."""
LEAST_BUYERS = 10
"""Buyers among those who left, and among those who stayed: with fewer, resampling says nothing of the spread."""
DRAWS = 1_000
SEED = 20_261_122


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """People followed from the landmark to the end of the horizon.

    Args:
        contact: who; one person may stand in both groups, at different messages. left: whether the person opted out.
        stratum: number of the stratum. value: contribution in the horizon, major units. bought: whether anything.

    Shapes: all (people,).
    """

    contact: NDArray[np.int64]
    left: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    value: NDArray[np.float64]
    bought: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PriceFound:
    """The price in major units with its interval, and what it is the difference of.

    Args:
        stayed, gone: mean contribution of those who stayed (weighted like those who left) and of those who left.
        people_left, people_stayed: followed. compared: share of those who left that have anybody like them who stayed.
        variance: of the price.
    """

    value: float
    low: float
    high: float
    variance: float
    stayed: float
    gone: float
    people_left: int
    people_stayed: int
    compared: float


def price(followed: Followed, *, level: float, draws: int = DRAWS, seed: int = SEED) -> PriceFound | Unavailable:
    """Estimate the price; the interval by resampling people (percentiles of Poisson bootstrap weights, seeded).

    Assumes: those who left would otherwise have gone on like those of their stratum who stayed. That is an association: who leaves may
        have been about to buy less anyway, and then the price is too high.
    Source: landmark: Anderson, Cain & Gelber, J Clin Oncol 1 (1983) 710–719; Poisson weights: Hanley & MacGibbon,
        Comput Methods Programs Biomed 83 (2006) 57–62.
    """
    short = _too_short(followed)
    if short is not None:
        return short
    strata = int(followed.stratum.max()) + 1
    cells = followed.stratum * 2 + followed.left
    once = np.ones(followed.value.size)
    point, stayed, gone, compared = _standardised(followed, cells, once, strata=strata)
    if compared == 0:
        return Unavailable(
            "nobody-alike", "nobody who stayed is like those who left", "Import the messages of whole campaigns."
        )
    _, person = np.unique(followed.contact, return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = np.empty(draws)
    for number in range(draws):
        weights = random.poisson(1.0, size=int(person.max()) + 1).astype(np.float64)[person]
        drawn[number] = _standardised(followed, cells, weights, strata=strata)[0]
    tail = (1 - level) / 2
    low, high = (float(end) for end in np.quantile(drawn, [tail, 1 - tail]))
    left = int(followed.left.sum())
    return PriceFound(
        point, low, high, float(drawn.var(ddof=1)), stayed, gone, left, followed.value.size - left, compared
    )


def _too_short(followed: Followed) -> Unavailable | None:
    left = followed.left
    if int(left.sum()) < LEAST_LEFT:
        told = count(int(left.sum()), "person", "people")
        return Unavailable(
            "history-too-short",
            f"{told} opted out and could be followed for the whole horizon; it takes {LEAST_LEFT}",
            "Wait, import older messages and orders, or shorten the horizon: --horizon-days 90.",
        )
    buyers = min(int((followed.bought & left).sum()), int((followed.bought & ~left).sum()))
    if buyers < LEAST_BUYERS:
        return Unavailable(
            "too-few-buyers",
            f"{count(buyers, 'buyer')} in the smaller group within the horizon; it takes {LEAST_BUYERS} to say how sure the price is",
            "Wait, or import older messages and orders; a longer horizon has more buyers.",
        )
    return None


def _standardised(
    followed: Followed, cells: NDArray[np.int64], weights: NDArray[np.float64], *, strata: int
) -> tuple[float, float, float, float]:
    """Difference of means over strata where both groups are, weighted by who left; both means; share of those who left."""
    people = np.bincount(cells, weights, minlength=2 * strata).reshape(strata, 2)
    value = np.bincount(cells, weights * followed.value, minlength=2 * strata).reshape(strata, 2)
    both = (people > 0).all(axis=1)
    share = np.where(both, people[:, 1], 0.0)
    whole = share.sum()
    if whole == 0:
        return 0.0, 0.0, 0.0, 0.0
    means = value[both] / people[both]
    stayed, gone = (means * (share[both] / whole)[:, None]).sum(axis=0)
    return float(stayed - gone), float(stayed), float(gone), float(whole / people[:, 1].sum())
