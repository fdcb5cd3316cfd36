from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from earnest.incrementality.analysis import POOLED, analyze, holm
from earnest.incrementality.difference import Difference, difference_of_means
from earnest.incrementality.moments import Moments
from earnest.kernel.errors import UsageError

KEYS = {
    *("treated", "control", "metric", "kind", "treated_mean", "control_mean", "n_treated", "n_control", "value", "se"),
    *(
        "df",
        "low",
        "high",
        "level",
        "p_value",
        "p_value_holm",
        "relative_lift",
        "incremental_total",
        "method",
        "definition",
        "findings",
    ),
}


def arms() -> dict[str, Mapping[str, Moments]]:
    return {
        "none": {"order": Moments.of_events(1000, 50), "spend": Moments(1000, 5_000, 600_000, 50)},
        "sms": {"order": Moments.of_events(1000, 70), "spend": Moments(1000, 7_000, 800_000, 70)},
        "whatsapp": {"order": Moments.of_events(1000, 90), "spend": Moments(1000, 9_900, 1_200_000, 90)},
    }


def test_each_arm_then_all_treated_metric_by_metric() -> None:
    analysis = analyze(arms(), "none")
    assert [(row.metric, row.treated) for row in analysis.contrasts] == [
        ("order", "sms"),
        ("order", "whatsapp"),
        ("order", POOLED),
        ("spend", "sms"),
        ("spend", "whatsapp"),
        ("spend", POOLED),
    ]
    assert {row.metric: row.kind for row in analysis.contrasts} == {"order": "proportion", "spend": "mean"}
    pooled = difference_of_means(Moments.of_events(2000, 160), Moments.of_events(1000, 50))
    assert analysis.contrast("order").difference == pooled
    assert analysis.contrast("order", POOLED) is analysis.contrast("order")


def test_holm_runs_over_the_arms_and_leaves_the_pool_alone() -> None:
    analysis = analyze(arms(), "none")
    rows = [analysis.contrast("order", arm) for arm in ("sms", "whatsapp")]
    raw = [row.difference.p_value for row in rows if isinstance(row.difference, Difference)]
    assert raw[0] > raw[1]
    assert [row.p_value_holm for row in rows] == pytest.approx([raw[0], 2 * raw[1]])
    assert analysis.contrast("order").p_value_holm is None


def test_one_treated_arm_is_not_pooled() -> None:
    two = {arm: sums for arm, sums in arms().items() if arm != "sms"}
    analysis = analyze(two, "none", ["order"])
    assert [row.treated for row in analysis.contrasts] == ["whatsapp"]
    row = analysis.contrast("order")
    assert isinstance(row.difference, Difference)
    assert row.p_value_holm == row.difference.p_value


def test_findings_put_the_sample_ratio_first() -> None:
    analysis = analyze(arms(), "none", shares={"none": 1, "sms": 1, "whatsapp": 2})
    assert [finding.code for finding in analysis.findings] == ["sample-ratio-mismatch", *["few-buyers"] * 3]


def test_keys_stay_when_there_is_no_figure() -> None:
    still = {arm: {"spend": Moments(10, 0, 0, 0)} for arm in ("none", "sms")}
    missing = analyze(still, "none", kinds={"spend": "mean"}).to_json()["contrasts"][0]
    assert set(missing) == KEYS | {"unavailable"}
    assert missing["value"] is None
    assert missing["unavailable"]["code"] == "no-variation"
    body = analyze(arms(), "none").to_json()
    assert all(set(row) == KEYS for row in body["contrasts"])
    json.dumps(body, allow_nan=False)


@pytest.mark.parametrize(
    ("chosen", "control", "metrics", "code"),
    [
        (arms(), "nome", None, "unknown-arm"),
        ({"none": arms()["none"]}, "none", None, "nothing-treated"),
        (arms(), "none", ["orders"], "unknown-metric"),
        (arms() | {"all treated": arms()["sms"]}, "none", None, "arm-name-taken"),
        (arms() | {"x": {"order": Moments(5, 0, 0, 0), "spend": Moments(6, 0, 0, 0)}}, "none", None, "units-differ"),
    ],
)
def test_experiments_that_do_not_fit_together(
    chosen: dict[str, Mapping[str, Moments]], control: str, metrics: list[str] | None, code: str
) -> None:
    with pytest.raises(UsageError) as refused:
        analyze(chosen, control, metrics)
    assert refused.value.code == code


def test_unknown_contrast() -> None:
    with pytest.raises(UsageError):
        analyze(arms(), "none").contrast("order", "email")


def test_holm_never_passes_one_nor_falls() -> None:
    assert holm({"a": 0.6, "b": 0.5, "c": 0.01}) == pytest.approx({"c": 0.03, "b": 1.0, "a": 1.0})
    assert holm({}) == {}
