"""What a day should look like: level, weekday and trend of the ordinary days before it, fitted so that odd days hardly count.

g(expected) = level + weekday + trend      g: log of a count, logit of a share, nothing of a mean
variance    = that of chance alone × (1 + what days differ by beyond chance), estimated from the same days

Fitted by weighted least squares that is repeated (Fisher scoring) with Huber's weights, for many (series, day) pairs at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from earnest.trends.series import WEEK, Family

Array = NDArray[np.float64]

MINIMUM_DAYS = 28
"""Ordinary days with a figure before the day that is judged: four of each weekday."""
WINDOW_DAYS = 56
"""So many of them are used, the latest: eight of each weekday."""
REACH_DAYS = 120
"""They are looked for so far back."""
_BEND = 2.0
"""Standard deviations beyond which a day loses weight; costs 1 % of precision where no day is odd."""
_LEAST_BEND = 3.0
"""Events: where one alone is many standard deviations, it must not be taken for odd, or rare things would be expected never."""
_TERMS = 2 + WEEK
_PRIOR = np.diag([1e-6] + [1.0] * WEEK + [1.0])
"""Weekday effects and the trend over four weeks are drawn to none unless days tell; a factor of e is one standard deviation."""
_EFFICIENCY = 0.8
"""Of the variance estimate, beside the usual one: its degrees of freedom are worth so much."""
_LEAST_SPREAD = 0.02
"""Of a mean, relative to its level: a price that never moved is not known more precisely."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Days to learn from, for B judged days at once. Days that are not there have `trials` 0.

    Args:
        days: day numbers relative to the judged day. weekdays: Monday 0 … Sunday 6. events, trials: see `Series`.

    Shapes: all (B, WINDOW_DAYS).
    """

    family: Family
    days: Array
    weekdays: NDArray[np.int64]
    events: Array
    trials: Array


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was learnt for B judged days.

    Args:
        beta: (B, terms): level, weekdays, trend over 28 days. covariance: (B, terms, terms), its own error.
        extra: (B,): variance between days beyond chance: relative (counts), intra-day correlation (shares), variance (means).
        freedom: (B,): degrees of freedom of that variance. echo: (B,): how much of a day's deviation the next one repeats, 0–0.8.
        scale: (B,): of a mean, the level it was divided by; else 1. size: (B,): of a mean, the usual number of units a day.
    """

    family: Family
    beta: Array
    covariance: Array
    extra: Array
    freedom: Array
    echo: Array
    scale: Array
    size: Array


def fit(window: Window) -> Fit:
    """Learn what is usual from the days of each window."""
    there = window.trials > 0
    scale, size = _scales(window, there)
    targets = (
        window.events / np.maximum(window.trials, 1) / scale[:, None] if window.family == "mean" else window.events
    )
    design = terms(window.days, window.weekdays)
    beta = _start(window, targets, there)
    extra = np.full(len(beta), _LEAST_SPREAD**2 if window.family == "mean" else 0.0)
    hats = np.zeros(len(beta))
    information = np.zeros((len(beta), _TERMS, _TERMS))
    for _ in range(6):
        for _ in range(3):
            beta, information, hats = _step(window, targets, there, design=design, beta=beta, extra=extra, size=size)
        extra = _spread(window, targets, there, design=design, beta=beta, hats=hats, size=size)
    residual = _residuals(window, targets, there, design=design, beta=beta, extra=extra, size=size)
    freedom = np.maximum(_EFFICIENCY * (there.sum(axis=1) - hats), 3.0)
    covariance: Array = np.linalg.inv(information + _PRIOR).astype(np.float64)
    return Fit(window.family, beta, covariance, extra, freedom, _echo(residual, window.days, there), scale, size)


def terms(days: Array, weekdays: NDArray[np.int64]) -> Array:
    """Level, weekday and trend of days, the last in units of four weeks. Shapes: (…,) → (…, terms)."""
    level = np.ones((*days.shape, 1))
    return np.concatenate([level, np.eye(WEEK)[weekdays], days[..., None] / 28.0], axis=-1)


def inverse_link(family: Family, linear: Array) -> Array:
    """The expected count, share or mean."""
    if family == "mean":
        return linear
    bounded = np.clip(linear, -14.0, 20.0)
    return np.exp(bounded) if family == "count" else special.expit(bounded)


def day_variance(family: Family, expected: Array, trials: Array, *, extra: Array, size: Array) -> Array:
    """Variance of a day's events (of a mean: of its value) around what is expected.

    Args:
        expected: count, share or mean. extra, size: see `Fit`, broadcast to the same shape.
    """
    if family == "count":
        return expected * (1 + extra * expected)
    if family == "share":
        return trials * expected * (1 - expected) * (1 + np.maximum(trials - 1, 0) * extra)
    return extra * 0.5 * (1 + size / np.maximum(trials, 1))


def _scales(window: Window, there: NDArray[np.bool_]) -> tuple[Array, Array]:
    if window.family != "mean":
        ones = np.ones(len(window.trials))
        return ones, ones
    values = np.where(there, window.events / np.maximum(window.trials, 1), np.nan)
    units = np.where(there, window.trials, np.nan)
    level = np.abs(np.nanmedian(values, axis=1))
    return np.where(level > 0, level, 1.0), np.nanmedian(units, axis=1)


def _start(window: Window, targets: Array, there: NDArray[np.bool_]) -> Array:
    """A level to begin with: of the typical day, so that one odd day does not lead astray."""
    beta = np.zeros((len(targets), _TERMS))
    if window.family == "share":
        shares = np.where(there, (targets + 0.5) / (window.trials + 1), np.nan)
        beta[:, 0] = special.logit(np.clip(np.nanmedian(shares, axis=1), 1e-6, 1 - 1e-6))
        return beta
    middle = np.nanmedian(np.where(there, targets, np.nan), axis=1)
    beta[:, 0] = np.log(np.maximum(middle, 0.1)) if window.family == "count" else middle
    return beta


def _parts(window: Window, design: Array, beta: Array, *, extra: Array, size: Array) -> tuple[Array, Array, Array]:
    """Expected events of each day, their variance, and how fast they move with the linear predictor."""
    expected = inverse_link(window.family, np.einsum("bij,bj->bi", design, beta))
    spread = day_variance(window.family, expected, window.trials, extra=extra[:, None], size=size[:, None])
    if window.family == "count":
        return expected, spread, expected
    if window.family == "share":
        return window.trials * expected, spread, window.trials * expected * (1 - expected)
    return expected, spread, np.ones_like(expected)


def _residuals(
    window: Window, targets: Array, there: NDArray[np.bool_], *, design: Array, beta: Array, extra: Array, size: Array
) -> Array:
    mean, spread, _ = _parts(window, design, beta, extra=extra, size=size)
    return np.where(there, (targets - mean) / np.sqrt(np.maximum(spread, 1e-12)), 0.0)


def _step(
    window: Window, targets: Array, there: NDArray[np.bool_], *, design: Array, beta: Array, extra: Array, size: Array
) -> tuple[Array, Array, Array]:
    """One round of scoring: coefficients, information, and how many coefficients the days pay for."""
    mean, spread, slope = _parts(window, design, beta, extra=extra, size=size)
    spread = np.maximum(spread, 1e-12)
    bend = np.maximum(_BEND * np.sqrt(spread), _LEAST_BEND if window.family != "mean" else 0.0)
    huber = np.minimum(1.0, bend / np.maximum(np.abs(targets - mean), 1e-12))
    weight = np.where(there, huber * slope * slope / spread, 0.0)
    working = np.where(there, huber * slope * (targets - mean) / spread, 0.0)
    information = np.einsum("bij,bi,bik->bjk", design, weight, design, optimize=True)
    score = np.einsum("bij,bi->bj", design, working) - beta @ _PRIOR
    moved = np.clip(np.linalg.solve(information + _PRIOR, score[..., None])[..., 0], -2.0, 2.0)
    hats = np.einsum("bij,bji->b", np.linalg.inv(information + _PRIOR), information)
    return beta + moved, information, hats


def _spread(
    window: Window, targets: Array, there: NDArray[np.bool_], *, design: Array, beta: Array, hats: Array, size: Array
) -> Array:
    """Variance between days beyond chance, by Huber's second proposal: capped squares are as large on average as they should be."""
    known = np.maximum(there.sum(axis=1) - hats, 1.0)
    due = _capped_square() * known
    least = _LEAST_SPREAD**2 if window.family == "mean" else 0.0

    expected = inverse_link(window.family, np.einsum("bij,bj->bi", design, beta))
    mean = window.trials * expected if window.family == "share" else expected
    squares = np.where(there, (targets - mean) ** 2, 0.0)

    def excess(extra: Array) -> Array:
        spread = day_variance(window.family, expected, window.trials, extra=extra[:, None], size=size[:, None])
        capped: Array = np.minimum(squares / np.maximum(spread, 1e-12), _BEND**2).sum(axis=1)
        over: Array = capped - due
        return over

    low, high = np.full(len(beta), -9.0), np.full(len(beta), 3.0)
    for _ in range(20):
        middle = (low + high) / 2
        above = excess(np.power(10.0, middle)) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    found: Array = np.power(10.0, high)
    quiet = excess(np.full(len(beta), max(least, 1e-9))) <= 0
    return np.where(quiet, least, np.maximum(found, least))


def _capped_square() -> float:
    """E min(Z², k²) of a standard normal Z."""
    density = np.exp(-(_BEND**2) / 2) / np.sqrt(2 * np.pi)
    inside = 2 * special.ndtr(_BEND) - 1
    return float(inside - 2 * _BEND * density + 2 * _BEND**2 * special.ndtr(-_BEND))


def _echo(residual: Array, days: Array, there: NDArray[np.bool_]) -> Array:
    """Correlation of a day's deviation with the next day's; below 0 it is taken as none."""
    capped = np.clip(residual, -_BEND, _BEND)
    next_to = there[:, 1:] & there[:, :-1] & (np.abs(days[:, 1:] - days[:, :-1]) == 1)
    pairs = np.maximum(next_to.sum(axis=1), 1)
    together = np.where(next_to, capped[:, 1:] * capped[:, :-1], 0.0).sum(axis=1) / pairs
    squares = np.where(there, capped**2, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.clip(np.where(squares > 0, together / np.maximum(squares, 1e-12), 0.0), 0.0, 0.8)
