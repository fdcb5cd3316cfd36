"""Trends: p-values, bounds and clustered ratios beside scipy, and beside sums that anybody can do on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.trends.clustered import ClusterSums, each_of
from earnest.trends.compare import Cells, Compared, compare
from earnest.trends.false_discovery import adjusted
from earnest.trends.fatigue import Margin, Turning, break_even_price, margins, turning
from earnest.trends.opt_out import Followed, PriceFound, price
from earnest.trends.predictive import Foretold, interval, two_sided

MANY = np.array([1e9])
"""Degrees of freedom at which Student's t is the normal."""


def test_adjusted_p_is_scipys() -> None:
    p = np.random.default_rng(3).uniform(size=200) ** 2
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-15)


@pytest.mark.parametrize(("observed", "tail"), [(20, stats.poisson.sf(19, 10)), (3, stats.poisson.cdf(3, 10))])
def test_a_count_by_chance_alone_is_poissons(observed: int, tail: float) -> None:
    """Mean 10: P(Y ≥ 20) = 0.003454, P(Y ≤ 3) = 0.010336."""
    foretold = Foretold("count", np.array([10.0]), np.array([10.0]), np.ones(1), MANY)
    p, direction = two_sided(foretold, np.array([float(observed)]))
    assert p[0] == pytest.approx(2 * tail, rel=2e-4)
    assert direction[0] == (1 if observed > 10 else -1)


def test_a_count_with_more_variance_is_negative_binomial() -> None:
    """Mean 10, variance 30: size 5, chance 1/3."""
    foretold = Foretold("count", np.array([10.0]), np.array([30.0]), np.ones(1), MANY)
    p, _ = two_sided(foretold, np.array([30.0]))
    assert p[0] == pytest.approx(2 * stats.nbinom.sf(29, 5, 1 / 3), rel=1e-6)
    low, high = interval(foretold, 0.95)
    assert (low[0], high[0]) == (stats.nbinom.ppf(0.025, 5, 1 / 3), stats.nbinom.ppf(0.975, 5, 1 / 3))


@pytest.mark.parametrize("observed", [255, 270, 330, 345])
def test_a_common_share_is_the_binomials_within_a_sixth(observed: int) -> None:
    foretold = Foretold("share", np.array([300.0]), np.array([210.0]), np.array([1000.0]), MANY)
    p, _ = two_sided(foretold, np.array([float(observed)]))
    tail = stats.binom.cdf(observed, 1000, 0.3) if observed < 300 else stats.binom.sf(observed - 1, 1000, 0.3)
    assert p[0] == pytest.approx(2 * tail, rel=1 / 6)


def test_a_rare_share_is_judged_by_its_rarer_side() -> None:
    """990 of 1,000 delivered where 995 were to be expected is 10 failures instead of 5."""
    one = two_sided(Foretold("share", np.array([995.0]), np.array([5.0]), np.array([1000.0]), MANY), np.array([990.0]))
    other = two_sided(Foretold("share", np.array([5.0]), np.array([5.0]), np.array([1000.0]), MANY), np.array([10.0]))
    assert one[0][0] == pytest.approx(other[0][0])
    assert one[0][0] == pytest.approx(2 * stats.poisson.sf(9, 5), rel=2e-4)
    assert (one[1][0], other[1][0]) == (-1, 1)


def test_a_spread_known_from_few_days_is_less_sure() -> None:
    """Two standard deviations: 4.6 % by the normal, 7.3 % with ten degrees of freedom."""
    few = Foretold("mean", np.array([1.0]), np.array([0.01]), np.ones(1), np.array([10.0]))
    p, _ = two_sided(few, np.array([1.2]))
    assert p[0] == pytest.approx(2 * stats.t.sf(2, 10))
    low, high = interval(few, 0.95)
    assert (low[0], high[0]) == pytest.approx((1 - 0.1 * stats.t.ppf(0.975, 10), 1 + 0.1 * stats.t.ppf(0.975, 10)))


def cluster_sums(pairs: Sequence[tuple[float, float]]) -> ClusterSums:
    n, y = (np.array(side) for side in zip(*pairs, strict=True))
    return ClusterSums(len(pairs), n.sum(), y.sum(), (n * n).sum(), (n * y).sum(), (y * y).sum())


def test_variance_of_a_ratio_by_hand() -> None:
    """Three people with 1, 1 and 2 messages and 1, 0 and 1 clicks: r = ½, residuals ½, −½, 0; 3/2 · ½ / 16 = 0.046875."""
    found = cluster_sums([(1, 1), (1, 0), (2, 1)])
    assert found.ratio == 0.5
    assert found.variance == pytest.approx(0.046875)
    half = stats.t.ppf(0.975, 2) * math.sqrt(0.046875)
    assert found.mean_interval(0.95) == pytest.approx((0.5 - half, 0.5 + half))


def test_sums_merge_and_one_cluster_has_no_variance() -> None:
    whole = cluster_sums([(1, 1), (1, 0), (2, 1)])
    assert cluster_sums([(1, 1)]) + cluster_sums([(1, 0), (2, 1)]) == whole
    assert cluster_sums([(4, 2)]).mean_interval(0.95) is None


def test_a_share_of_messages_of_the_same_people_is_less_sure() -> None:
    """Ten people with ten messages each click on all or none: worth ten trials (times 9/10), not a hundred."""
    alike = cluster_sums([(10, 10)] * 5 + [(10, 0)] * 5)
    low, high = alike.share_interval(0.95)
    wide = stats.binomtest(5, 10).proportion_ci(method="wilson")
    assert high - low > 0.95 * (wide.high - wide.low)
    apart = cluster_sums([(10, 5)] * 10)
    low, high = apart.share_interval(0.95)
    usual = stats.binomtest(50, 100).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((usual.low, usual.high))


def test_each_of_several_intervals() -> None:
    assert each_of(0.95, 1) == pytest.approx(0.95)
    assert each_of(0.95, 24) == pytest.approx(1 - 0.05 / 24)


def test_from_which_message_on_it_costs_more_than_it_brings() -> None:
    told = [
        Margin(1, 2.0, 1.0, 3.0),
        Margin(2, 0.5, -0.1, 1.1),
        Margin(3, -0.5, -0.9, -0.1),
        Margin(4, -1.0, -1.4, -0.6),
    ]
    assert turning(told) == Turning(1, 3)
    assert turning([Margin(1, -1.0, -2.0, -0.5)]) == Turning(0, 1)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([Margin(1, 2.0, 1.0, 3.0), Margin(2, 1.0, 0.5, 1.5)], "each of them pays"),
        ([Margin(1, 2.0, 1.0, 3.0), Margin(2, -0.5, -1.5, 0.5)], "the intervals of the last hold 0"),
        (
            [Margin(1, 2.0, 1.0, 3.0), Margin(2, -0.5, -0.9, -0.1), Margin(3, 0.0, -1.0, 1.0)],
            "the intervals of the last hold 0",
        ),
    ],
)
def test_it_cannot_be_told_where_intervals_hold_nothing(told: list[Margin], said: str) -> None:
    found = turning(told)
    assert isinstance(found, Unavailable)
    assert said in found.reason


def test_margins_carry_the_doubt_about_the_price() -> None:
    """1 % opt-outs and a price known to ±100 (variance 10,000): a message is unsure by 1 more."""
    sums = {1: cluster_sums([(1, 1), (1, 2)] * 50)}
    (sure,) = margins(sums, opt_outs={1: 0.01}, price_variance=0.0, level=0.95)
    (doubted,) = margins(sums, opt_outs={1: 0.01}, price_variance=10_000.0, level=0.95)
    assert (sure.value, doubted.value) == (1.5, 1.5)
    variances = [((one.high - one.value) / stats.t.ppf(0.975, 99)) ** 2 for one in (doubted, sure)]
    assert variances[0] - variances[1] == pytest.approx(1.0)


def test_break_even_price_by_hand() -> None:
    """A message brings 0.20 less its cost, one in a hundred opts out: it pays while an opt-out costs less than 20."""
    found = break_even_price(cluster_sums([(1, 0.1), (1, 0.3)]), 0.01, unit="EUR", level=0.95)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(20.0)
    none = break_even_price(cluster_sums([(1, 0.1), (1, 0.3)]), 0.0, unit="EUR", level=0.95)
    assert isinstance(none, Unavailable)
    assert none.code == "no-opt-outs"


def followed(groups: list[tuple[bool, int, float, int]]) -> Followed:
    """Groups of (left, stratum, value of each, people)."""
    left, stratum, value = [], [], []
    for gone, where, worth, people in groups:
        left += [gone] * people
        stratum += [where] * people
        value += [worth] * people
    return Followed(
        np.arange(len(left)), np.array(left), np.array(stratum), np.array(value), np.array(value) > 0
    )  # fmt: skip


def test_the_price_is_weighted_like_those_who_left() -> None:
    """75 left stratum 0 (4 against 10), 25 left stratum 1 (8 against 20): ¾ · 6 + ¼ · 12 = 7.50, however many stayed in each."""
    found = price(followed([(True, 0, 4, 75), (True, 1, 8, 25), (False, 0, 10, 50), (False, 1, 20, 500)]), level=0.95)
    assert isinstance(found, PriceFound)
    assert (found.value, found.stayed, found.gone) == pytest.approx((7.5, 12.5, 5.0))
    assert (found.people_left, found.people_stayed, found.compared) == (100, 550, 1.0)
    assert found.low <= 7.5 <= found.high


def test_who_left_without_anybody_alike_is_left_out_and_told() -> None:
    found = price(followed([(True, 0, 4, 100), (True, 1, 8, 25), (False, 0, 10, 50)]), level=0.95)
    assert isinstance(found, PriceFound)
    assert found.value == pytest.approx(6.0)
    assert found.compared == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ([(True, 0, 4.0, 99), (False, 0, 10.0, 500)], "history-too-short"),
        ([(True, 0, 0.0, 91), (True, 0, 4.0, 9), (False, 0, 10.0, 500)], "too-few-buyers"),
        ([(True, 0, 4.0, 100), (False, 1, 10.0, 500)], "nobody-alike"),
    ],
)
def test_no_price_without_a_basis(groups: list[tuple[bool, int, float, int]], code: str) -> None:
    found = price(followed(groups), level=0.95)
    assert isinstance(found, Unavailable)
    assert found.code == code


def cells(rows: list[tuple[int, int, int, float, float]]) -> Cells:
    cell, stratum, cluster, trials, events = (list(side) for side in zip(*rows, strict=True))
    return Cells(np.array(cell), np.array(stratum), np.array(cluster), np.array(trials), np.array(events))


def test_a_cell_beside_the_others_within_campaigns_by_hand() -> None:
    """Campaign A: 20 of 100 beside 10 of 100, B: 5 of 50 beside 9 of 150; weights 50 and 37.5: (5 + 1.5) / 87.5 = 0.0742857."""

    def of(times: float) -> Compared:
        rows = [(0, 0, day, 20.0, 4.0) for day in range(5)] + [(1, 0, day, 20.0, 2.0) for day in range(5)]
        rows += [(0, 1, 5 + day, 10.0, 1.0) for day in range(5)] + [(1, 1, 5 + day, 30.0, 1.8) for day in range(5)]
        found = compare(cells([(a, b, c, n * times, y * times) for a, b, c, n, y in rows]), 0, level=0.95)
        assert isinstance(found, Compared)
        return found

    assert of(1).value == pytest.approx(6.5 / 87.5)
    assert of(1).messages == 150
    assert of(1).standing == "cannot-tell"
    assert of(100).value == pytest.approx(6.5 / 87.5)
    assert (
        of(100).standing == "more"
    )  # every day tells the same, so only the messages' own chance is left, and of many it is little


def test_a_good_campaign_makes_no_good_hour() -> None:
    """Cell 0 was sent to campaign A alone, which everybody clicks: nothing within campaigns compares them."""
    rows = [(0, 0, day, 100.0, 90.0) for day in range(10)] + [(1, 1, 10 + day, 100.0, 5.0) for day in range(10)]
    found = compare(cells(rows), 0, level=0.95)
    assert isinstance(found, Unavailable)
    assert found.code == "one-campaign-each"


def test_days_that_differ_widen_the_interval() -> None:
    def of(extra: float) -> float:
        rows = [(cell, 0, day, 1000.0, 100.0 + extra * (-1) ** (day + cell)) for day in range(10) for cell in (0, 1)]
        found = compare(cells(rows), 0, level=0.95)
        assert isinstance(found, Compared)
        return found.high - found.low

    assert of(60.0) > 2 * of(0.0)


@pytest.mark.parametrize(("days", "events", "code"), [(4, 50.0, "too-few-days"), (10, 0.9, "too-few-events")])
def test_few_days_or_answers_tell_nothing(days: int, events: float, code: str) -> None:
    found = compare(cells([(cell, 0, day, 100.0, events) for day in range(days) for cell in (0, 1)]), 0, level=0.95)
    assert isinstance(found, Unavailable)
    assert found.code == code
