"""Figures by their path, and what moved them: on hand-made stories and rules."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.kernel.errors import NotFound
from earnest.usecases.report_causes import causes_of
from earnest.usecases.report_diff import figures_of
from earnest.usecases.report_evidence import zipped
from earnest.usecases.report_figures import definition_of, figure_paths, find_figure
from unit.reports import stories

STORY = stories.gain().to_json()
RULES: dict[str, Any] = {
    "version": "0.1.0", "settings": {"margin": [{"value": "0.46", "from": "2026-01-01"}]}, "campaigns": {}, "experiments": {},
    "definitions": {"ctr": {"definition": "ctr@1"}}, "imports": [{"import": 2, "kind": "orders", "file": "o.csv"}],
    "received_until": 0, "costs_written": [], "allocations": [], "exchange_rates": [], "rate_cards": {"digest": "a"}, "exclusions": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "whole", "value"),
    [
        ("incremental_return.value", "returns.incremental_return.value", 2.2118),
        ("returns.incremental_return.low", "returns.incremental_return.low", 1.2118),
        ("total.amount", "cost.total.amount", "8172.00"),
        ("funnel.delivered.count", "funnel.delivered.count", 69_870),
        ("delivered.count", "funnel.delivered.count", 69_870),
        ("funnel.1.count", "funnel.1.count", 69_870),
        ("experiment.arms.control.units", "experiment.arms.control.units", 8_240),
        ("extra_revenue.amount", "bridge.extra_revenue.amount", "39294.00"),
    ],
)
def test_paths_are_walked_with_and_without_their_first_word(path: str, whole: str, value: object) -> None:
    assert find_figure(STORY, path) == (whole, value)


def test_what_is_no_figure_is_refused_with_the_nearest() -> None:
    for path, near in (("kpis.delivery_rat", "kpis.delivery_rate"), ("cost.totl", "cost.total")):
        with pytest.raises(NotFound) as refused:
            find_figure(STORY, path)
        assert f"did you mean '{near}'?" in refused.value.message
    for path in ("name", "findings.0", "verdict", "returns.incremental_return.value.x", "funnel.99", ""):
        with pytest.raises(NotFound):
            find_figure(STORY, path)


def test_every_listed_path_is_found_and_defined() -> None:
    for made in (stories.gain, stories.inconclusive, stories.no_holdout, stories.by_purpose, stories.margin_missing):
        story = made().to_json()
        paths = list(figure_paths(story))
        assert paths
        assert len(set(paths)) == len(paths)
        for path in paths:
            whole, _ = find_figure(story, path)
            assert whole == path
            assert definition_of(path, story).formula


def test_the_moment_of_a_figure_is_no_change_of_it() -> None:
    later = stories.gain().to_json() | {"as_of": "2027-01-01T00:00:00+00:00", "generation": "g-2"}
    assert figures_of(later) == figures_of(STORY)


@pytest.mark.parametrize(
    ("change", "code", "reached", "untouched"),
    [
        ({"settings": {"margin": [{"value": "0.3", "from": "2026-01-01"}]}}, "changed-setting",
         ("returns.contribution", "bridge.cost_of_goods", "margin", "attributed.linear.claimed_return"),
         ("returns.incremental_roas", "cost.total", "bridge.campaign_cost", "kpis.delivery_rate")),
        ({"costs_written": [{"entry": 7, "micro": 1_000_000, "currency": "EUR", "kind": "content", "reversed": False}]}, "restated-cost",
         ("cost.total", "returns.incremental_roas", "bridge.contribution", "kpis.total_cost"),
         ("returns.extra_gross_profit", "bridge.cost_of_goods", "margin", "kpis.delivery_rate")),
        ({"imports": [*RULES["imports"], {"import": 9, "kind": "orders", "file": "late.csv"}]}, "late-rows",
         ("returns.contribution", "attributed.linear.revenue", "kpis.conversion_rate"), ("cost.total", "margin")),
        ({"imports": []}, "rows-undone", ("returns.contribution",), ("cost.total",)),
        ({"received_until": 5}, "late-rows", ("kpis.delivery_rate", "cost.total"), ("margin",)),
        ({"definitions": {"ctr": {"definition": "ctr@2"}}}, "changed-definition", ("kpis.ctr",), ("kpis.delivery_rate",)),
        ({"rate_cards": {"digest": "b"}}, "changed-card", ("cost.total", "charges.0"), ("kpis.delivery_rate",)),
        ({"version": "0.2.0"}, "changed-code", ("cost.total", "margin"), ()),
    ],
)  # fmt: skip
def test_a_cause_reaches_what_it_can_move(
    change: dict[str, Any], code: str, reached: tuple[str, ...], untouched: tuple[str, ...]
) -> None:
    (cause,) = causes_of(RULES, RULES | change)
    assert cause.code == code
    assert [path for path in reached if not cause.reaches(path)] == []
    assert [path for path in untouched if cause.reaches(path)] == []


def test_equal_rules_have_no_cause() -> None:
    assert list(causes_of(RULES, RULES)) == []


def test_equal_files_make_equal_zips_in_whatever_order() -> None:
    assert zipped({"a": b"1", "b": b"2"}) == zipped({"b": b"2", "a": b"1"})
    assert zipped({"a": b"1"}) != zipped({"a": b"2"})
