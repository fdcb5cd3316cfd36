"""Cases that can be checked by hand: AnalyzeCore, pychattr's README, gloves, the airport, equal split, U, W and full path."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from earnest.attribution.journeys.coalitions import game_values
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, journey_model
from earnest.attribution.journeys.models.last_non_direct import last_non_direct
from earnest.attribution.journeys.models.position import position_u
from earnest.attribution.journeys.paths import of_paths
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import DAY_US


def credited(model: str, journeys: Journeys) -> dict[str, float]:
    credit = journey_model(model).credit(journeys)
    assert isinstance(credit, Credit)
    return dict(zip(journeys.channels, credit.conversions.tolist(), strict=True))


def column(model: str, journeys: Journeys, name: str) -> dict[str, float]:
    credit = journey_model(model).credit(journeys)
    assert isinstance(credit, Credit)
    return dict(zip(journeys.channels, dict(credit.columns)[name].tolist(), strict=True))


def one(path: str) -> Journeys:
    return of_paths([path], conversions=[1])


def test_analyzecore_tutorial() -> None:
    """S. Bryl, AnalyzeCore 2016: C1 > C2 > C3 converts, C1 and C2 > C3 do not."""
    journeys = of_paths(["C1 > C2 > C3", "C1", "C2 > C3"], conversions=[1, 0, 0], nulls=[0, 1, 1])
    assert column("markov_1", journeys, "removal_effect") == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})
    assert credited("markov_1", journeys) == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})
    credit = journey_model("markov_1").credit(journeys)
    assert isinstance(credit, Credit)
    assert dict(credit.facts)["conversion_probability"] == pytest.approx(1 / 3)


def test_pychattr_readme() -> None:
    """pychattr simulates 1.991 and 1.009; without A nothing starts, without B half of what leaves A still converts."""
    journeys = of_paths(["A>B>A>B>B>A", "A>B>B>A>A", "A>A"], conversions=[1, 1, 1])
    assert column("markov_1", journeys, "removal_effect") == pytest.approx({"A": 1.0, "B": 0.5})
    assert credited("markov_1", journeys) == pytest.approx({"A": 2.0, "B": 1.0})


def test_equal_split_theorem() -> None:
    """v(S) = conversions of journeys with channels in S: each journey is shared evenly over its channels."""
    journeys = of_paths(["A > B", "A", "B > C > A"], conversions=[1, 1, 1])
    expected = {"A": 11 / 6, "B": 5 / 6, "C": 1 / 3}
    assert credited("linear_unique", journeys) == pytest.approx(expected)
    worth = np.array([_within(mask) for mask in range(8)], float)
    assert game_values(worth, 3).tolist() == pytest.approx(list(expected.values()))


def _within(mask: int) -> int:
    """Conversions of the three journeys above by channels A (1), B (2), C (4)."""
    return sum(1 for journey in (3, 1, 7) if journey & ~mask == 0)


def test_gloves() -> None:
    """One left glove (player 0), two right ones: a pair is worth 1."""
    worth = np.array([1.0 if mask & 1 and mask & 6 else 0.0 for mask in range(8)])
    assert game_values(worth, 3).tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_airport() -> None:
    """Runway costs 8, 11, 13, 18: each stretch is shared by those who need it."""
    costs = (8, 11, 13, 18)
    worth = np.array(
        [max((cost for i, cost in enumerate(costs) if mask >> i & 1), default=0) for mask in range(16)], float
    )
    assert game_values(worth, 4).tolist() == pytest.approx([2, 3, 4, 9])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", {"a": 1.0}),
        ("a > b", {"a": 0.5, "b": 0.5}),
        ("a > b > a", {"a": 0.8, "b": 0.2}),
        ("a > b > c > d", {"a": 0.4, "b": 0.1, "c": 0.1, "d": 0.4}),
    ],
)
def test_position_u(path: str, expected: dict[str, float]) -> None:
    assert credited("position_u", one(path)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a > b > lead:c > d > e", {"a": 0.3, "b": 0.05, "c": 0.3, "d": 0.05, "e": 0.3}),
        ("a > lead:c > e", {"a": 1 / 3, "c": 1 / 3, "e": 1 / 3}),
        ("lead:a > b > c", {"a": 0.6, "b": 0.1, "c": 0.3}),
        ("a > b > lead:a > lead:c > d", {"a": 0.6, "b": 0.05, "c": 0.05, "d": 0.3}),
        ("lead:a", {"a": 1.0}),
        ("lead:a > b", {"a": 2 / 3, "b": 1 / 3}),
    ],
)
def test_position_w(path: str, expected: dict[str, float]) -> None:
    assert credited("position_w", one(path)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a > lead:b > c > opportunity:d > e", {"a": 0.225, "b": 0.225, "c": 0.1, "d": 0.225, "e": 0.225}),
        ("a > lead:b > opportunity:d > e", {"a": 0.25, "b": 0.25, "d": 0.25, "e": 0.25}),
        ("a > c > opportunity:b > e", {"a": 0.225, "b": 0.45, "c": 0.1, "e": 0.225}),
    ],
)
def test_full_path(path: str, expected: dict[str, float]) -> None:
    """An opportunity without a lead before it is the lead, too."""
    assert credited("full_path", one(path)) == pytest.approx(expected)


def test_w_of_a_journey_without_a_milestone_leaves_the_role_out() -> None:
    journeys = of_paths(["a > b > c", "a > lead:b > c"], conversions=[1, 0])
    assert credited("position_w", journeys) == pytest.approx({"a": 3 / 7, "b": 1 / 7, "c": 3 / 7})


def test_w_without_any_milestone_in_the_data_has_no_answer() -> None:
    answer = journey_model("position_w").credit(one("a > b"))
    assert isinstance(answer, Unavailable)
    assert answer.code == "no-milestones"


def test_time_decay_with_a_half_life_of_seven_days() -> None:
    """Ages 14, 7 and 0 days weigh 1/4, 1/2 and 1 of 7/4."""
    journeys = Journeys(
        channels=("a", "b", "c"),
        items=np.array([0, 1, 2], np.int32),
        offsets=np.array([0, 3]),
        conversions=np.array([1]),
        age_us=np.array([14, 7, 0]) * DAY_US,
    )
    assert credited("time_decay_7d", journeys) == pytest.approx({"a": 1 / 7, "b": 2 / 7, "c": 4 / 7})


def test_linear_counts_repeats_and_linear_unique_does_not() -> None:
    journeys = one("a > b > a > c")
    assert credited("linear", journeys) == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.25})
    assert credited("linear_unique", journeys) == pytest.approx({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})


def test_rank_decays_are_two_different_things() -> None:
    """a > b > a > c: distinct a, b, c weigh 1, 2, 3 of 6; by halves the touches weigh 1, 2, 4, 8 of 15."""
    journeys = one("a > b > a > c")
    assert credited("rank_decay_unique", journeys) == pytest.approx({"a": 1 / 6, "b": 2 / 6, "c": 3 / 6})
    assert credited("rank_decay_half", journeys) == pytest.approx({"a": 5 / 15, "b": 2 / 15, "c": 8 / 15})


def test_last_non_direct_passes_over_direct_but_not_beyond_a_journey_of_it() -> None:
    journeys = of_paths(["sms > Direct > Direct", "Direct > Direct", "sms > email"], conversions=[1, 1, 1])
    assert credited("last_non_direct", journeys) == {"Direct": 1.0, "email": 1.0, "sms": 1.0}
    named = last_non_direct("email").credit(journeys)
    assert isinstance(named, Credit)
    assert dict(zip(journeys.channels, named.conversions.tolist(), strict=True)) == {
        "Direct": 2.0,
        "email": 0.0,
        "sms": 1.0,
    }
    answer = journey_model("last_non_direct").credit(one("a > b"))
    assert isinstance(answer, Unavailable)
    assert answer.code == "no-direct-channel"


def test_any_touch_gives_everything_to_everyone() -> None:
    journeys = of_paths(["a > b > a", "b"], conversions=[2, 3], value=[700, 300], units=100, currency="EUR")
    credit = journey_model("any_touch").credit(journeys)
    assert isinstance(credit, Credit)
    assert credit.conversions.tolist() == [2, 5]
    assert credit.exact is not None
    assert credit.exact.tolist() == [700, 1_000]


def test_weights_of_the_u_model_must_be_shares() -> None:
    with pytest.raises(UsageError) as error:
        position_u((Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)))
    assert error.value.code == "bad-weights"


def test_shao_li_by_hand() -> None:
    """p(a) = 2/4, p(b) = 1/3, p(ab) = 1/2: a > b converts once, a alone once.

    a: from a > b p(a)/2 + (p(ab) − p(b))/2 = 1/4 + 1/12, alone 1/2; b: from a > b 1/6 + (1/2 − 1/2)/2.
    """
    journeys = of_paths(["a > b", "a", "b"], conversions=[1, 1, 0], nulls=[1, 1, 1])
    assert column("shao_li", journeys, "unscaled") == pytest.approx({"a": 1 / 3 + 1 / 2, "b": 1 / 6})
