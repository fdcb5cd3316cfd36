"""What a rule model declares: touches → integer weights.

A model says what each touch of a journey weighs. `split.py` makes of it the SQL that splits net revenue by cumulative
integer division, so the credits of a conversion add up to it under every rule.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError


@dataclass(frozen=True, slots=True)
class RuleModel:
    """A rule attribution model.

    Args:
        id: name in API, CLI and tables.
        label: name for people.
        definition: what share a touch gets, in words.
        weight: SQL of a touch's integer weight, at most 2^20, from the columns of `marked` (see `split.py`): `place` (1 is
            the first), `touches` (how many), `milestone_place` and `lead_place` (or null), `rung`, `touch_us`, `age_us` (µs before
            the journey's last touch), `unit_place` (its place among the journey's touches of one unit).
        running, whole: SQL of the weights summed up to the touch, and over the journey; None lets a window sum them.
        half_life_us: of models that decay; their `weight` is then told by `decay`.
        by_unit: whether it needs the unit (campaign, channel …) that credit is asked by; such a model is never stored.
        rows: whether its credits are stored row by row; the others only in the rollup `credit_cell`.
        why: what it presumes, in one line.
        source: who uses or published it.
    """

    id: str
    label: str
    definition: str
    weight: str
    why: str
    running: str | None = None
    whole: str | None = None
    half_life_us: int | None = None
    by_unit: bool = False
    rows: bool = False
    source: str = ""


def rule_models() -> tuple[RuleModel, ...]:
    """All rule models, found in `attribution/models`, by id."""
    from earnest.attribution import models as package

    found = [
        model
        for module in pkgutil.iter_modules(package.__path__)
        for model in importlib.import_module(f"{package.__name__}.{module.name}").MODELS
    ]
    return tuple(sorted(found, key=lambda model: model.id))


def stored_models() -> tuple[RuleModel, ...]:
    """The rule models in the rollup `credit_cell`: those that no unit is needed for."""
    return tuple(model for model in rule_models() if not model.by_unit)


def rule_model(name: str) -> RuleModel:
    """Look up a rule model.

    Raises:
        UsageError: `no-such-model`.
    """
    known = {model.id: model for model in rule_models()}
    return look_up(known, name, what="attribution model", listed="Rule models", refusal=(UsageError, "no-such-model"))
