"""Scales: round ticks, zero always on the axis, nothing that is not a number."""

import math

import pytest

from earnest.charts.scale import Scale, finite, nice_step


@pytest.mark.parametrize(
    ("span", "most", "step"), [(7, 7, 1), (3.21, 7, 0.5), (100, 4, 50), (0.004, 5, 0.001), (2e9, 4, 5e8), (0, 5, 1)]
)
def test_steps_are_round(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == pytest.approx(step)


def test_axis_starts_at_zero_when_nothing_is_negative() -> None:
    assert Scale.over([1.2, 3.2, 3.0]).ticks == (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)


def test_axis_reaches_below_zero_for_a_negative_value() -> None:
    scale = Scale.over([-1.5, 3.0])
    assert scale.low == -2
    assert scale.at(0) == pytest.approx(40)
    assert 0 in scale.ticks


def test_nothing_and_only_zeros_still_give_an_axis() -> None:
    assert Scale.over([]).ticks[0] == 0
    assert Scale.over([0, 0]).high > 0


def test_positions_by_hand() -> None:
    scale = Scale(-1, 3)
    assert [scale.at(value) for value in (-1, 0, 1, 3)] == [0, 25, 50, 100]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_refuses_what_is_not_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        finite(1.0, value)
    with pytest.raises(ValueError, match="cannot draw"):
        Scale.over([value])


def test_refuses_a_scale_without_room() -> None:
    with pytest.raises(ValueError, match="needs room"):
        Scale(1, 1)
