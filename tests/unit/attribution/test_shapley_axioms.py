"""Shapley's axioms on the conversion rate, the transform against all subsets, sampling against the exact value."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.attribution.journeys.channel_sets import channel_sets, masks, tallied
from earnest.attribution.journeys.coalitions import exact_shapley, sampled_shapley
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit
from earnest.attribution.journeys.models import shapley
from earnest.attribution.journeys.models.shapley import shapley_rate
from earnest.attribution.journeys.paths import of_paths
from earnest.kernel.estimate import Unavailable
from unit.attribution.journey_cases import random_journeys

SEEDS = st.integers(0, 100_000)


def values(journeys: Journeys) -> list[float]:
    return exact_shapley(*tallied(journeys, masks(journeys))).values.tolist()


def by_definition(journeys: Journeys) -> list[float]:
    """The sum over coalitions, with sets and loops."""
    touched = [set(row.tolist()) for row in np.split(journeys.items, journeys.offsets[1:-1])]
    channels = range(len(journeys.channels))

    def rate(coalition: set[int]) -> float:
        inside = [row for row, met in enumerate(touched) if met <= coalition]
        among = sum(int(journeys.totals[row]) for row in inside)
        return sum(int(journeys.conversions[row]) for row in inside) / among if among else 0.0

    n = len(journeys.channels)
    return [
        sum(
            factorial(size) * factorial(n - size - 1) / factorial(n) * (rate({*some, player}) - rate(set(some)))
            for size in range(n)
            for some in combinations([one for one in channels if one != player], size)
        )
        for player in channels
    ]


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, channels=st.integers(1, 6))
def test_the_transform_is_the_sum_over_all_coalitions(seed: int, channels: int) -> None:
    journeys = random_journeys(seed, channels=channels, longest=4)
    assert values(journeys) == pytest.approx(by_definition(journeys), rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, channels=st.integers(1, 8))
def test_efficiency_the_values_add_up_to_the_rate(seed: int, channels: int) -> None:
    journeys = random_journeys(seed, channels=channels)
    assert sum(values(journeys)) == pytest.approx(journeys.conversions.sum() / journeys.totals.sum(), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_symmetry_renaming_two_channels_exchanges_their_values(seed: int) -> None:
    journeys = random_journeys(seed, channels=5)
    exchanged = np.array([1, 0, 2, 3, 4], np.int32)[journeys.items]
    one, other = values(journeys), values(replace(journeys, items=exchanged))
    assert [one[1], one[0], *one[2:]] == pytest.approx(other, rel=1e-9, abs=1e-12)


def test_symmetry_channels_that_do_the_same_are_worth_the_same() -> None:
    journeys = of_paths(
        ["a > b", "a", "b", "c > a", "c > b", "c"], conversions=[3, 1, 1, 2, 2, 0], nulls=[1, 4, 4, 2, 2, 5]
    )
    a, b, _ = values(journeys)
    assert a == pytest.approx(b, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_dummy_a_channel_without_touches_is_worth_nothing(seed: int) -> None:
    journeys = random_journeys(seed, channels=4)
    wider = replace(journeys, channels=(*journeys.channels, "never"))
    assert values(wider)[:4] == pytest.approx(values(journeys), rel=1e-9, abs=1e-12)
    assert values(wider)[4] == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sampling_lies_within_three_standard_errors_of_the_exact_value(seed: int) -> None:
    journeys = random_journeys(seed, journeys=500, channels=9)
    sampled = sampled_shapley(channel_sets(journeys.present()), 9, pairs=600, seed=seed)
    assert sampled.errors is not None
    exact = np.array(values(journeys))
    assert (np.abs(sampled.values - exact) <= 3 * sampled.errors + 1e-12).all()
    assert sampled.values.sum() == pytest.approx(exact.sum(), rel=1e-9), "every order adds up to the rate"


def test_more_than_twenty_channels_are_sampled_and_say_so() -> None:
    journeys = random_journeys(7, journeys=300, channels=25, longest=4)
    credit = shapley_rate(pairs=200).credit(journeys)
    assert isinstance(credit, Credit)
    columns = dict(credit.columns)
    assert (columns["standard_error"] >= 0).all()
    assert float(columns["standard_error"].max()) > 0
    again = shapley_rate(pairs=200).credit(journeys)
    assert isinstance(again, Credit)
    assert again.conversions.tolist() == credit.conversions.tolist(), "the seed is part of the model"


def test_sampling_of_many_sets_takes_fewer_orders_and_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "_MOST_WORK", 40_000)
    credit = shapley_rate(pairs=2_000).credit(random_journeys(7, journeys=300, channels=25))
    assert isinstance(credit, Credit)
    assert dict(credit.facts)["pairs"] == 20


def test_without_null_journeys_there_is_no_rate_to_speak_of() -> None:
    answer = shapley_rate().credit(of_paths(["a > b"], conversions=[3]))
    assert isinstance(answer, Unavailable)
    assert answer.code == "no-null-journeys"


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_sets_by_table_by_bits_and_by_rows_are_the_same(seed: int) -> None:
    journeys = random_journeys(seed, channels=5)
    found = []
    for width in (5, 40, 70):
        sets = channel_sets(replace(journeys, channels=tuple(f"c{i:02}" for i in range(width))))
        members = [tuple(row.tolist()) for row in np.split(sets.items, sets.offsets[1:-1])]
        found.append(sorted(zip(members, sets.conversions.tolist(), sets.journeys.tolist(), strict=True)))
    tally = [one for one in found[0] if one[2]]
    assert tally == [one for one in found[1] if one[2]] == [one for one in found[2] if one[2]]
