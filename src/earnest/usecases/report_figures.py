"""Figures of a story by their path (`incremental_return.value`, `cost.total`, `kpis.delivery_rate`), and what each one is.

A path walks the story's JSON; lists are walked by number or by what names their rows (`funnel.delivered`). What stands in `returns`,
`kpis`, `bridge`, `cost` or `attributed` is found without that word before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import NotFound, closest
from earnest.kpis.catalogue import find as find_kpi

PARTS = (
    "returns",
    "kpis",
    "bridge",
    "cost",
    "attributed",
    "funnel",
    "failures",
    "charges",
    "experiment",
    "margin",
    "restated",
)
"""Parts of a story that hold figures."""
SHORT = ("returns", "kpis", "bridge", "cost", "attributed", "funnel")
"""Parts whose name can be left out of a path."""
NAMED_BY = ("step", "arm", "failure_class", "kind", "code")
"""Fields that tell one row of a list from another."""
_WHOLE = ({"value"}, {"unavailable"}, {"amount", "currency"})
"""Keys by which an object is one figure."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure is. `denominator` is None for what is no ratio; `id` carries its version."""

    id: str
    name: str
    formula: str
    denominator: str | None
    basis: str
    source: str
    caveats: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "formula": self.formula,
            "denominator": self.denominator,
            "basis": self.basis,
            "source": self.source,
            "caveats": self.caveats,
        }


def find_figure(story: dict[str, Any], path: str) -> tuple[str, Any]:
    """A figure of a story's JSON: its whole path, and what stands there.

    Raises:
        NotFound: `no-such-figure`, with the nearest path there is.
    """
    for start in ("", *(f"{part}." for part in SHORT)):
        whole = start + path
        if whole.partition(".")[0] in PARTS:
            found, value = _walk(story, whole.split("."))
            if found:
                return whole, value
    known = list(figure_paths(story))
    short = [one.partition(".")[2] for one in known if one.partition(".")[0] in SHORT]
    raise NotFound(
        "no-such-figure",
        f"campaign '{story['campaign']}' has no figure '{path}'{closest(path, [*known, *short])}",
        hint=f"`earnest report explain {story['campaign']}` lists them.",
    )


def figure_paths(story: dict[str, Any]) -> Iterator[str]:
    """Paths of all figures of a story, in its order."""
    for part in PARTS:
        if story.get(part) is not None:
            yield from _paths(part, story[part])


def definition_of(path: str, story: dict[str, Any]) -> Definition:
    """What the figure at a whole path is."""
    part, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if part == "kpis":
        kpi = find_kpi(name)
        return Definition(kpi.definition, kpi.name, kpi.formula, kpi.denominator, kpi.basis, kpi.source, kpi.caveats)
    if part in ("returns", "restated"):
        return RETURNS[name]
    if part == "bridge":
        return BRIDGE[name]
    if part == "attributed":
        return _attributed(name, claimed="claimed_return" in rest)
    if part == "funnel":
        return _OTHERS["funnel.ratio" if rest.endswith("of_previous") else "funnel"]
    return _OTHERS[part]


def _walk(value: Any, tokens: list[str]) -> tuple[bool, Any]:
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list):
            row = _row(value, token)
            if row is None:
                return False, None
            value = row
        else:
            return False, None
    return value is not None, value


def _row(rows: list[Any], token: str) -> Any:
    """A row by its number, or by the field that names it."""
    if token.isdecimal() and int(token) < len(rows):
        return rows[int(token)]
    named = (one for one in rows if isinstance(one, dict) and token in [one.get(field) for field in NAMED_BY])
    return next(named, None)


def _paths(at: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if any(keys <= value.keys() for keys in _WHOLE):
            yield at
            return
        for key, one in value.items():
            yield from _paths(f"{at}.{key}", one)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _paths(f"{at}.{_name(one, value) or place}", one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield at


def _name(row: Any, rows: list[Any]) -> str | None:
    """What names a row, where it names no other."""
    for field in NAMED_BY:
        if isinstance(row, dict) and isinstance(row.get(field), str):
            alike = sum(isinstance(one, dict) and one.get(field) == row[field] for one in rows)
            return row[field] if alike == 1 and "." not in row[field] else None
    return None


def _return(name: str, title: str, formula: str, denominator: str | None) -> Definition:
    source = "moments of the experiment's arms; Welch's interval of the difference, scaled"
    return Definition(f"{name}@1", title, formula, denominator, "incremental", source, _KNOWN)


def _step(name: str, title: str, formula: str, basis: str = "observed") -> Definition:
    return Definition(
        f"bridge.{name}@1", title, formula, None, basis, "net revenue of everyone assigned, in the outcome window"
    )


def _attributed(model: str, *, claimed: bool) -> Definition:
    source = "not causal: the same orders are credited differently by each rule"
    if claimed:
        formula = "revenue credited by the rule × gross margin ÷ cost of the campaign"
        return Definition(
            "claimed_return@1",
            f"Return that {model} would claim",
            formula,
            "cost of the campaign",
            "attributed",
            source,
        )
    return Definition(
        f"attributed.{model}@1", f"Revenue that {model} would claim", "Σ credit of the rule", None, "attributed", source
    )


_KNOWN = "Cost and gross margin are taken as known, so the interval is that of the extra revenue."
RETURNS = {
    name: _return(name, *told)
    for name, told in {
        "incremental_revenue": ("Extra revenue", "(revenue per messaged unit − revenue per held-out unit) × messaged units", None),
        "extra_gross_profit": ("Extra gross profit", "extra revenue × gross margin", None),
        "contribution": ("Contribution after messaging", "extra gross profit − cost of the campaign", None),
        "incremental_return": ("Return per unit of cost", "extra gross profit ÷ cost of the campaign", "cost of the campaign"),
        "incremental_roi": ("Incremental ROI", "(extra gross profit − cost) ÷ cost", "cost of the campaign"),
        "incremental_roas": ("Incremental ROAS", "extra revenue ÷ cost of the campaign", "cost of the campaign"),
    }.items()
}  # fmt: skip
BRIDGE = {
    name: _step(name, *told)
    for name, told in {
        "messaged_revenue": ("Revenue of the messaged group", "Σ net revenue of units of messaged arms"),
        "would_have_come_anyway": ("Would have come anyway", "revenue per held-out unit × messaged units", "incremental"),
        "extra_revenue": ("Extra revenue", "revenue of the messaged group − would have come anyway", "incremental"),
        "cost_of_goods": ("Cost of goods", "extra revenue × (1 − gross margin)", "incremental"),
        "campaign_cost": ("Campaign cost", "Σ cost lines"),
        "contribution": ("Contribution after messaging", "extra revenue − cost of goods − campaign cost", "incremental"),
        "discounts": ("Discounts (memo)", "Σ discounts of orders of messaged units; revenue is already net of them"),
    }.items()
}  # fmt: skip
_STATUSES = "statuses, clicks, replies and orders"
_OTHERS = {
    name: Definition(f"{name.partition('.')[0]}@1", *told)
    for name, told in {
        "cost": (
            "Cost of the campaign", "Σ cost lines: fees by the rate card, then the ledger", None, "observed",
            "rate cards and cost ledger",
        ),
        "funnel": ("Messages that reached a step", "number of messages", None, "observed", _STATUSES),
        "funnel.ratio": (
            "Share of the step before", "messages at this step ÷ messages at the step before", "messages at the step before",
            "observed", _STATUSES,
        ),
        "failures": (
            "Failed messages by reason", "messages that failed and never arrived, of this class of reason", "messages sent",
            "observed", "the provider's status codes",
        ),
        "charges": (
            "What the provider charges", "price of the card row in force × delivered messages", None, "observed", "rate cards",
        ),
        "experiment": (
            "The experiment", "units assigned to an arm by chance, and what they bought in the outcome window", None, "observed",
            "assignments and orders",
        ),
        "margin": (
            "Gross margin", "declared: gross profit ÷ net revenue", "net revenue", "assumed",
            "setting `margin`, or the experiment's own",
        ),
    }.items()
}  # fmt: skip
