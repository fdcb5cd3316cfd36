"""Checks of the data audit that fail: mend the one first whose defect moves most money."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Certainty, Rule, Step

_MOST = 8
_COVERED = frozenset(("messages-unrated", "margin-missing"))
"""Defects that a rule of their own or the verdict speaks of."""


def find(ground: Ground) -> Iterator[Step]:
    """One step a failed check that blocks, warns or moves money; the dearest ones."""
    from earnest.usecases.quality import check_quality

    quality = check_quality(ground.tables, ground.campaign, workspace=ground.workspace)
    steps = []
    for check in quality.checks:
        if check.passed or check.severity == "informs" or check.code in _COVERED:
            continue
        value, certainty = _value(check.effect)
        steps.append(
            Step(
                code="fix-data",
                campaign=ground.campaign,
                action=f"Mend {check.code}: {_first(check.remedy)}",
                why=(
                    f"{_sentence(check.message)}",
                    f"It touches {', '.join(check.kpis) or 'no KPI'}; the data's grade is {quality.grade}.",
                ),
                value=value,
                value_means="what the defect adds to contribution",
                certainty=certainty,
                effort="hours",
                evidence=(f"earnest quality check{f' --campaign {ground.campaign}' if ground.campaign else ''}",),
            )
        )
    yield from sorted(steps, key=lambda step: step.rank)[:_MOST]


def _value(effect: Figure) -> tuple[Figure, Certainty]:
    if isinstance(effect, Estimate):
        return effect, "estimated" if effect.low is not None else "counted"
    return Unavailable("value-unknown", effect.reason, effect.remedy), "unknown"


def _first(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _sentence(text: str) -> str:
    return text[:1].upper() + _first(text)[1:]


RULE = Rule("fix-data", "a check of the data audit fails, priced by its effect on contribution", find)
