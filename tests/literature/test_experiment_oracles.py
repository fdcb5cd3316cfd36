"""Other people's programs: gbstats cases, tea-tasting run beside, Holm on the Benjamini–Hochberg family."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earnest.incrementality.analysis import analyze, holm
from earnest.incrementality.difference import Difference, difference_of_means
from earnest.incrementality.moments import Moments
from earnest.incrementality.relative_lift import RelativeLift, relative_lift
from earnest.incrementality.sample_ratio import SampleRatio, sample_ratio


@pytest.fixture(scope="module")
def gbstats(shared_data: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((shared_data / "reference/experiments/gbstats.json").read_text())
    return body


def case(gbstats: dict[str, Any], name: str) -> tuple[Moments, Moments, dict[str, Any]]:
    found = next(row for row in gbstats["cases"] if row["name"] == name)
    arms = [
        Moments(arm["n"], arm["sum"], arm["sum_squares"], arm["n"]) for arm in (found["treatment"], found["control"])
    ]
    return arms[0], arms[1], found["expected"]


def test_gbstats_absolute_difference_of_means(gbstats: dict[str, Any]) -> None:
    treated, control, expected = case(gbstats, "revenue_absolute_two_sided")
    found = difference_of_means(treated, control)
    assert isinstance(found, Difference)
    assert (found.value, found.se) == pytest.approx((expected["expected"], expected["uplift"]["stddev"]), rel=1e-7)
    assert (found.low, found.high) == pytest.approx(expected["ci"], rel=1e-7)
    assert found.p_value == pytest.approx(expected["pValue"], rel=1e-7)


def test_gbstats_relative_difference_of_means(gbstats: dict[str, Any]) -> None:
    treated, control, expected = case(gbstats, "revenue_relative_two_sided")
    found = relative_lift(treated, control)
    assert isinstance(found, RelativeLift)
    assert (found.value, found.se) == pytest.approx((expected["expected"], expected["uplift"]["stddev"]), rel=1e-7)
    assert found.delta == pytest.approx(expected["ci"], rel=1e-7)


@pytest.mark.parametrize("index", [1, 2])
def test_gbstats_absolute_difference_of_proportions(gbstats: dict[str, Any], index: int) -> None:
    """gbstats takes p(1 − p) for the variance, Earnest divides by n − 1 like any mean: equal up to 1/n."""
    found = next(row for row in gbstats["cases"] if row["name"] == f"prop{index}_absolute_two_sided")
    arms = [Moments.of_events(arm["n"], int(arm["sum"])) for arm in (found["treatment"], found["control"])]
    mine = difference_of_means(arms[0], arms[1])
    assert isinstance(mine, Difference)
    assert mine.value == pytest.approx(found["expected"]["expected"], rel=1e-7)
    assert (mine.low, mine.high) == pytest.approx(found["expected"]["ci"], rel=2e-3)
    without_correction = sum(arm.variance * (arm.n - 1) / arm.n / arm.n for arm in arms) ** 0.5
    assert without_correction == pytest.approx(found["expected"]["uplift"]["stddev"], rel=1e-7)


def test_gbstats_sample_ratio(gbstats: dict[str, Any]) -> None:
    for row in gbstats["srm"]:
        names = [f"arm {index}" for index in range(len(row["users"]))]
        found = sample_ratio(dict(zip(names, row["users"], strict=True)), dict(zip(names, row["weights"], strict=True)))
        assert isinstance(found, SampleRatio)
        assert found.p_value == pytest.approx(row["p"], rel=1e-7)


def test_holm_on_the_benjamini_hochberg_family(shared_data: Path) -> None:
    path = shared_data / "reference/experiments/simulations_and_formulas.json"
    family = json.loads(path.read_text())["multiple_testing"]
    adjusted = holm({str(index): p for index, p in enumerate(family["p"])})
    assert [adjusted[str(index)] for index in range(len(family["p"]))] == pytest.approx(family["holm"], abs=1e-9)


def test_tea_tasting_agrees() -> None:
    tea_tasting = pytest.importorskip("tea_tasting")
    arrow = pytest.importorskip("pyarrow")
    rng = np.random.default_rng(20_080_320)
    variant = np.repeat([0, 1], [6_000, 4_000])
    visit = rng.binomial(1, np.where(variant == 1, 0.16, 0.12))
    spend = np.round(visit * rng.lognormal(3.5, 0.9, size=variant.size), 2)
    data = arrow.table({"variant": variant, "visit": visit, "spend": spend})
    experiment = tea_tasting.Experiment(
        visit=tea_tasting.Mean("visit", use_t=True, equal_var=False),
        spend=tea_tasting.Mean("spend", use_t=True, equal_var=False),
    )
    theirs = experiment.analyze(data)
    arms = {
        str(arm): {"visit": Moments.of(visit[variant == arm]), "spend": Moments.of(spend[variant == arm])}
        for arm in (0, 1)
    }
    mine = analyze(arms, "0", shares={"0": 6, "1": 4})
    for metric in ("visit", "spend"):
        contrast = mine.contrast(metric)
        assert isinstance(contrast.difference, Difference)
        assert isinstance(contrast.lift, RelativeLift)
        oracle = theirs[metric]
        assert contrast.difference.value == pytest.approx(oracle.effect_size, rel=1e-10)
        ends = (oracle.effect_size_ci_lower, oracle.effect_size_ci_upper)
        assert (contrast.difference.low, contrast.difference.high) == pytest.approx(ends, rel=1e-9)
        assert contrast.difference.p_value == pytest.approx(oracle.pvalue, rel=1e-8)
        assert contrast.lift.log_ratio == pytest.approx(
            (oracle.rel_effect_size_ci_lower, oracle.rel_effect_size_ci_upper), rel=1e-9
        )
