"""Hillstrom's e-mail experiment (MineThatData, 2008): 64,000 customers, two mailings and a hold-out.

Expected figures are typed from the reference computation (two independent programs agree on them), not from output.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.incrementality.analysis import POOLED, ExperimentAnalysis, analyze
from earnest.incrementality.difference import Difference
from earnest.incrementality.moments import Moments
from earnest.incrementality.relative_lift import RelativeLift
from earnest.incrementality.sample_ratio import SampleRatio
from earnest.kernel.estimate import Estimate
from earnest.usecases.experiment_analyze import TableAnalysis, analyze_table

MENS, WOMENS, NONE = "Mens E-Mail", "Womens E-Mail", "No E-Mail"

# treated, metric, control mean, treated mean, difference, standard error, low, high, lift
ROWS = [
    (MENS, "visit", 0.106167, 0.182757, 0.076590, 0.003386, 0.069953, 0.083226, 0.721),
    (MENS, "conversion", 0.005726, 0.012531, 0.006805, 0.000921, 0.005000, 0.008610, 1.188),
    (MENS, "spend", 0.652789, 1.422617, 0.769827, 0.145247, 0.485140, 1.054515, 1.179),
    (WOMENS, "visit", 0.106167, 0.151400, 0.045233, 0.003234, 0.038893, 0.051573, 0.426),
    (WOMENS, "conversion", 0.005726, 0.008837, 0.003111, 0.000823, 0.001499, 0.004724, 0.543),
    (WOMENS, "spend", 0.652789, 1.077202, 0.424412, 0.130333, 0.168957, 0.679868, 0.650),
]


@pytest.fixture(scope="module")
def table(shared_data: Path) -> TableAnalysis:
    path = shared_data / "hillstrom.csv.gz"
    outcomes = ["visit", "conversion", "spend"]
    return analyze_table(path, "segment", NONE, outcomes, margin="0.5", cost_per_unit="0.1", currency="USD")


@pytest.fixture(scope="module")
def mens_against_womens(shared_data: Path) -> ExperimentAnalysis:
    path = shared_data / "hillstrom.csv.gz"
    return analyze_table(path, "segment", WOMENS, ["visit", "conversion", "spend"]).analysis


def difference(analysis: ExperimentAnalysis, metric: str, treated: str) -> Difference:
    found = analysis.contrast(metric, treated).difference
    assert isinstance(found, Difference)
    return found


@pytest.mark.parametrize(
    ("treated", "metric", "control_mean", "treated_mean", "value", "se", "low", "high", "lift"),
    ROWS,
    ids=[f"{row[0]}-{row[1]}" for row in ROWS],
)
def test_each_mailing_against_none(
    table: TableAnalysis,
    treated: str,
    metric: str,
    control_mean: float,
    treated_mean: float,
    value: float,
    se: float,
    low: float,
    high: float,
    lift: float,
) -> None:
    found = difference(table.analysis, metric, treated)
    assert (found.control_mean, found.treated_mean) == pytest.approx((control_mean, treated_mean), abs=1e-6)
    assert (found.value, found.se) == pytest.approx((value, se), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    relative = table.analysis.contrast(metric, treated).lift
    assert isinstance(relative, RelativeLift)
    assert relative.value == pytest.approx(lift, abs=5.1e-4)


def test_any_mailing_against_none(table: TableAnalysis) -> None:
    values = [difference(table.analysis, metric, POOLED).value for metric in ("visit", "conversion", "spend")]
    assert values == pytest.approx([0.060882, 0.004955, 0.596796], abs=1e-6)
    spend = difference(table.analysis, "spend", POOLED)
    assert (spend.se, spend.low, spend.high) == pytest.approx((0.112556, 0.376185, 0.817407), abs=1e-6)


def test_lift_of_any_mailing_prefers_the_log_ratio(table: TableAnalysis) -> None:
    lift = table.analysis.contrast("spend", POOLED).lift
    assert isinstance(lift, RelativeLift)
    assert lift.value == pytest.approx(0.91, abs=0.005)
    assert lift.delta == pytest.approx((0.40, 1.43), abs=0.005)
    assert lift.log_ratio == pytest.approx((0.46, 1.51), abs=0.005)
    assert lift.preferred == "log-ratio"
    assert (lift.low, lift.high) == lift.log_ratio


def test_mens_against_womens(mens_against_womens: ExperimentAnalysis) -> None:
    spend = difference(mens_against_womens, "spend", MENS)
    assert (spend.value, spend.se) == pytest.approx((0.345415, 0.159617), abs=1e-6)
    assert (spend.low, spend.high) == pytest.approx((0.032561, 0.658268), abs=1e-6)


@pytest.mark.parametrize(
    ("treated", "value", "low", "high"),
    [(POOLED, 25_480, 16_061, 34_898), (MENS, 16_403, 10_337, 22_469), (WOMENS, 9_077, 3_613, 14_540)],
)
def test_incremental_spend(table: TableAnalysis, treated: str, value: float, low: float, high: float) -> None:
    assert isinstance(table.returns, dict)
    extra = table.returns[treated].incremental_revenue
    assert isinstance(extra, Estimate)
    assert (extra.value, extra.low, extra.high) == pytest.approx((value, low, high), abs=0.5)
    assert (extra.unit, extra.basis, extra.definition) == ("USD", "incremental", "incremental_revenue@1")


def test_return_of_both_mailings(table: TableAnalysis) -> None:
    """Half of 25,480 is profit; 42,694 mailings at 0.10 cost 4,269.40."""
    assert isinstance(table.returns, dict)
    returns = table.returns[POOLED]
    assert isinstance(returns.incremental_return, Estimate)
    assert isinstance(returns.contribution, Estimate)
    assert returns.incremental_return.value == pytest.approx(25_479.611273 * 0.5 / 4_269.40, rel=1e-6)
    assert returns.contribution.low == pytest.approx(16_060.853924 * 0.5 - 4_269.40, rel=1e-6)


def test_arms_have_the_planned_sizes(table: TableAnalysis) -> None:
    ratio = table.analysis.ratio
    assert isinstance(ratio, SampleRatio)
    assert ratio.counts == {MENS: 21_307, WOMENS: 21_387, NONE: 21_306}
    assert ratio.chi2 == pytest.approx(0.2025, abs=5e-5)
    assert ratio.p_value == pytest.approx(0.904, abs=5e-4)
    assert table.analysis.findings == ()


def test_reading_the_file_loses_nothing(table: TableAnalysis) -> None:
    assert table.rows == 64_000
    assert table.revenue_outcome == "spend"
    assert difference(table.analysis, "spend", MENS).n_control == 21_306


def test_every_reference_digit(
    table: TableAnalysis, mens_against_womens: ExperimentAnalysis, shared_data: Path
) -> None:
    """All printed digits of the reference file; its lifts use the normal, ours Student's t, hence 1e-4 there."""
    reference = json.loads((shared_data / "reference/experiments/hillstrom.json").read_text())["effects"]
    cases = {
        "Mens E-Mail vs No E-Mail": (table.analysis, MENS),
        "Womens E-Mail vs No E-Mail": (table.analysis, WOMENS),
        "Any E-Mail vs No E-Mail": (table.analysis, POOLED),
        "Mens E-Mail vs Womens E-Mail": (mens_against_womens, MENS),
    }
    for name, (analysis, treated) in cases.items():
        for metric in ("visit", "conversion", "spend"):
            expected, found = reference[name][metric], difference(analysis, metric, treated)
            shown = (found.value, found.se, found.df, found.low, found.high, found.p_value)
            wanted = (expected["diff"], expected["se"], expected["df"], *expected["ci95"], expected["p"])
            assert shown == pytest.approx(wanted, rel=1e-9), (name, metric)
            lift = analysis.contrast(metric, treated).lift
            assert isinstance(lift, RelativeLift)
            assert (lift.value, lift.se) == pytest.approx((expected["rel_lift"], expected["se_delta"]), rel=1e-9)
            assert lift.delta == pytest.approx(expected["ci95_delta"], abs=1e-4)
            assert lift.log_ratio == pytest.approx(expected["ci95_log"], abs=1e-4)


def test_moments_alone_give_the_same_answer() -> None:
    """Sums as published: 30,311.69 and 13,908.33 dollars; standard deviations 17.754205 and 11.588200."""
    arms = {}
    for arm, n, total, sd, buyers in (
        (MENS, 21_307, 30_311.69, 17.754205, 267),
        (NONE, 21_306, 13_908.33, 11.588200, 122),
    ):
        arms[arm] = {"spend": Moments(n, total, sd**2 * (n - 1) + total**2 / n, buyers)}
    found = difference(analyze(arms, NONE), "spend", MENS)
    assert (found.value, found.se) == pytest.approx((0.769827, 0.145247), abs=1e-6)
