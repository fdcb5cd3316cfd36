"""The chain against a solution written another way: dictionaries of tuples and one dense solve a channel."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.attribution.journeys import chain as chains
from earnest.attribution.journeys import removal
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit
from earnest.attribution.journeys.models.markov import markov
from earnest.kernel.estimate import Unavailable
from unit.attribution.journey_cases import random_journeys

State = tuple[int, ...]


def dense(journeys: Journeys, order: int) -> tuple[float, list[float]]:
    """P(conversion) and removal effects, by the definition."""
    counts: dict[State | str, dict[State | str, float]] = defaultdict(lambda: defaultdict(float))
    assert journeys.nulls is not None
    for row in range(journeys.count):
        path = tuple(journeys.items[journeys.offsets[row] : journeys.offsets[row + 1]].tolist())
        windows = [path[i : i + order] for i in range(max(len(path) - order, 0) + 1)]
        for end, weight in (("conversion", journeys.conversions[row]), ("null", journeys.nulls[row])):
            steps: list[State | str] = ["start", *windows, end]
            for one, other in pairwise(steps):
                counts[one][other] += float(weight)
    whole = _reach(counts, None)
    return whole, [1 - _reach(counts, channel) / whole for channel in range(len(journeys.channels))]


def _reach(counts: dict[State | str, dict[State | str, float]], without: int | None) -> float:
    states = [state for state in counts if sum(counts[state].values())]
    place = {state: index for index, state in enumerate(states)}
    moves, ends = np.zeros((len(states), len(states))), np.zeros(len(states))
    for state in states:
        out = sum(counts[state].values())
        for target, weight in counts[state].items():
            if isinstance(target, tuple) and without not in target and target in place:
                moves[place[state], place[target]] += weight / out
            elif target == "conversion":
                ends[place[state]] += weight / out
    return float(np.linalg.solve(np.eye(len(states)) - moves, ends)[place["start"]])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 5_000))
def test_every_order_is_the_dense_solution(order: int, seed: int) -> None:
    journeys = random_journeys(seed, journeys=40, channels=4)
    probability, effects = dense(journeys, order)
    credit = markov(order).credit(journeys)
    assert isinstance(credit, Credit)
    assert dict(credit.facts)["conversion_probability"] == pytest.approx(probability, rel=1e-11)
    assert dict(credit.columns)["removal_effect"] == pytest.approx(effects, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_iterating_answers_what_solving_does(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    journeys = random_journeys(3, journeys=400, channels=6)
    solved = removal.removal_effects(chains.chain(journeys.present(), order), 6)
    monkeypatch.setattr(removal, "_SOLVED_STATES", 0)
    iterated = removal.removal_effects(chains.chain(journeys.present(), order), 6)
    assert iterated.probability == pytest.approx(solved.probability, rel=1e-13)
    assert iterated.effects == pytest.approx(solved.effects, rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_counting_by_table_and_by_numbers_met_agree(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    journeys = random_journeys(8, journeys=300).present()
    table = chains.chain(journeys, order)
    monkeypatch.setattr(chains, "_TABLE", 0)
    monkeypatch.setattr(chains, "_BLOCK_TOUCHES", 64)
    monkeypatch.setattr(chains, "_LARGEST_BLOCK", 64)
    met = chains.chain(journeys, order)
    for name in ("holds", "source", "target", "moves", "starts", "converts", "leaves"):
        assert getattr(table, name).tolist() == getattr(met, name).tolist(), name


def test_a_channel_that_never_touches_has_no_effect() -> None:
    journeys = random_journeys(2, channels=4)
    wider = Journeys(
        (*journeys.channels, "never"), journeys.items, journeys.offsets, journeys.conversions, journeys.nulls
    )
    for order in (1, 2, 4):
        credit = markov(order).credit(wider)
        assert isinstance(credit, Credit)
        assert credit.conversions[-1] == 0


def test_too_many_channels_for_an_order_are_refused_with_what_to_do() -> None:
    many = Journeys(tuple(map(str, range(9_000))), np.array([0], np.int32), np.array([0, 1]), np.array([1]))
    answer = markov(4).credit(many)
    assert isinstance(answer, Unavailable)
    assert (answer.code, "--order" in answer.remedy) == ("too-many-states", True)
