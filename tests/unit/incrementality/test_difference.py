from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from earnest.incrementality.difference import (
    Difference,
    difference_of_means,
    difference_of_proportions,
    few_buyers,
)
from earnest.incrementality.intervals import clopper_pearson_limits, newcombe_interval, wilson_limits
from earnest.incrementality.moments import Moments
from earnest.incrementality.relative_lift import RelativeLift, relative_lift
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable


def found(result: Difference | Unavailable) -> Difference:
    assert isinstance(result, Difference)
    return result


def test_welch_equals_scipy() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.gamma(2, 3, 40), rng.gamma(1, 4, 25)
    mine = found(difference_of_means(Moments.of(one), Moments.of(other), 0.9))
    theirs = stats.ttest_ind(one, other, equal_var=False)
    ends = theirs.confidence_interval(0.9)
    assert (mine.p_value, mine.df) == pytest.approx((theirs.pvalue, theirs.df), rel=1e-9)
    assert (mine.low, mine.high) == pytest.approx((ends.low, ends.high), rel=1e-9)
    assert mine.method == "welch"


def test_large_means_keep_the_digits_of_their_difference() -> None:
    one, other = Moments(5, 10**15, 2 * 10**29 + 7, 5), Moments(5, 10**15 - 1, 2 * 10**29, 5)
    assert found(difference_of_means(one, other)).value == 0.2


def test_interval_at_other_levels_and_scale() -> None:
    mine = found(difference_of_means(Moments.of_events(1000, 60), Moments.of_events(1000, 40)))
    assert mine.interval(0.95) == (mine.low, mine.high)
    total = mine.scaled(1000)
    assert total.interval(0.5) == pytest.approx(tuple(1000 * end for end in mine.interval(0.5)))
    assert (total.p_value, total.df, total.value) == (mine.p_value, mine.df, pytest.approx(20))


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_scaling_by_nothing_is_refused(factor: float) -> None:
    mine = found(difference_of_means(Moments.of_events(1000, 60), Moments.of_events(1000, 40)))
    with pytest.raises(UsageError):
        mine.scaled(factor)


@pytest.mark.parametrize(
    ("treated", "control", "code"),
    [
        (Moments(1, 5, 25, 1), Moments(9, 5, 25, 1), "too-few-units"),
        (Moments(0, 0, 0, 0), Moments(9, 5, 25, 1), "too-few-units"),
        (Moments(4, 8, 16, 4), Moments(4, 4, 4, 4), "no-variation"),
        (Moments(4, 0, 0, 0), Moments(4, 0, 0, 0), "no-variation"),
    ],
)
def test_what_cannot_be_computed_says_so(treated: Moments, control: Moments, code: str) -> None:
    result = difference_of_means(treated, control)
    assert isinstance(result, Unavailable)
    assert result.code == code
    assert result.remedy


def test_one_arm_without_variation_is_computable() -> None:
    mine = found(difference_of_means(Moments(50, 60, 90, 40), Moments(50, 0, 0, 0)))
    assert mine.df == pytest.approx(49)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_levels_are_shares(level: float) -> None:
    with pytest.raises(UsageError) as refused:
        difference_of_means(Moments.of_events(100, 50), Moments.of_events(100, 40), level)
    assert refused.value.code == "level-out-of-range"


def test_proportions_with_ten_events_an_arm_are_welch() -> None:
    treated, control = Moments.of_events(1000, 30), Moments.of_events(1000, 10)
    assert difference_of_proportions(treated, control) == difference_of_means(treated, control)


@pytest.mark.parametrize(("one", "other"), [(30, 9), (9, 30), (991, 970), (0, 0), (1000, 1000)])
def test_proportions_with_fewer_are_exact(one: int, other: int) -> None:
    mine = found(difference_of_proportions(Moments.of_events(1000, one), Moments.of_events(1000, other)))
    assert mine.method == "clopper-pearson"
    assert mine.se is None
    assert mine.p_value == pytest.approx(
        stats.fisher_exact(np.array([[one, 1000 - one], [other, 1000 - other]])).pvalue
    )
    assert -1 <= mine.low <= mine.value <= mine.high <= 1
    assert mine.interval(0.8)[0] >= mine.low
    assert mine.scaled(1000).interval(0.95) == pytest.approx((1000 * mine.low, 1000 * mine.high))


def test_no_events_at_all_still_bound_the_difference() -> None:
    """Each arm's upper limit is 1 − 0.025^(1/n)."""
    mine = found(difference_of_proportions(Moments.of_events(100, 0), Moments.of_events(100, 0)))
    end = 1 - 0.025 ** (1 / 100)
    assert (mine.value, mine.low, mine.high) == pytest.approx((0, -end, end))
    assert mine.p_value == 1


def test_a_p_value_is_never_zero() -> None:
    mine = found(difference_of_proportions(Moments.of_events(5000, 5000), Moments.of_events(5000, 0)))
    assert 0 < mine.p_value < 1e-300


def test_proportions_of_amounts_are_refused() -> None:
    with pytest.raises(UsageError) as refused:
        difference_of_proportions(Moments(9, 5, 25, 1), Moments.of_events(9, 1))
    assert refused.value.code == "not-a-proportion"


def test_newcombe_table_of_1998() -> None:
    """Newcombe (1998), table II, method 10: 56/70 − 48/80 and 9/10 − 3/10."""
    assert newcombe_interval(Moments.of_events(70, 56), Moments.of_events(80, 48)) == pytest.approx(
        (0.0524, 0.3339), abs=5e-5
    )
    assert newcombe_interval(Moments.of_events(10, 9), Moments.of_events(10, 3)) == pytest.approx(
        (0.1705, 0.8090), abs=5e-5
    )


@pytest.mark.parametrize(("events", "n"), [(0, 20), (1, 29), (81, 263), (20, 20)])
def test_limits_of_one_proportion_equal_scipy(events: int, n: int) -> None:
    test = stats.binomtest(events, n)
    wilson, exact = test.proportion_ci(0.95, "wilson"), test.proportion_ci(0.95, "exact")
    assert wilson_limits(events, n, 0.95) == pytest.approx((wilson.low, wilson.high), abs=1e-12)
    assert clopper_pearson_limits(events, n, 0.95) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_few_buyers_are_a_warning_with_their_number() -> None:
    finding = few_buyers(Moments(9000, 5000, 90_000, 900), Moments(1000, 400, 9000, 99), metric="spend")
    assert finding is not None
    assert (finding.code, finding.severity, finding.rows, finding.tested) == ("few-buyers", "warns", 99, 1000)
    assert "99" in finding.message
    assert few_buyers(Moments(9000, 5000, 90_000, 900), Moments(1000, 400, 9000, 100), metric="spend") is None


def test_lift_prefers_delta_while_the_control_is_steady() -> None:
    steady = relative_lift(Moments.of_events(10_000, 660), Moments.of_events(10_000, 600))
    unsteady = relative_lift(Moments.of_events(10_000, 66), Moments.of_events(10_000, 60))
    assert isinstance(steady, RelativeLift)
    assert isinstance(unsteady, RelativeLift)
    assert (steady.preferred, unsteady.preferred) == ("delta", "log-ratio")
    assert steady.value == pytest.approx(0.1)
    assert (steady.low, steady.high) == steady.delta
    assert unsteady.low > -1 > unsteady.delta[0] - 1


def test_lift_of_nothing_has_no_logarithm() -> None:
    lift = relative_lift(Moments.of_events(1000, 0), Moments.of_events(1000, 20))
    assert isinstance(lift, RelativeLift)
    assert (lift.value, lift.log_ratio, lift.preferred) == (-1, None, "delta")
    json.dumps(lift.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("treated", "control", "code"),
    [
        (Moments.of_events(9, 3), Moments.of_events(9, 0), "control-mean-not-positive"),
        (Moments(9, -3, 9, 1), Moments(9, -5, 25, 1), "control-mean-not-positive"),
        (Moments(4, 8, 16, 4), Moments(4, 4, 4, 4), "no-variation"),
        (Moments(1, 1, 1, 1), Moments(4, 4, 4, 4), "too-few-units"),
    ],
)
def test_lifts_that_mean_nothing_say_so(treated: Moments, control: Moments, code: str) -> None:
    result = relative_lift(treated, control)
    assert isinstance(result, Unavailable)
    assert result.code == code
