"""KPIs of surveys, each computed by hand beside it."""

from __future__ import annotations

import pytest

from earnest.incrementality.intervals import net_score_limits
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kpis.catalogue import find
from earnest.kpis.kpi import Scope, evaluate

SCOPE = Scope("answers", "EUR", 0.95, "2026-11-22T00:00:00+00:00", None, frozenset({"survey_answer"}), {})


def estimate(kpi: str, **measures: int) -> Estimate:
    found = evaluate(find(kpi), measures, SCOPE)
    assert isinstance(found, Estimate)
    return found


def test_satisfied_are_fours_and_fives() -> None:
    found = estimate("csat", satisfied=84, answers=100)
    # Wilson, z² = 3.841459: (0.84 + 0.019207) / 1.038415 = 0.827422, half 1.959964 × √(0.001344 + 0.0000960) / 1.038415 = 0.071626
    assert (found.value, found.n) == (0.84, 100)
    assert (found.low, found.high) == pytest.approx((0.755796, 0.899048), abs=2e-5)


def test_the_net_score_of_a_hundred() -> None:
    found = estimate("nps", nps_net=30, nps_answers=100, nps_poles=70)
    # 30/103 = 0.291262, variance (71.5/103 − 0.084834)/103 = 0.00591594, half 1.959964 × 0.0769152 = 0.150751
    assert (found.value, found.unit, found.method, found.n) == (30.0, "points", "adjusted wald", 100)
    assert (found.low, found.high) == pytest.approx((14.0511, 44.2013), abs=1e-3)


def test_the_net_score_of_those_who_all_agree_is_not_certain() -> None:
    low, high = net_score_limits(5, 5, 5, 0.95)
    # 5/8 = 0.625, variance (6.5/8 − 0.390625)/8 = 0.0527344, half 0.450086: 1.0751 is cut at 1
    assert (low, high) == pytest.approx((0.174914, 1.0), abs=1e-5)
    assert net_score_limits(-1, 1, 1, 0.95)[0] == -1.0
    assert net_score_limits(0, 0, 1, 0.95)[0] < 0 < net_score_limits(0, 0, 1, 0.95)[1]


def test_weighted_answers_have_the_interval_of_their_effective_number() -> None:
    # ten answers of weight 1 and ten of weight 3, millionths: Σw = 40, Σw² = 100, effective 1600/100 = 16; named 20 of 40
    found = estimate(
        "survey_attributed_share",
        named_weight=20_000_000,
        heard_weight=40_000_000,
        heard_weight_squares=100_000_000_000_000,
    )
    # Wilson of 8 of 16: 0.5 ± 1.959964 × √(0.25/16 + 3.841459/1024) / 1.240091 = 0.220001
    assert (found.value, found.n, found.method) == (0.5, 16, "weighted wilson")
    assert (found.low, found.high) == pytest.approx((0.279999, 0.720001), abs=2e-5)


def test_without_answers_there_is_no_figure() -> None:
    for kpi, measures in (
        ("csat", {"satisfied": 0, "answers": 0}),
        ("nps", {"nps_net": 0, "nps_answers": 0, "nps_poles": 0}),
        ("survey_response_rate", {"responded": 0, "invited": 0}),
        ("survey_attributed_share", {"named_weight": 0, "heard_weight": 0, "heard_weight_squares": 0}),
    ):
        found = evaluate(find(kpi), measures, SCOPE)
        assert isinstance(found, Unavailable)
        assert found.code == "empty-denominator"


def test_where_nobody_is_asked_the_remedy_is_to_ask() -> None:
    quiet = Scope("answers", "EUR", 0.95, "", None, frozenset(), {})
    found = evaluate(find("nps"), {}, quiet)
    assert isinstance(found, Unavailable)
    assert (found.code, "earnest survey invite" in found.remedy) == ("no-source", True)
