"""Goals as people write them: exact, in the KPI's unit, never against its good direction."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from earnest.definitions.days import Days
from earnest.definitions.goal import Goal, in_unit, read_target, read_value
from earnest.kernel.errors import UsageError


def target(text: str, unit: str = "share", direction: str = "higher", exact: bool = False) -> tuple[bool, Decimal]:
    return read_target(text, unit=unit, direction=direction, currency="EUR", exact=exact)


@pytest.mark.parametrize(
    ("text", "unit", "direction", "at_least", "value"),
    [
        ("≥ 12 %", "share", "higher", True, "0.12"),
        (">=12%", "share", "higher", True, "0.12"),
        ("at least 12.5 %", "share", "higher", True, "0.125"),
        ("0.12", "share", "higher", True, "0.12"),
        ("0.2 %", "share", "lower", False, "0.002"),
        ("at most 0.5 %", "share", "lower", False, "0.005"),
        ("5000", "count", "higher", True, "5000"),
        ("≥ 1.5", "ratio", "higher", True, "1.5"),
        ("≥ 1.5×", "ratio", "higher", True, "1.5"),
        ("150 %", "ratio", "higher", True, "1.5"),
        ("≤ 1000.00", "money", "lower", False, "1000.00"),
        ("≤ 1000.00 eur", "money", "lower", False, "1000.00"),
        ("≥ -10", "points", "higher", True, "-10"),
        ("at most 3000", "count", "context", False, "3000"),
    ],
)
def test_targets_are_read(text: str, unit: str, direction: str, at_least: bool, value: str) -> None:
    assert target(text, unit, direction) == (at_least, Decimal(value))


@pytest.mark.parametrize(
    ("text", "unit", "direction", "code"),
    [
        ("12", "share", "higher", "bad-target"),
        ("112 %", "share", "higher", "bad-target"),
        ("12,5 %", "share", "higher", "bad-target"),
        ("a lot", "share", "higher", "bad-target"),
        ("NaN", "ratio", "higher", "bad-target"),
        ("1.5", "count", "higher", "bad-target"),
        ("-1", "count", "higher", "bad-target"),
        ("12 %", "count", "higher", "bad-target"),
        ("12 %", "money", "lower", "bad-target"),
        ("101", "points", "higher", "bad-target"),
        ("≤ 12 %", "share", "higher", "goal-against-direction"),
        ("at least 5 %", "share", "lower", "goal-against-direction"),
        ("3000", "count", "context", "target-without-direction"),
        ("≤ 1000 USD", "money", "lower", "currency-differs"),
    ],
)
def test_what_is_no_target_is_refused(text: str, unit: str, direction: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        target(text, unit, direction)
    assert refused.value.code == code


def test_sums_of_money_have_the_decimals_of_the_currency_and_shares_of_money_may_have_more() -> None:
    assert target("≤ 1000.10", "money", "lower", exact=True) == (False, Decimal("1000.10"))
    with pytest.raises(UsageError) as refused:
        target("≤ 1000.105", "money", "lower", exact=True)
    assert refused.value.code == "too-many-decimals"
    assert target("≥ 0.1055", "money")[1] == Decimal("0.1055")


def test_a_baseline_has_no_direction() -> None:
    assert read_value("9.8 %", unit="share", currency="EUR", exact=False) == Decimal("0.098")
    with pytest.raises(UsageError):
        read_value("≥ 9.8 %", unit="share", currency="EUR", exact=False)


def test_goals_go_through_the_journal_unchanged() -> None:
    facts: dict[str, Any] = {
        "campaign": "spring", "kpi": "click_through_rate", "definition": "click_through_rate@1", "unit": "share", "at_least": True,
        "target": Decimal("0.12"), "by": date(2026, 12, 31),
    }  # fmt: skip
    full = facts | {
        "since": date(2026, 12, 4), "baseline": Decimal("0.098"), "baseline_source": "export of 2025",
        "baseline_days": Days.read("2026-09-04..2026-10-01"), "unequal": "no newer ones", "owner": "Ana", "note": "as agreed",
        "withdrawn": True,
    }  # fmt: skip
    for goal in (Goal(**facts), Goal(**full)):
        assert Goal.from_json(json.loads(json.dumps(goal.to_json()))) == goal
    assert Goal(**facts).aim == "≥ 12 %"


def test_values_are_shown_as_people_write_them() -> None:
    values = (("0.125", "share"), ("5000", "count"), ("1000.00", "money"), ("1.50", "ratio"), ("-10", "points"))
    shown = [in_unit(Decimal(value), unit) for value, unit in values]
    assert shown == ["12.5 %", "5,000", "1,000.00", "1.5×", "-10"]
