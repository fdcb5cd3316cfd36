"""How odd a day or a week is: its place in the distribution that the days before it foretell.

counts      negative binomial      shares      negative binomial of the rarer side, beta where it is not rare      means      normal

The spread is itself an estimate: the normal score of that place is read from Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from earnest.trends.series import Family

Array = NDArray[np.float64]

_RARE = 0.1
"""Up to this share of events their number is taken as a count."""
_LEAST_P = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """What is expected of B spans of days.

    Args:
        mean: events (of a mean family: the value). variance: of the observed around it, the error of the mean included.
        trials: denominators, for shares. freedom: degrees of freedom of the variance.

    Shapes: all (B,).
    """

    family: Family
    mean: Array
    variance: Array
    trials: Array
    freedom: Array


def two_sided(foretold: Foretold, observed: Array) -> tuple[Array, NDArray[np.int64]]:
    """p of so odd a number or an odder one, and its direction (1 above, −1 below what is expected)."""
    below, above = _tails(foretold, observed)
    direction = np.where(observed >= foretold.mean, 1, -1)
    tail = np.clip(np.where(direction > 0, above, below), _LEAST_P, 0.5)
    score = special.ndtri(tail)
    return np.clip(2 * special.stdtr(foretold.freedom, score), _LEAST_P, 1.0), direction


def interval(foretold: Foretold, level: float) -> tuple[Array, Array]:
    """Between which numbers the observed lies with this chance; of shares and means in the unit of the mean."""
    z = special.stdtrit(foretold.freedom, (1 + level) / 2)
    tail = special.ndtr(-np.abs(z))
    return _quantile(foretold, tail), _quantile(foretold, 1 - tail)


def _tails(foretold: Foretold, observed: Array) -> tuple[Array, Array]:
    """P(Y ≤ observed) and P(Y ≥ observed)."""
    mean, variance, trials = foretold.mean, foretold.variance, foretold.trials
    if foretold.family == "mean":
        score = (observed - mean) / np.sqrt(variance)
        return special.ndtr(score), special.ndtr(-score)
    if foretold.family == "count":
        return _count_tails(mean, variance, observed)
    flipped = mean > trials / 2
    rare_mean = np.where(flipped, trials - mean, mean)
    rare_seen = np.where(flipped, trials - observed, observed)
    counted = _count_tails(rare_mean, variance, rare_seen)
    smooth = _beta_tails(rare_mean, variance, rare_seen, trials=trials)
    rare = rare_mean <= _RARE * trials
    below, above = (np.where(rare, one, other) for one, other in zip(counted, smooth, strict=True))
    return np.where(flipped, above, below), np.where(flipped, below, above)


def _count_tails(mean: Array, variance: Array, observed: Array) -> tuple[Array, Array]:
    mean = np.maximum(mean, 1e-9)
    size, chance = _binomial_shape(mean, variance)
    seen = np.maximum(observed, 0.0)
    below = special.betainc(size, seen + 1, chance)
    above = np.where(seen > 0, special.betaincc(size, np.maximum(seen, 1e-9), chance), 1.0)
    return np.asarray(below, dtype=np.float64), np.asarray(above, dtype=np.float64)


def _binomial_shape(mean: Array, variance: Array) -> tuple[Array, Array]:
    """Size and chance of the negative binomial; Poisson, nearly, where there is no more variance than that."""
    extra = np.maximum(variance - mean, 1e-6 * mean)
    size = mean * mean / extra
    return size, size / (size + mean)


def _beta_tails(mean: Array, variance: Array, observed: Array, *, trials: Array) -> tuple[Array, Array]:
    first, second = _beta_shape(mean, variance, trials)
    up = np.clip((observed + 0.5) / trials, 0.0, 1.0)
    down = np.clip((observed - 0.5) / trials, 0.0, 1.0)
    below, above = special.betainc(first, second, up), special.betaincc(first, second, down)
    return np.asarray(below, dtype=np.float64), np.asarray(above, dtype=np.float64)


def _beta_shape(mean: Array, variance: Array, trials: Array) -> tuple[Array, Array]:
    safe = np.maximum(trials, 1.0)
    share = np.clip(mean / safe, 1e-9, 1 - 1e-9)
    spread = np.clip(variance / safe**2, 1e-12, share * (1 - share) * 0.999)
    together = share * (1 - share) / spread - 1
    return share * together, (1 - share) * together


def _quantile(foretold: Foretold, chance: Array) -> Array:
    mean, variance, trials = foretold.mean, foretold.variance, foretold.trials
    if foretold.family == "mean":
        return mean + special.ndtri(chance) * np.sqrt(variance)
    if foretold.family == "count":
        size, share = _binomial_shape(np.maximum(mean, 1e-9), variance)
        return np.asarray(stats.nbinom.ppf(chance, size, share), dtype=np.float64)
    first, second = _beta_shape(mean, variance, trials)
    return np.asarray(special.betaincinv(first, second, chance) * trials, dtype=np.float64)
