"""The SQL that splits net revenue over the touches of each journey, made of the rule models asked for.

    touches found → journey (in order) → weighed → summed → split (a weight and credit a model) → rows or cells

All models are columns of one row a touch, so that one pass serves them all. Weights w and their running sums S give credit
floor(net·S/S_n) − floor(net·(S − w)/S_n), rounded towards zero. It is computed from quotient and remainder of net / S_n, so
that nothing overflows: sums stay below 2^31, as a journey has at most 1,000 touches (the latest) of at most 2^20 each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy
import pyarrow

from earnest.attribution.rule import RuleModel, stored_models
from earnest.warehouse import models

MOST_TOUCHES = 1_000
DECAY_STEPS = 1_024
"""Steps in which the age of a touch is counted, per half-life."""
_DECAY_HALF_LIVES = 20
_FOUND = ("order_key", "order_day", "net_minor", "message_key", "label_key", "rung", "touch_us")
_JOURNEY = ", ".join((*_FOUND, "age_us", "place", "touches"))


@functools.cache
def decay_table() -> pyarrow.Table:
    """Weights by age in 1,024ths of the half-life: round(2^20 · 2^(−step/1024)), for twenty half-lives; beyond, none."""
    steps = numpy.arange(_DECAY_HALF_LIVES * DECAY_STEPS + 1, dtype=numpy.int64)
    weights = numpy.rint(numpy.exp2(20 - steps / DECAY_STEPS)).astype(numpy.int64)
    return pyarrow.table({"step": steps, "weight": weights})


def credit_model() -> models.Model:
    """The table `credit`: rows under the models that are stored row by row."""
    rules = tuple(rule for rule in stored_models() if rule.rows)
    return models.read("earnest.attribution", "credit.sql", replace=_slots(rules, windows=_LOOKBACK, clicks=_HUMAN))


def credit_cell_model() -> models.Model:
    """The table `credit_cell`: the rollup under all stored models, from the journeys that `credit` holds."""
    rules = stored_models()
    slots = {"split": split(rules), "sums": _sums(rules), "cells": _cells(rules), "names": _names(rules)}
    return models.read("earnest.attribution", "credit_cell.sql", replace=slots)


def credit_sql(
    rules: Sequence[RuleModel], *, windows: str | None = None, units: str | None = None, machines: bool = False
) -> str:
    """The rows of `credit` under any rule models, on demand: over the tables of a generation.

    Args:
        windows: table (label_key, rung, window_us) of look-backs by message; None takes those in force (`lookback`).
        units: table (label_key, unit) of what credit is asked by; needed by models that go by unit. No unit counts as one.
        machines: whether clicks of any class count, as suites count them that do not tell machines from people.
    """
    assert units is not None or not any(rule.by_unit for rule in rules), "models by unit need the table of units"
    joined = _LOOKBACK if windows is None else f"JOIN {windows} AS l ON t.label_key = l.label_key AND t.rung = l.rung"
    clicks = "click_class IS NOT NULL" if machines else _HUMAN
    return models.read(
        "earnest.attribution", "credit.sql", replace=_slots(rules, windows=joined, clicks=clicks, units=units)
    ).sql


def ordered(found: str, *, units: str | None = None) -> str:
    """CTEs `placed` and `journey`: the touches of the table or CTE `found` in order, at most the latest 1,000 of a conversion."""
    unit, joined = (
        ("", "")
        if units is None
        else (", u.unit AS unit", f"\n    LEFT JOIN {units} AS u ON j.label_key = u.label_key")
    )
    kept = ", ".join(f"j.{column} AS {column}" for column in _FOUND)
    columns = ", ".join((*_FOUND, "unit")) if units else ", ".join(_FOUND)
    return f"""placed AS (
    SELECT {kept}{unit},
        row_number() OVER (PARTITION BY j.order_key ORDER BY j.touch_us, j.message_key) AS met_place,
        COUNT(*) OVER (PARTITION BY j.order_key) AS met,
        MAX(j.touch_us) OVER (PARTITION BY j.order_key) - j.touch_us AS age_us
    FROM {found} AS j{joined}
),
journey AS (
    SELECT {columns}, age_us,
        met_place - CASE WHEN met > {MOST_TOUCHES} THEN met - {MOST_TOUCHES} ELSE 0 END AS place,
        CASE WHEN met > {MOST_TOUCHES} THEN {MOST_TOUCHES} ELSE met END AS touches
    FROM placed
    WHERE met - met_place < {MOST_TOUCHES}
)"""


def split(rules: Sequence[RuleModel], journey: str = "journey") -> str:
    """CTEs `marked` to `split` over journeys.

    Args:
        journey: table or CTE of touches: order_key, order_day, net_minor (of the conversion, on each of its touches),
            message_key, label_key, rung, touch_us, age_us, place, touches; and `unit` for models by unit.

    Returns:
        SQL without the leading WITH. `split` holds the touches with `weight_<model>` and `credit_<model>`.
    """
    summed = [rule for rule in rules if rule.running is None]
    return f"""marked AS (
    SELECT {_JOURNEY}{_each(_marks(rules).items(), lambda mark: f"{mark[1]} AS {mark[0]}")}
    FROM {journey}
),
weighed AS (
    SELECT {_JOURNEY}{_each(_marks(rules), str)}{_each(summed, _weighed)}
    FROM marked{_decayed(rules)}
),
summed AS (
    SELECT {_JOURNEY}{_each(_marks(rules), str)}{_each(summed, _summed)}
    FROM weighed
),
whole AS (
    SELECT {_JOURNEY}{_each(rules, _whole)}
    FROM summed
),
divided AS (
    SELECT {_JOURNEY}{_each(rules, _divided)}
    FROM whole
),
split AS (
    SELECT {_JOURNEY}{_each(rules, _credit)}
    FROM divided
)"""


_LOOKBACK = "JOIN lookback AS l ON t.rung = l.rung"
_HUMAN = "click_class = 'human'"


def _slots(rules: Sequence[RuleModel], *, windows: str, clicks: str, units: str | None = None) -> dict[str, str]:
    return {
        "windows": windows,
        "clicks": clicks,
        "ordered": ordered("found", units=units),
        "split": split(rules),
        "rows": _rows(rules),
        "names": _names(rules),
    }


def _marks(rules: Sequence[RuleModel]) -> dict[str, str]:
    """The columns that the models' weights read beside those of the journey."""
    text = " ".join(f"{rule.weight} {rule.running} {rule.whole}" for rule in rules)
    marks = {
        "milestone_place": "MIN(CASE WHEN rung = 4 THEN place END) OVER (PARTITION BY order_key)",
        "lead_place": "MIN(CASE WHEN rung >= 3 THEN place END) OVER (PARTITION BY order_key)",
        "unit_place": "row_number() OVER (PARTITION BY order_key, unit ORDER BY place)",
    }
    return {name: sql for name, sql in marks.items() if name in text}


def _decayed(rules: Sequence[RuleModel]) -> str:
    """Joins that look the ages of decaying models up in `decay`."""
    return "".join(
        f"\n    LEFT JOIN decay AS d_{rule.id} ON d_{rule.id}.step ="
        f" idiv(age_us * {DECAY_STEPS} + {rule.half_life_us // 2}, {rule.half_life_us})"
        for rule in rules
        if rule.half_life_us is not None
    )


def _weighed(rule: RuleModel) -> str:
    weight = rule.weight if rule.half_life_us is None else f"COALESCE(d_{rule.id}.weight, 0)"
    return f"{weight} AS weight_{rule.id}"


def _summed(rule: RuleModel) -> str:
    one = f"SUM(weight_{rule.id}) OVER (PARTITION BY order_key"
    return (
        f"weight_{rule.id}, CAST({one} ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT)"
        f" AS running_{rule.id}, CAST({one}) AS BIGINT) AS whole_{rule.id}"
    )


def _whole(rule: RuleModel) -> str:
    if rule.running is None:
        return f"weight_{rule.id}, running_{rule.id}, whole_{rule.id}"
    return f"{rule.weight} AS weight_{rule.id}, {rule.running} AS running_{rule.id}, {rule.whole} AS whole_{rule.id}"


def _divided(rule: RuleModel) -> str:
    kept = f"weight_{rule.id}, running_{rule.id}, whole_{rule.id}"
    return f"{kept}, idiv(net_minor, whole_{rule.id}) AS times_{rule.id}"


def _credit(rule: RuleModel) -> str:
    left = f"(net_minor - times_{rule.id} * whole_{rule.id})"
    return (
        f"weight_{rule.id}, times_{rule.id} * weight_{rule.id} + idiv({left} * running_{rule.id}, whole_{rule.id})"
        f" - idiv({left} * (running_{rule.id} - weight_{rule.id}), whole_{rule.id}) AS credit_{rule.id}"
    )


def _each(what: Iterable[Any], of: Callable[[Any], str]) -> str:
    return "".join(f",\n        {of(one)}" for one in what)


def _rows(rules: Sequence[RuleModel]) -> str:
    return "\nUNION ALL\n".join(
        f"SELECT order_key, '{rule.id}' AS model, message_key, order_day, net_minor, label_key, rung, touch_us, age_us, place, touches,"
        f" credit_{rule.id} AS credit_minor"
        f" FROM split WHERE weight_{rule.id} > 0"
        for rule in rules
    )


def _sums(rules: Sequence[RuleModel]) -> str:
    return "".join(
        f",\n        CAST(SUM(CASE WHEN weight_{rule.id} > 0 THEN 1 ELSE 0 END) AS BIGINT) AS credits_{rule.id},"
        f"\n        CAST(SUM(credit_{rule.id}) AS BIGINT) AS credit_{rule.id}"
        for rule in rules
    )


def _cells(rules: Sequence[RuleModel]) -> str:
    return "\n    UNION ALL\n".join(
        f"    SELECT '{rule.id}' AS model, label_key, order_day, credits_{rule.id} AS credits, credit_{rule.id} AS credit_minor"
        f" FROM summed_cell WHERE credits_{rule.id} > 0"
        for rule in rules
    )


def _names(rules: Sequence[RuleModel]) -> str:
    return "\n    UNION ALL\n".join(f"    SELECT '{rule.id}' AS model" for rule in rules)
