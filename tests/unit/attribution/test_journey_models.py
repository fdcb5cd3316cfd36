"""What holds for every model of journeys: credits add up; neither the order of rows nor grouping of equal ones matters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.attribution.journeys import blocks
from earnest.attribution.journeys.journeys import Journeys, of_columns
from earnest.attribution.journeys.model import Credit, JourneyModel, journey_model, journey_models
from earnest.attribution.journeys.models.time_decay import time_decay
from earnest.attribution.journeys.weighing import weighed_credit
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import split
from earnest.kernel.period import DAY_US
from unit.attribution.journey_cases import random_journeys

ALL = tuple(journey_models().values())
CONSERVED = [model for model in ALL if model.conserved]
RULES = [model for model in ALL if model.family == "rule"]


def shuffled(journeys: Journeys, seed: int) -> Journeys:
    """The same journeys in another order."""
    order = np.random.default_rng(seed).permutation(journeys.count)
    touches = np.concatenate([np.arange(journeys.offsets[j], journeys.offsets[j + 1]) for j in order])
    assert journeys.nulls is not None
    assert journeys.value is not None
    assert journeys.age_us is not None
    assert journeys.milestone is not None
    return replace(
        journeys,
        items=journeys.items[touches],
        offsets=np.concatenate(([0], np.cumsum(journeys.lengths[order]))),
        conversions=journeys.conversions[order],
        nulls=journeys.nulls[order],
        value=journeys.value[order],
        age_us=journeys.age_us[touches],
        milestone=journeys.milestone[touches],
    )


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.id)
def test_a_model_says_what_it_is(model: JourneyModel) -> None:
    assert model.label
    assert model.definition
    assert model.why
    assert model.reference
    assert all(p.name and p.value and p.reason for p in model.parameters)
    assert ("not what they caused" in model.caveat) == (model.family == "path")


def test_any_touch_is_the_only_model_that_may_exceed_the_total() -> None:
    assert [model.id for model in ALL if not model.conserved] == ["any_touch"]


@pytest.mark.parametrize("model", CONSERVED, ids=lambda model: model.id)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), channels=st.integers(2, 7))
def test_credits_add_up_exactly(model: JourneyModel, seed: int, channels: int) -> None:
    journeys = random_journeys(seed, channels=channels)
    credit = model.credit(journeys)
    if isinstance(credit, Unavailable):
        assert credit.code in {"no-direct-channel", "no-positive-score", "not-identified"}
        return
    assert journeys.value is not None
    assert credit.exact is not None
    assert credit.value is not None
    assert int(credit.exact.sum()) == int(journeys.value.sum())
    assert credit.conversions.sum() == pytest.approx(journeys.conversions.sum(), rel=1e-9)
    assert credit.value.sum() == pytest.approx(journeys.value.sum() / 100, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.id)
def test_the_order_of_rows_does_not_matter(model: JourneyModel) -> None:
    journeys = random_journeys(4)
    one, other = model.credit(journeys), model.credit(shuffled(journeys, 9))
    if isinstance(one, Unavailable):
        assert one == other
        return
    assert isinstance(other, Credit)
    assert one.conversions == pytest.approx(other.conversions, rel=1e-9)
    if model.family == "rule":
        assert one.exact is not None
        assert other.exact is not None
        assert one.exact.tolist() == other.exact.tolist()


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.id)
def test_a_row_may_stand_for_many_journeys(model: JourneyModel) -> None:
    """Two rows of two journeys each say what four rows of one say (money aside, which is rounded by row)."""
    journeys = replace(random_journeys(5), value=None)
    twice = Journeys(
        journeys.channels,
        np.concatenate((journeys.items, journeys.items)),
        np.concatenate((journeys.offsets, journeys.offsets[1:] + len(journeys.items))),
        np.concatenate((journeys.conversions, journeys.conversions)),
        None if journeys.nulls is None else np.concatenate((journeys.nulls, journeys.nulls)),
        age_us=None if journeys.age_us is None else np.concatenate((journeys.age_us, journeys.age_us)),
        milestone=None if journeys.milestone is None else np.concatenate((journeys.milestone, journeys.milestone)),
    )
    grouped = replace(
        journeys,
        conversions=journeys.conversions * 2,
        nulls=None if journeys.nulls is None else journeys.nulls * 2,
    )
    one, other = model.credit(twice), model.credit(grouped)
    if isinstance(one, Unavailable):
        assert one == other
        return
    assert isinstance(other, Credit)
    assert one.conversions == pytest.approx(other.conversions, rel=1e-9)


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.id)
def test_blocks_change_nothing(model: JourneyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    journeys = random_journeys(6)
    whole = model.credit(journeys)
    monkeypatch.setattr(blocks, "_BLOCK_TOUCHES", 17)
    cut = model.credit(journeys)
    if isinstance(whole, Unavailable):
        assert whole == cut
        return
    assert isinstance(cut, Credit)
    assert cut.conversions == pytest.approx(whole.conversions, rel=1e-12)
    assert whole.exact is not None
    assert cut.exact is not None
    assert cut.exact.tolist() == whole.exact.tolist()


@settings(max_examples=200, deadline=None)
@given(
    value=st.integers(-(10**17), 10**17),
    weights=st.lists(st.integers(0, 1 << 20), min_size=1, max_size=12).filter(any),
)
def test_money_is_split_like_in_the_sql(value: int, weights: list[int]) -> None:
    """Each touch its own channel: the parts are those of the kernel's cumulative split, for negative values too."""
    journeys = of_columns(
        np.zeros(len(weights), int),
        np.arange(len(weights)),
        [str(i) for i in range(len(weights))],
        conversions=[1],
        value=np.array([value]),
        units=100,
        currency="EUR",
    )
    credit = weighed_credit(journeys, np.array(weights, np.int64))
    assert credit.exact is not None
    assert credit.exact.tolist() == split(value, weights)


def test_a_journey_of_very_heavy_weights_is_split_in_pythons_integers() -> None:
    """4,000 touches of 2^20 each: sums beyond 32 bits, whose products would overflow 64."""
    weights = np.full(4_000, 1 << 20, np.int64)
    journeys = of_columns(
        np.zeros(4_000, int), np.arange(4_000) % 2, ["a", "b"], conversions=[1], value=np.array([10**15 + 1]), units=100
    )
    credit = weighed_credit(journeys, weights)
    assert credit.exact is not None
    parts = split(10**15 + 1, weights.tolist())
    assert credit.exact.tolist() == [sum(parts[0::2]), sum(parts[1::2])]


def test_touches_out_of_order_of_their_journeys_are_sorted_once() -> None:
    sorted_one = of_columns([0, 0, 1], [0, 1, 1], ["a", "b"], conversions=[1, 1])
    mixed = of_columns([0, 1, 0], [0, 1, 1], ["a", "b"], conversions=[1, 1])
    assert mixed.items.tolist() == sorted_one.items.tolist()
    assert mixed.offsets.tolist() == [0, 2, 3]


def test_a_half_life_has_a_name() -> None:
    names = [time_decay(us).id for us in (7 * DAY_US, DAY_US, 3 * DAY_US, DAY_US // 2, 90 * 60_000_000)]
    assert names == ["time_decay_7d", "time_decay_24h", "time_decay_3d", "time_decay_12h", "time_decay_90min"]


def test_an_unknown_model_is_told_with_the_closest_one() -> None:
    with pytest.raises(UsageError) as error:
        journey_model("lineer")
    assert "did you mean 'linear'" in error.value.message
