"""Known-truth worlds: does a 95 % interval cover 95 times in 100, and how often is nothing taken for something?

Spend is zero for most and log-normal for buyers, with the rates and the log-spread of the Hillstrom mailing (buyers'
log-spend 4.4 ± 0.8). Only buyers are drawn, so 4,000 experiments of tens of thousands of people take seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from earnest.incrementality.difference import Difference, difference_of_means, difference_of_proportions, few_buyers
from earnest.incrementality.intervals import exact_limits_interval
from earnest.incrementality.moments import Moments

DRAWS = 4_000
LOG_MEAN, LOG_SD = 4.4, 0.8
MEAN_PER_BUYER = math.exp(LOG_MEAN + LOG_SD**2 / 2)


@dataclass(frozen=True)
class Outcome:
    """Shares of draws: covered, truth above the interval, truth below it, finding raised."""

    covered: float
    above: float
    below: float
    flagged: float


def draw_arms(rng: np.random.Generator, n: int, rate: float) -> list[Moments]:
    """Spend moments of one arm, once per draw."""
    buyers = rng.binomial(n, rate, size=DRAWS)
    spend = rng.lognormal(LOG_MEAN, LOG_SD, size=int(buyers.sum()))
    ends = np.cumsum(buyers)
    totals, squares = _sums(spend, ends), _sums(spend * spend, ends)
    return [Moments(n, total, square, int(k)) for total, square, k in zip(totals, squares, buyers, strict=True)]


def _sums(values: NDArray[np.float64], ends: NDArray[np.int64]) -> list[float]:
    running = np.concatenate([[0.0], np.cumsum(values)])
    return np.diff(running[np.concatenate([[0], ends])]).tolist()


def simulate(seed: int, treated: tuple[int, float], control: tuple[int, float]) -> Outcome:
    """Run the engine on every draw of one world; arms are (people, share of buyers)."""
    rng = np.random.default_rng(seed)
    truth = (treated[1] - control[1]) * MEAN_PER_BUYER
    covered = above = below = flagged = 0
    for one, other in zip(draw_arms(rng, *treated), draw_arms(rng, *control), strict=True):
        found = difference_of_means(one, other)
        assert isinstance(found, Difference)
        above += truth > found.high
        below += truth < found.low
        covered += found.low <= truth <= found.high
        flagged += few_buyers(one, other, metric="spend") is not None
    return Outcome(covered / DRAWS, above / DRAWS, below / DRAWS, flagged / DRAWS)


@pytest.mark.parametrize(
    ("seed", "treated", "control"),
    [
        (1, (21_300, 0.0125), (21_300, 0.0080)),
        (2, (90_000, 0.0150), (10_000, 0.0150)),
        (3, (90_000, 0.0200), (10_000, 0.0150)),
        (4, (50_000, 0.0030), (50_000, 0.0040)),
        (5, (300_000, 0.0100), (15_000, 0.0100)),
    ],
)
def test_interval_covers_as_often_as_it_says_when_the_smaller_arm_has_100_buyers(
    seed: int, treated: tuple[int, float], control: tuple[int, float]
) -> None:
    outcome = simulate(seed, treated, control)
    assert 0.93 <= outcome.covered <= 0.97, outcome
    assert outcome.flagged < 0.01, outcome


@pytest.mark.parametrize(("buyers", "least", "most"), [(10, 0.84, 0.92), (20, 0.885, 0.94), (40, 0.91, 0.955)])
def test_interval_of_few_buyers_covers_too_little_and_is_flagged(buyers: int, least: float, most: float) -> None:
    """A hold-out of 10 %: published figures for 10/20/40 control buyers are 88.7, 92.5 and 93.1 %."""
    outcome = simulate(100 + buyers, (900 * buyers, 0.01), (100 * buyers, 0.01))
    assert least <= outcome.covered <= most, outcome
    assert outcome.flagged == 1.0, outcome
    assert outcome.below > outcome.above, "a hold-out of few buyers misses its large baskets, so gains are overstated"


def test_small_equal_arms_understate_a_gain() -> None:
    """Published for 500 people an arm: the truth lies above the interval far more often than below it."""
    outcome = simulate(7, (500, 0.0125), (500, 0.0057))
    assert outcome.covered < 0.945, outcome
    assert outcome.above > 3 * outcome.below, outcome


def test_nothing_is_taken_for_something_in_five_of_a_hundred() -> None:
    rng = np.random.default_rng(11)
    found = [
        difference_of_means(one, other)
        for one, other in zip(draw_arms(rng, 40_000, 0.01), draw_arms(rng, 20_000, 0.01), strict=True)
    ]
    rejected = [row.p_value < 0.05 for row in found if isinstance(row, Difference)]
    assert len(rejected) == DRAWS
    assert 0.04 <= np.mean(rejected) <= 0.06


def test_nothing_is_taken_for_something_by_rare_events() -> None:
    """Exact limits are chosen by looking at the data; together with Welch they still keep their promise."""
    rng = np.random.default_rng(12)
    for rate in (0.002, 0.005, 0.01, 0.02):
        events = rng.binomial(1_000, rate, size=(DRAWS, 2))
        missed = 0
        for one, other in events.tolist():
            found = difference_of_proportions(Moments.of_events(1_000, one), Moments.of_events(1_000, other))
            assert isinstance(found, Difference)
            missed += not found.low <= 0 <= found.high
        assert missed / DRAWS <= 0.06, rate


@pytest.mark.parametrize(("n_treated", "n_control"), [(20, 20), (50, 50), (120, 30)])
def test_exact_limits_cover_at_every_pair_of_rates(n_treated: int, n_control: int) -> None:
    """No draws: every possible table is weighed by its probability."""
    tables = [(one, other) for one in range(n_treated + 1) for other in range(n_control + 1)]
    limits = np.array([exact_limits_interval(table, (n_treated, n_control), 0.95) for table in tables])
    shape = (n_treated + 1, n_control + 1)
    low, high = limits[:, 0].reshape(shape), limits[:, 1].reshape(shape)
    for p in np.arange(0.01, 1, 0.07):
        weights = stats.binom.pmf(np.arange(n_treated + 1), n_treated, p)
        for q in np.arange(0.01, 1, 0.07):
            inside = (low <= p - q) & (p - q <= high)
            joint = np.outer(weights, stats.binom.pmf(np.arange(n_control + 1), n_control, q))
            assert (joint * inside).sum() >= 0.949, (p, q)
