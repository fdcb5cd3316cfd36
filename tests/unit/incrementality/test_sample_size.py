"""Units an experiment needs, against numbers worked out elsewhere."""

from __future__ import annotations

import pytest

from earnest.incrementality.sample_size import smallest_difference, units_for_shares
from earnest.kernel.errors import UsageError


@pytest.mark.parametrize(
    ("without", "with_it", "units"),
    [
        (0.01, 0.011, (1_640_000, 872_000, 495_000, 326_000)),
        (0.01, 0.012, (413_000, 220_000, 126_000, 85_000)),
        (0.02, 0.022, (814_000, 432_000, 245_000, 161_000)),
        (0.05, 0.055, (315_000, 167_000, 95_000, 62_000)),
    ],
)
def test_hold_outs_of_a_shop(without: float, with_it: float, units: tuple[int, ...]) -> None:
    """The project's own table of total customers, by a hold-out of 5, 10, 20 and 50 %, rounded to its three digits."""
    for held_out, expected in zip((0.05, 0.10, 0.20, 0.50), units, strict=True):
        assert units_for_shares(without, with_it, held_out=held_out) == pytest.approx(expected, rel=0.012)


def test_by_hand() -> None:
    """(1.959964 + 0.841621)² · (0.5·0.5 + 0.6·0.4)/0.5 / 0.1² = 7.848879 · 0.98 / 0.01 = 769.19."""
    assert units_for_shares(0.5, 0.6, held_out=0.5) == 770
    assert units_for_shares(0.6, 0.5, held_out=0.5) == 770


def test_the_smallest_difference_is_the_other_way_round() -> None:
    least = smallest_difference(0.5, 770, held_out=0.5)
    assert least == pytest.approx(0.1, abs=1e-4)
    assert smallest_difference(0.5, 10, held_out=0.5) is None
    assert smallest_difference(1.0, 10**6, held_out=0.5) is None
    assert smallest_difference(0.0, 0, held_out=0.5) is None


def test_what_cannot_be_computed_is_refused() -> None:
    for arguments, held_out, code in (
        ((0.1, 0.1), 0.5, "no-difference"), ((1.2, 0.1), 0.5, "share-out-of-range"), ((0.1, 0.2), 1.0, "share-out-of-range"),
    ):  # fmt: skip
        with pytest.raises(UsageError) as refused:
            units_for_shares(*arguments, held_out=held_out)
        assert refused.value.code == code
