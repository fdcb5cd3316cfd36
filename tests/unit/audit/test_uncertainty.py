"""Total interval, worst-case bounds, tipping point and E-value against published and reference numbers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earnest.audit.uncertainty import (
    Defects,
    Share,
    e_value,
    e_value_limit,
    tipping_point,
    total_interval,
    worst_case,
    worst_difference,
)


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Any:
    return json.loads((shared_data / "reference" / "uncertainty" / "uncertainty.json").read_text())


FIXED = Defects(Share.exactly(0.02), Share.exactly(0.95), Share.exactly(0.88))


def test_fixed_defects_give_the_reference_factor() -> None:
    """(1 − 0.02) / (0.95 × 0.88) = 0.98 / 0.836."""
    assert FIXED.factor == pytest.approx(1.172248803827751, abs=1e-12)
    found = total_interval((100.0, 0.0), (50.0, 50.0), FIXED, margin=1.0, level=0.95)
    assert found.observed == pytest.approx(2.0)
    assert (found.low, found.value, found.high) == pytest.approx((2.344498,) * 3, abs=1e-6)


def test_e_values_of_the_reference(reference: Any) -> None:
    for row in reference["e_value"]["rows"]:
        assert e_value(row["rr"]) == pytest.approx(row["E"], abs=1e-12)
    assert e_value_limit(1.8, 8.7) == pytest.approx(3.0)
    assert e_value_limit(0.9, 1.4) == 1.0
    assert e_value_limit(0.3, 0.8) == pytest.approx(e_value(0.8))


def test_worst_case_bounds_of_the_reference(reference: Any) -> None:
    case = reference["manski"]["example"]
    treated, control = (case["pT"], case["mT"]), (case["pC"], case["mC"])
    assert worst_case(*treated) == pytest.approx(case["T"])
    assert worst_case(*control) == pytest.approx(case["C"])
    assert worst_difference(treated, control) == pytest.approx(case["diff"])


def test_tipping_point_erases_the_difference() -> None:
    """5 % against 4 %, 30 % missing on each side: the missing must be off by 0.01 / 0.6."""
    delta = tipping_point((0.05, 0.3), (0.04, 0.3))
    assert delta == pytest.approx(0.01 / 0.6)
    assert delta is not None
    treated = 0.05 * 0.7 + (0.05 - delta) * 0.3
    control = 0.04 * 0.7 + (0.04 + delta) * 0.3
    assert treated == pytest.approx(control)
    assert (
        tipping_point((0.05, 0.1), (0.04, 0.08)) is None
    )  # δ = 5.6 points: the missing treated would buy less than nothing
    assert tipping_point((0.05, 0.0), (0.04, 0.0)) is None


def test_draws_are_repeatable_and_quick() -> None:
    defects = Defects(Share.of(20, 1_000), Share.of(950, 1_000), Share.of(880, 1_000))
    began = time.process_time()
    first = total_interval((1_000.0, 100.0), (90.0, 110.0), defects, margin=0.4, level=0.95)
    spent = time.process_time() - began
    assert spent < 0.05
    assert first == total_interval((1_000.0, 100.0), (90.0, 110.0), defects, margin=0.4, level=0.95)


def test_total_interval_covers_the_truth() -> None:
    """2,000 samples of a world with d = 2 %, c = 95 %, m = 88 %, each known from 1,000 cases, and a noisy revenue."""
    rng = np.random.default_rng(3)
    truth, inside = 1_000.0, 0
    for _ in range(2_000):
        observed = rng.normal(truth / FIXED.factor, 60.0)
        told, came, known = rng.binomial(1_000, [0.02, 0.95, 0.88])
        defects = Defects(Share.of(told, 1_000), Share.of(came, 1_000), Share.of(known, 1_000))
        found = total_interval((observed, 60.0), (500.0, 500.0), defects, margin=1.0, level=0.95, draws=1_000)
        inside += found.low <= truth / 500 <= found.high
    assert 0.935 <= inside / 2_000 <= 0.968


def test_a_wider_cost_widens_the_interval() -> None:
    narrow = total_interval((1_000.0, 50.0), (100.0, 100.0), FIXED, margin=0.4, level=0.95)
    wide = total_interval((1_000.0, 50.0), (100.0, 140.0), FIXED, margin=0.4, level=0.95)
    assert wide.high - wide.low > narrow.high - narrow.low
    assert wide.low < narrow.low
