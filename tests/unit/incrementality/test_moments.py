from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from earnest.incrementality.moments import Moments
from earnest.kernel.errors import UsageError


def test_sums_mean_and_variance_by_hand() -> None:
    moments = Moments.of(np.array([0, 3, 5]))
    assert moments == Moments(3, 8, 34, 2)
    assert moments.mean == pytest.approx(8 / 3)
    assert moments.variance == pytest.approx((34 - 64 / 3) / 2)


def test_variance_of_minor_units_does_not_cancel() -> None:
    """A billion euros in cents, give or take one cent: naive floats give 0 or a negative variance."""
    around = 10**11
    moments = Moments.of(np.array([around - 1, around, around + 1]))
    assert moments.variance == 1.0
    assert Moments(3, 3 * around, 3 * around**2 + 2, 3).variance == 1.0


def test_variance_of_floats_does_not_cancel() -> None:
    values = np.array([1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75])
    assert Moments.of(values).variance == pytest.approx(0.0625, rel=1e-12)


def test_squares_beyond_64_bits_are_exact() -> None:
    big = 3_000_000_000
    assert Moments.of(np.array([big, big, -big])) == Moments(3, big, 3 * big * big, 3)


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint64, np.float32, np.float64])
def test_zeros_and_ones_are_events_whatever_their_type(dtype: Any) -> None:
    moments = Moments.of(np.array([0, 1, 1, 0], dtype=dtype))
    assert moments == Moments.of_events(4, 2)
    assert moments.is_binary


@pytest.mark.parametrize("values", [[0, 1, 2], [0.5, 1.0], [1.0, 1.0, -1.0], [0, 3]])
def test_other_values_are_no_events(values: list[float]) -> None:
    assert not Moments.of(np.array(values)).is_binary


def test_no_units_merge_with_any() -> None:
    empty = Moments.of(np.array([]))
    assert empty == Moments(0, 0, 0, 0)
    assert empty + Moments(2, 3, 5, 2) == Moments(2, 3, 5, 2)


def test_scaled_from_cents_to_euros() -> None:
    euros = Moments(2, 1999, 1999**2, 1).scaled(Fraction(1, 100))
    assert euros.mean == 9.995
    assert euros.nonzero == 1


@pytest.mark.parametrize(
    "sums",
    [
        (-1, 0, 0, 0),
        (2, 1, 1, 3),
        (2, 1, -1, 1),
        (2, 1, 1, 0),
        (2, 10, 49, 2),
        (2, float("nan"), 1.0, 1),
        (2, 1.0, float("inf"), 1),
    ],
)
def test_impossible_sums_are_refused(sums: tuple[int, float, float, int]) -> None:
    with pytest.raises(UsageError) as refused:
        Moments(*sums)
    assert refused.value.code == "impossible-moments"


def test_rounding_in_the_sums_is_forgiven() -> None:
    assert Moments(3, 0.3, 0.03 * (1 - 1e-15), 3).variance == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_missing_values_are_refused(value: float) -> None:
    with pytest.raises(UsageError) as refused:
        Moments.of(np.array([1.0, value]))
    assert refused.value.code == "not-a-number"


def test_arms_read_together_equal_arms_read_apart() -> None:
    values, codes = np.array([0, 2.5, 0, 1.25, 4, 0]), np.array([0, 1, 1, 0, 1, 2])
    together = Moments.of_arms({"spend": values}, codes, arms=["a", "b", "c", "d"])
    assert together == {
        "a": {"spend": Moments.of(np.array([0, 1.25]))},
        "b": {"spend": Moments.of(np.array([2.5, 0, 4]))},
        "c": {"spend": Moments(1, 0, 0, 0)},
        "d": {"spend": Moments(0, 0, 0, 0)},
    }
