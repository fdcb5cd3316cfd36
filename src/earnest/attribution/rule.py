"""What a rule model declares, and the one SQL text that all of them share.

A model is one rule: touches → integer weights (sum at most 2^20). The shared SQL normalises the weights and splits net
revenue by cumulative integer division, so the credits of a conversion add up to it under every rule.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

from earnest.warehouse import models


@dataclass(frozen=True, slots=True)
class RuleModel:
    """A rule attribution model.

    Args:
        id: name in API, CLI and tables.
        label: name for people.
        weight_sql: integer weight of a touch, from `place` (1 is the first), `touches` (how many), `rung`, `touch_us`.
        why: what it presumes, in one line.
    """

    id: str
    label: str
    weight_sql: str
    why: str


def rule_models() -> tuple[RuleModel, ...]:
    """All rule models, found in `attribution/models`, by id."""
    from earnest.attribution import models as package

    found = [
        importlib.import_module(f"{package.__name__}.{m.name}").MODEL for m in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted(found, key=lambda model: model.id))


def credit_model() -> models.Model:
    """The `credit` table under all rule models."""
    rules = rule_models()
    columns = "order_key, order_day, net_minor, message_key, label_key, rung, touch_us, place"
    weighted = "\n    UNION ALL\n".join(
        f"    SELECT {columns}, '{rule.id}' AS model, {rule.weight_sql} AS weight FROM placed" for rule in rules
    )
    names = "\n    UNION ALL\n".join(f"    SELECT '{rule.id}' AS model" for rule in rules)
    return models.read("earnest.attribution", "credit.sql", replace={"weighted": weighted, "names": names})
