from __future__ import annotations

import pytest

from earnest.incrementality.sample_ratio import SampleRatio, sample_ratio
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable


def test_alarm_blocks_and_names_the_sizes() -> None:
    ratio = sample_ratio({"control": 9_500, "treated": 10_500})
    assert isinstance(ratio, SampleRatio)
    finding = ratio.finding()
    assert finding is not None
    assert (finding.code, finding.severity, finding.tested) == ("sample-ratio-mismatch", "blocks", 20_000)
    assert "9,500" in finding.message
    assert "10,000" in finding.message


def test_planned_weights_may_be_any_scale() -> None:
    counts = {"a": 9_000, "b": 1_040}
    assert sample_ratio(counts, {"a": 90, "b": 10}) == sample_ratio(counts, {"b": 0.1, "a": 0.9})


def test_arms_as_planned_raise_nothing() -> None:
    ratio = sample_ratio({"a": 9_000, "b": 1_000}, {"a": 9, "b": 1})
    assert isinstance(ratio, SampleRatio)
    assert (ratio.chi2, ratio.p_value, ratio.df, ratio.finding()) == (pytest.approx(0, abs=1e-9), 1, 1, None)


@pytest.mark.parametrize("counts", [{}, {"a": 5}, {"a": 0, "b": 0}])
def test_nothing_to_compare(counts: dict[str, int]) -> None:
    assert isinstance(sample_ratio(counts), Unavailable)


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ({"a": 1}, "shares-mismatch"),
        ({"a": 1, "b": 1, "c": 1}, "shares-mismatch"),
        ({"a": 1, "b": 0}, "shares-not-positive"),
        ({"a": 1, "b": float("nan")}, "shares-not-positive"),
    ],
)
def test_plans_that_fit_no_arms_are_refused(shares: dict[str, float], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        sample_ratio({"a": 10, "b": 10}, shares)
    assert refused.value.code == code
