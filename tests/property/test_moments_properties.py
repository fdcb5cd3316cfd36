"""What must hold of moments and differences whatever the data are."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from earnest.incrementality.difference import Difference, difference_of_means, difference_of_proportions
from earnest.incrementality.moments import Moments

minor_units = st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=40)
amounts = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=2, max_size=40)


def moments(values: list[int] | list[float]) -> Moments:
    return Moments.of(np.array(values))


def welch(treated: Moments, control: Moments) -> Difference:
    found = difference_of_means(treated, control)
    assume(isinstance(found, Difference))
    assert isinstance(found, Difference)
    return found


@given(minor_units, st.data())
def test_merged_parts_are_the_whole(values: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(values)))
    parts = [Moments.of(np.array(part, dtype=np.int64)) for part in (values[:cut], values[cut:])]
    assert parts[0] + parts[1] == moments(values)


@given(minor_units, st.randoms())
def test_order_does_not_matter(values: list[int], shuffler: random.Random) -> None:
    singles = [Moments.of(np.array([value])) for value in values]
    shuffler.shuffle(singles)
    assert reduce(add, singles) == moments(values)


@given(amounts)
def test_merged_floats_are_the_whole_to_rounding(values: list[float]) -> None:
    merged = moments(values[:1]) + moments(values[1:])
    whole = moments(values)
    assert merged.n == whole.n
    assert merged.nonzero == whole.nonzero
    assert float(merged.total) == pytest.approx(float(whole.total), rel=1e-9, abs=1e-6)
    assert merged.variance == pytest.approx(whole.variance, rel=1e-9, abs=1e-6)


@given(minor_units)
def test_variance_is_the_exact_one(values: list[int]) -> None:
    mean = Fraction(sum(values), len(values))
    exact = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    assert moments(values).variance == pytest.approx(float(exact), rel=1e-14)


@given(minor_units, minor_units, st.integers(1, 10_000))
def test_money_times_k_is_the_difference_times_k(one: list[int], other: list[int], k: int) -> None:
    found = welch(moments(one), moments(other))
    scaled = welch(moments(one).scaled(k), moments(other).scaled(k))
    assert (scaled.value, scaled.se, scaled.df) == pytest.approx(
        (k * found.value, k * (found.se or 0), found.df), rel=1e-9
    )
    assert scaled.p_value == pytest.approx(found.p_value, rel=1e-9)
    later = found.scaled(k)
    slack = 1e-9 * (abs(scaled.low) + abs(scaled.high))
    assert (later.low, later.high) == pytest.approx((scaled.low, scaled.high), rel=1e-9, abs=slack)
    assert later.interval(0.8) == pytest.approx(scaled.interval(0.8), rel=1e-9, abs=slack)


@given(minor_units, minor_units)
def test_swapping_the_arms_negates_the_difference(one: list[int], other: list[int]) -> None:
    found, back = welch(moments(one), moments(other)), welch(moments(other), moments(one))
    slack = 1e-9 * (abs(found.low) + abs(found.high))
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low), abs=slack)
    assert (back.p_value, back.df) == pytest.approx((found.p_value, found.df), rel=1e-9)


@given(st.integers(2, 300), st.integers(2, 300), st.data())
def test_swapping_proportions_negates_the_difference_too(n: int, m: int, data: st.DataObject) -> None:
    one = Moments.of_events(n, data.draw(st.integers(0, n)))
    other = Moments.of_events(m, data.draw(st.integers(0, m)))
    found, back = difference_of_proportions(one, other), difference_of_proportions(other, one)
    assert isinstance(found, Difference)
    assert isinstance(back, Difference)
    assert found.low <= found.value <= found.high
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low), abs=1e-12)
    assert back.p_value == pytest.approx(found.p_value, rel=1e-9)
    assert back.method == found.method


@given(minor_units, minor_units)
def test_wider_levels_contain_narrower_ones(one: list[int], other: list[int]) -> None:
    found = welch(moments(one), moments(other))
    (low_50, high_50), (low_95, high_95) = found.interval(0.5), found.interval(0.95)
    assert low_95 <= low_50 <= found.value <= high_50 <= high_95
    assert (low_95, high_95) == (found.low, found.high)
