"""Why a figure of a story may have moved between two snapshots: what differs in the rules they hold, and which figures that reaches.

A cause is known only if the rules differ in it: imports, costs, settings, definitions, cards, exclusions, code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from earnest.kpis.catalogue import find as find_kpi
from earnest.usecases.cost_line import micro_text

Reach = Callable[[str], bool]
"""Whether a cause can move the figure at a path."""
_COSTED = ("contribution", "incremental_return", "incremental_roi", "incremental_roas", "campaign_cost")
_WITHOUT_COST = (
    "orders",
    "refunds",
    "clicks",
    "assignments",
    "contacts",
    "conversions",
    "sessions",
    "reviews",
    "answers",
    "series",
)
"""Kinds of files whose rows cost nothing by themselves."""
_MARGINED = ("extra_gross_profit", "contribution", "incremental_return", "incremental_roi", "cost_of_goods")


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that changed between two snapshots.

    Args:
        code: late-rows, rows-undone, restated-cost, exchange-rate, changed-setting, changed-definition, changed-card, exclusion,
            changed-code.
        reaches: which figures it can move.
    """

    code: str
    what: str
    reaches: Reach

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "what": self.what}


def causes_of(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Cause]:
    """What changed between the rules of two snapshots."""
    yield from _imports(before, after)
    yield from _costs(before, after)
    yield from _settings(before["settings"], after["settings"])
    for kind in ("campaigns", "experiments"):
        for name in sorted(before[kind].keys() | after[kind].keys()):
            if before[kind].get(name) != after[kind].get(name):
                yield Cause("changed-definition", f"{kind[:-1]} '{name}' was declared anew", _anything)
    for name in sorted(before["definitions"].keys() & after["definitions"].keys()):
        one, other = (rules["definitions"][name]["definition"] for rules in (before, after))
        if one != other:
            yield Cause("changed-definition", f"{one} is {other} now", functools.partial(_of_kpi, name))
    if before["rate_cards"] != after["rate_cards"]:
        yield Cause("changed-card", "the rate cards, or what is rated by them, changed", _of_cost)
    if before["exclusions"] != after["exclusions"]:
        yield Cause("exclusion", "rows were left out of figures, or taken back in", _anything)
    if before["version"] != after["version"]:
        yield Cause("changed-code", f"Earnest {before['version']} is {after['version']} now", _anything)


def _imports(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Cause]:
    told = {one["import"]: one for one in before["imports"]}
    again = {one["import"]: one for one in after["imports"]}
    for number in sorted(again.keys() - told.keys()):
        yield Cause(
            "late-rows", f"import {number} ({_import(again[number])}) came later", _of_rows(again[number]["kind"])
        )
    for number in sorted(told.keys() - again.keys()):
        yield Cause(
            "rows-undone", f"import {number} ({_import(told[number])}) was undone", _of_rows(told[number]["kind"])
        )
    if after["received_until"] > before["received_until"]:
        yield Cause("late-rows", "webhooks and events were received later", _rows)


def _import(one: dict[str, Any]) -> str:
    return f"{one['kind']}, {one['file']}"


def _costs(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Cause]:
    told = {one["entry"]: one for one in before["costs_written"]}
    for one in after["costs_written"]:
        known = told.get(one["entry"])
        words = f"{micro_text(one['micro'])} {one['currency']} {one['kind']}"
        if known is None:
            yield Cause("restated-cost", f"cost line {one['entry']} ({words}) was added", _of_cost)
        elif one["reversed"] and not known["reversed"]:
            yield Cause("restated-cost", f"cost line {one['entry']} ({words}) was reversed", _of_cost)
    if before["allocations"] != after["allocations"]:
        yield Cause("restated-cost", "a rule of allocation was applied or withdrawn", _of_cost)
    if before["exchange_rates"] != after["exchange_rates"]:
        yield Cause("exchange-rate", "exchange rates were told", _anything)


def _settings(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Cause]:
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, []), after.get(name, [])
        if one == other:
            continue
        was = one[-1]["value"] if one else "not set"
        now = other[-1]["value"] if other else "not set"
        reaches = _of_margin if name == "margin" else _anything
        yield Cause("changed-setting", f"setting {name} was {was} and is {now}", reaches)


def _anything(_path: str) -> bool:
    return True


def _rows(path: str) -> bool:
    """Whatever is counted; not what is declared."""
    return not path.startswith("margin")


def _of_rows(kind: str) -> Reach:
    """Rows of cost move what costs move; other rows whatever is counted, but the ledger's own lines."""
    if kind == "costs":
        return _of_cost
    if kind in _WITHOUT_COST:
        return lambda path: _rows(path) and not _cost_alone(path)
    return _rows


def _cost_alone(path: str) -> bool:
    return path.startswith(("cost.", "charges.", "failures.", "bridge.campaign_cost", "kpis.total_cost"))


def _of_cost(path: str) -> bool:
    part, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if part == "kpis":
        return (
            "cost" in " ".join(filter(None, find_kpi(name).measures or ()))
            or name in _COSTED
            or name in ("roi", "paid_share")
        )
    return part in ("cost", "charges") or path.endswith("claimed_return") or name in _COSTED


def _of_margin(path: str) -> bool:
    part, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if part == "kpis":
        return name in _MARGINED or find_kpi(name).supplied_by == "margin"
    return part == "margin" or path.endswith("claimed_return") or name in _MARGINED


def _of_kpi(name: str, path: str) -> bool:
    return path == f"kpis.{name}" or path.startswith(f"kpis.{name}.")
