"""The price of an opt-out, turning points and preferences in worlds whose truth is known."""

from __future__ import annotations

import numpy as np

from earnest.trends.clustered import ClusterSums
from earnest.trends.compare import Cells, Compared, compare
from earnest.trends.fatigue import Turning, margins, turning
from earnest.trends.opt_out import Followed, PriceFound, price

WORLDS = 100
BASKET, MARGIN = 50.0, 0.4
ORDERS = np.array([0.2, 0.6, 1.5])
"""Of a person who stays, in the horizon, by stratum: none, one, several orders before. Who leaves orders half as often."""
WHO_LEAVES = np.array([0.6, 0.3, 0.1])


def shop(random: np.random.Generator, *, left: int = 300, stayed: int = 3000) -> Followed:
    """People of three strata; who leaves is mostly of those who bought nothing before, as in life."""
    stratum = np.concatenate([random.choice(3, left, p=WHO_LEAVES), random.choice(3, stayed)])
    gone = np.arange(left + stayed) < left
    orders = random.poisson(ORDERS[stratum] * np.where(gone, 0.5, 1.0) * random.gamma(1.0, 1.0, left + stayed))
    value = np.array([random.lognormal(np.log(BASKET) - 0.18, 0.6, n).sum() for n in orders]) * MARGIN
    return Followed(np.arange(left + stayed), gone, stratum, value, orders > 0)


def test_the_interval_of_the_price_covers_the_truth() -> None:
    """Truth: half the orders of who leaves, 0.6·0.1 + 0.3·0.3 + 0.1·0.75 = 0.225 orders of 20.00: 4.50.

    A plain difference of means would say 0.767 − 0.225 orders, 10.83: who leaves is another sort of customer.
    """
    truth = float((WHO_LEAVES * ORDERS * 0.5).sum()) * BASKET * MARGIN
    assert abs(truth - 4.5) < 1e-9
    random = np.random.default_rng(11)
    covered, points = 0, []
    for number in range(WORLDS):
        found = price(shop(random), level=0.95, draws=300, seed=number)
        assert isinstance(found, PriceFound)
        covered += found.low <= truth <= found.high
        points.append(found.value)
    print(f"truth {truth:.2f}: mean of {WORLDS} worlds {np.mean(points):.2f}, {covered} of {WORLDS} intervals cover")
    assert abs(np.mean(points) - truth) < 0.25
    assert covered >= 88


def bands(random: np.random.Generator, contacts: int) -> tuple[dict[int, ClusterSums], dict[int, float]]:
    """The first message brings 0.50, the second 0.10, the third loses 0.30, the fourth 0.60."""
    sums = {}
    for ordinal, brings in enumerate((0.5, 0.1, -0.3, -0.6), 1):
        n = random.integers(1, 4, contacts).astype(float)
        y = n * brings + random.normal(0, 1.0, contacts) * np.sqrt(n) + random.normal(0, 0.5, contacts)
        sums[ordinal] = ClusterSums(contacts, n.sum(), y.sum(), (n * n).sum(), (n * y).sum(), (y * y).sum())
    return sums, dict.fromkeys(sums, 0.01)


def test_a_turning_point_is_never_told_too_early() -> None:
    """Each told one lies at the third message or beyond, and pays until the second at most, but in one world of twenty."""
    random = np.random.default_rng(12)
    told = wrong = 0
    for _ in range(200):
        sums, opt_outs = bands(random, contacts=2000)
        found = turning(margins(sums, opt_outs=opt_outs, price_variance=4.0, level=0.95))
        if isinstance(found, Turning):
            told += 1
            wrong += found.costs_from < 3 or found.pays_until > 2
    print(f"turning point told in {told} of 200 worlds, wrongly in {wrong}")
    assert told >= 190
    assert wrong <= 10


def mailed(random: np.random.Generator, *, better: float) -> Cells:
    """Three campaigns of 2 %, 6 % and 12 % sent in three cells, unequally, on ten days each with luck of their own."""
    rows = []
    for campaign, rate in enumerate((0.02, 0.06, 0.12)):
        for day in range(10):
            luck = np.exp(random.normal(0, 0.2))
            for cell in range(3):
                trials = 50 + 400 * (cell == campaign)
                share = min(rate * luck * (1 + better * (cell == 0)), 1.0)
                rows.append((cell, campaign, campaign * 10 + day, float(trials), float(random.binomial(trials, share))))
    columns = list(zip(*rows, strict=True))
    return Cells(*(np.array(column) for column in columns))


def test_cells_are_told_apart_from_campaigns_and_by_chance() -> None:
    """Raw rates differ sixfold, as each campaign is sent in one cell mostly; within campaigns nothing differs, then cell 0 by two thirds."""
    random = np.random.default_rng(13)
    alarms = hits = 0
    for _ in range(100):
        alike = [compare(mailed(random, better=0.0), cell, level=1 - 0.05 / 3) for cell in range(3)]
        alarms += any(isinstance(one, Compared) and one.standing != "cannot-tell" for one in alike)
        found = compare(mailed(random, better=0.67), 0, level=1 - 0.05 / 3)
        hits += isinstance(found, Compared) and found.standing == "more"
    print(
        f"cells alike: {alarms} of 100 profiles tell any apart (stated: at most 5); cell 0 better by two thirds: told in {hits} of 100"
    )
    assert alarms <= 11
    assert hits >= 70
