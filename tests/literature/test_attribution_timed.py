"""Synthetic touches and conversions (2,000 contacts, 363 orders) under windows and decays, against other programs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, journey_model
from earnest.kernel.period import HOUR_US
from earnest.usecases.attribution_analyze import JourneyOptions, analyze_journeys
from earnest.usecases.attribution_file import FileAsked
from earnest.usecases.attribution_read import read_journeys

MODELS = {
    "first": "first_touch",
    "last": "last_touch",
    "linear": "linear",
    "u": "position_u",
    "decay_hl168h": "time_decay_7d",
    "decay_hl24h": "time_decay_24h",
    "any": "any_touch",
}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "reference" / "attribution"


def body(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return found


def journeys(folder: Path, window_us: int | None = None) -> Journeys:
    asked = FileAsked(conversions=folder / "timed_conversions.csv", currency="EUR", window_us=window_us)
    read = read_journeys(folder / "timed_touches.csv", asked)
    assert (read.rows, read.bad) == (7_933 + 363, ())
    return read.journeys


def credited(model: str, of: Journeys) -> Credit:
    credit = journey_model(model).credit(of)
    assert isinstance(credit, Credit)
    return credit


def by_name(of: Journeys, column: Any) -> dict[str, float]:
    return dict(zip(of.channels, np.asarray(column).tolist(), strict=True))


@pytest.mark.parametrize("hours", [None, 168, 24])
@pytest.mark.parametrize("theirs", MODELS)
def test_rules_within_windows(folder: Path, theirs: str, hours: int | None) -> None:
    of = journeys(folder, None if hours is None else hours * HOUR_US)
    expected = body(folder, "a_timed_windows")["expected"][theirs if hours is None else f"{theirs}_window{hours}h"]
    credit = credited(MODELS[theirs], of)
    assert by_name(of, credit.value) == pytest.approx(expected["value"], rel=1e-9)
    assert by_name(of, credit.conversions) == pytest.approx(expected["conversions"], rel=1e-9)
    assert of.unattributed == expected["unattributed_conversions"]
    assert of.unattributed_value / of.units == pytest.approx(expected["unattributed_value"], rel=1e-12)


@pytest.mark.parametrize("hours", [None, 168, 24])
def test_money_adds_up_to_the_cent(folder: Path, hours: int | None) -> None:
    of = journeys(folder, None if hours is None else hours * HOUR_US)
    for name in (*MODELS.values(), "linear_unique", "rank_decay_half", "rank_decay_unique", "markov_1", "markov_3"):
        if name != "any_touch":
            exact = credited(name, of).exact
            assert exact is not None
            assert int(exact.sum()) + int(of.unattributed_value) == 1_222_101, name


@pytest.mark.parametrize(
    ("theirs", "model"),
    [
        ("first", "first_touch"),
        ("last", "last_touch"),
        ("linear", "linear"),
        ("position_40_20_40", "position_u"),
        ("time_decay_half_life_7d", "time_decay_7d"),
        ("time_decay_half_life_24h", "time_decay_24h"),
    ],
)
def test_mam_by_value(folder: Path, theirs: str, model: str) -> None:
    of = journeys(folder)
    expected = body(folder, "a_timed_mam")["expected"][theirs]
    assert by_name(of, credited(model, of).value) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("theirs", "model"),
    [
        ("first", "first_touch"),
        ("last", "last_touch"),
        ("linear", "linear"),
        ("position", "position_u"),
        ("rank_decay_half", "rank_decay_half"),
        ("simplified_shapley", "linear_unique"),
    ],
)
def test_shapley_attribution_by_conversions(folder: Path, theirs: str, model: str) -> None:
    of = journeys(folder)
    expected = body(folder, "a_timed_shapley_attribution")["expected"][theirs]
    assert by_name(of, credited(model, of).conversions) == pytest.approx(expected, rel=1e-9)


def test_shapley_of_the_rate(folder: Path) -> None:
    of = journeys(folder)
    reference = body(folder, "a_timed_shapley_rate")
    credit = credited("shapley_rate", of)
    assert by_name(of, dict(credit.columns)["shapley_value"]) == pytest.approx(reference["expected"], rel=1e-9)
    assert dict(credit.facts)["conversion_rate"] == pytest.approx(reference["overall_rate"], rel=1e-12)


def test_the_answer_in_json_adds_up_to_the_cent(folder: Path) -> None:
    options = JourneyOptions(conversions=folder / "timed_conversions.csv", currency="EUR", window="24h")
    answer = analyze_journeys(folder / "timed_touches.csv", options).to_json()
    assert answer["money"]["total"] == {"amount": "12221.01", "currency": "EUR"}
    for model in answer["models"]:
        if "credit" in model and model["conserved"]:
            parts = sum(Decimal(row["money"]["amount"]) for row in model["credit"])
            assert parts + Decimal(answer["money"]["unattributed"]["amount"]) == Decimal("12221.01"), model["id"]
