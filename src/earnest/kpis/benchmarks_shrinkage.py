"""Small samples drawn towards what comparable campaigns show: raw, shrunk, and how much weight the campaign's own data keeps.

    rates   beta–binomial     shrunk = (a + events) / (a + b + trials)      weight = trials / (a + b + trials)
    counts  gamma–Poisson     shrunk = (α + events) / (β + exposure)        weight = exposure / (β + exposure)
    lifts   normal–normal     shrunk = mean + weight · (value − mean)       weight = 1 − (k − 3)/(k − 1) · s² / (s² + τ²)

The prior is estimated from the campaigns themselves (empirical Bayes), so it holds as little as they do: at least five.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special, stats

from earnest.incrementality.intervals import checked_level
from earnest.kernel.errors import UsageError

FEWEST_PEERS = 5
"""Comparable figures below which nothing is said of how one stands among them."""

Family = Literal["beta-binomial", "gamma-poisson", "normal-normal"]
_LOG_BOUNDS = (-12.0, 25.0)
"""Where a prior's strength is looked for: at e^25 the campaigns do not differ beyond chance."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What comparable figures say of one not yet seen.

    Args:
        a, b: beta's two, gamma's shape and rate, or the normal's mean and variance τ².
        peers: how many figures it was estimated from. log_likelihood: at the estimate; None for the normal, estimated by moments.
    """

    family: Family
    a: float
    b: float
    peers: int
    log_likelihood: float | None = None

    @property
    def mean(self) -> float:
        """The figure expected of a campaign before any of its data."""
        return {"beta-binomial": self.a / (self.a + self.b), "gamma-poisson": self.a / self.b}.get(self.family, self.a)


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A figure as counted and drawn towards the mean of its peers.

    Args:
        weight: share of its own data in the shrunk figure, 0–1. low, high: central interval of the posterior at the level asked.
    """

    raw: float
    shrunk: float
    weight: float
    low: float
    high: float
    prior: Prior


def beta_prior(events: Sequence[int], trials: Sequence[int]) -> Prior:
    """The beta prior of rates by maximum likelihood.

    Args:
        events, trials: of each campaign; those without trials are left out.

    Raises:
        UsageError: `too-few-peers`.

    Source: Efron & Morris, JASA 70 (1975) for the example; Casella, The American Statistician 39 (1985).
    """
    pairs = [(e, n) for e, n in zip(events, trials, strict=True) if n]
    x, n = (np.array(side, dtype=float) for side in zip(*_enough(pairs), strict=True))

    def of(logs: np.ndarray) -> tuple[float, float]:
        mean, strength = float(special.expit(logs[0])), math.exp(float(logs[1]))
        return mean * strength, (1 - mean) * strength

    def minus(logs: np.ndarray) -> float:
        a, b = of(logs)
        return -float(np.sum(special.betaln(a + x, b + n - x) - special.betaln(a, b)))

    pooled = (x.sum() + 0.5) / (n.sum() + 1)
    (a, b), best = of(found := _least(minus, math.log(pooled / (1 - pooled)))), -minus(found)
    return Prior("beta-binomial", a, b, len(pairs), best)


def gamma_prior(events: Sequence[int], exposures: Sequence[float]) -> Prior:
    """The gamma prior of counts by maximum likelihood (the marginal is negative binomial).

    Args:
        events: counts. exposures: what they are counted over (messages delivered); those without are left out.

    Raises:
        UsageError: `too-few-peers`.
    """
    pairs = [(e, n) for e, n in zip(events, exposures, strict=True) if n]
    x, n = (np.array(side, dtype=float) for side in zip(*_enough(pairs), strict=True))

    def of(logs: np.ndarray) -> tuple[float, float]:
        mean, rate = math.exp(float(logs[0])), math.exp(float(logs[1]))
        return mean * rate, rate

    def minus(logs: np.ndarray) -> float:
        a, b = of(logs)
        kernel = special.gammaln(x + a) - special.gammaln(a) + a * np.log(b / (b + n)) + x * np.log(n / (b + n))
        return -float(np.sum(kernel))

    found = _least(minus, math.log((x.sum() + 0.5) / n.sum()))
    a, b = of(found)
    return Prior("gamma-poisson", a, b, len(pairs), -minus(found))


def normal_prior(values: Sequence[float], errors: Sequence[float]) -> Prior:
    """The normal prior of lifts: mean and variance by moments (Paule and Mandel).

    Args:
        values: one lift a campaign. errors: their standard errors.

    Raises:
        UsageError: `too-few-peers`.

    Source: Paule & Mandel, J. Res. NBS 87 (1982); with equal errors it is the mean and spread of Efron & Morris (1975).
    """
    pairs = _enough(list(zip(values, errors, strict=True)))
    y, v = np.array([value for value, _ in pairs]), np.array([error * error for _, error in pairs])

    def excess(spread: float) -> float:
        w = 1 / (v + spread)
        return float(np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)) - (len(y) - 1)

    spread = 0.0
    if excess(0.0) > 0:
        high = float(np.var(y)) * len(y) + float(v.max())
        spread = float(optimize.brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-13))
    w = 1 / (v + spread)
    return Prior("normal-normal", float(np.sum(w * y) / w.sum()), spread, len(y))


def shrink_rate(prior: Prior, events: int, trials: int, *, level: float) -> Shrunk:
    """A rate drawn towards its peers'; `trials` at least 1."""
    a, b = prior.a + events, prior.b + trials - events
    tails = _tails(level)
    low, high = (float(special.betaincinv(a, b, tail)) for tail in tails)
    return Shrunk(events / trials, a / (a + b), trials / (prior.a + prior.b + trials), low, high, prior)


def shrink_count(prior: Prior, events: int, exposure: float, *, level: float) -> Shrunk:
    """A count per exposure drawn towards its peers'."""
    a, b = prior.a + events, prior.b + exposure
    low, high = (float(special.gammaincinv(a, tail)) / b for tail in _tails(level))
    return Shrunk(events / exposure, a / b, exposure / (prior.b + exposure), low, high, prior)


def shrink_lift(prior: Prior, value: float, error: float, *, level: float) -> Shrunk:
    """A lift drawn towards its peers'.

    The factor (k − 3)/(k − 1) is Morris's allowance for an estimated spread; with equal errors the whole is James–Stein's.

    Source: Morris, JASA 78 (1983) 47–55.
    """
    k, v = prior.peers, error * error
    pull = (k - 3) / (k - 1) * v / (v + prior.b) if v else 0.0
    middle = prior.a + (1 - pull) * (value - prior.a)
    half = float(stats.norm.ppf(_tails(level)[1])) * math.sqrt(
        v * (1 - pull * (k - 1) / k) + _unsure(prior, value, pull)
    )
    return Shrunk(value, middle, 1 - pull, middle - half, middle + half, prior)


def _unsure(prior: Prior, value: float, pull: float) -> float:
    """What the doubt about the prior's spread adds to the posterior variance (Morris 1983, eq. 4.1)."""
    return 2 / (prior.peers - 3) * pull * pull * (value - prior.a) ** 2


def _tails(level: float) -> tuple[float, float]:
    tail = (1 - checked_level(level)) / 2
    return tail, 1 - tail


def _enough(peers: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if len(peers) < FEWEST_PEERS:
        raise UsageError(
            "too-few-peers",
            f"{len(peers)} comparable figures; a prior needs at least {FEWEST_PEERS}",
            hint="Wait for more campaigns of the same channel and purpose.",
        )
    return peers


def _least(minus: Callable[[np.ndarray], float], start: float) -> np.ndarray:
    """The two logs at which the likelihood is largest: from several strengths, as it can have a shelf."""
    bounds = ((start - 10, start + 10), _LOG_BOUNDS)
    found = [
        optimize.minimize(minus, (start, strength), method="L-BFGS-B", bounds=bounds)
        for strength in (0.0, 4.0, 8.0, 12.0)
    ]
    best = min(found, key=lambda one: float(one.fun)).x  # the top is flat: finite differences stop short of it
    polished = optimize.minimize(
        minus, best, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-8, "fatol": 1e-13, "maxiter": 2000}
    )
    return np.asarray(polished.x)
