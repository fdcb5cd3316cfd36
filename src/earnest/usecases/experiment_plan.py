"""How many people a hold-out needs, before anything is sent: by the share held out and the lift that is to be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.incrementality.intervals import LEVEL
from earnest.incrementality.sample_size import POWER, smallest_difference, units_for_shares
from earnest.kernel.errors import UsageError

SHARES = (0.05, 0.1, 0.2, 0.5)
"""Shares held out that are shown beside each other; one half needs the fewest people and forgoes the most sends."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One design.

    Args:
        held_out: share of all people who get no message.
        units: people of both groups together that find the lift with the power asked for.
        smallest_lift: relative lift that the people at hand find with that power; None where none was named, or none is found.
    """

    held_out: float
    units: int
    smallest_lift: float | None


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """People needed to find a lift of a share, by design.

    Args:
        baseline: share of people who buy without a message, 0–1. lift: relative, 0.1 is 10 %.
        people: at hand, or None. level, power: of the two-sided test.
    """

    baseline: float
    lift: float
    people: int | None
    level: float
    power: float
    lines: tuple[PlanLine, ...]

    def to_json(self) -> dict[str, Any]:
        body = {name: getattr(self, name) for name in ("baseline", "lift", "people", "level", "power")}
        lines = [{name: getattr(line, name) for name in PlanLine.__slots__} for line in self.lines]
        source = "Fleiss, Levin & Paik (2003), ch. 4, variances not pooled"
        return body | {"lines": lines, "definition": "units of both arms together, two-sided test", "source": source}


def plan_experiment(
    baseline: float, lift: float, *, held_out: float | None = None, people: int | None = None, power: float = POWER
) -> ExperimentPlan:
    """Work out how many people a hold-out needs.

    Args:
        baseline: share who buy (or do what counts) without a message, 0–1.
        lift: relative lift that is to be found, 0.1 is 10 % more.
        held_out: share held out; None shows the usual ones.
        people: how many there are, to tell the smallest lift that they find.

    Raises:
        UsageError: `share-out-of-range`, `no-difference`, `lift-too-large`.
    """
    reached = baseline * (1 + lift)
    if not 0 < baseline < 1 or not 0 < reached < 1:
        raise UsageError(
            "lift-too-large",
            f"a baseline of {baseline:g} with a lift of {lift:g} is a share of {reached:g}; both must lie between 0 and 1",
            hint="Write 1 % as 0.01, and 10 % more as 0.1.",
        )
    lines = []
    for share in SHARES if held_out is None else (held_out,):
        units = units_for_shares(baseline, reached, held_out=share, level=LEVEL, power=power)
        found = None if people is None else smallest_difference(baseline, people, held_out=share, power=power)
        lines.append(PlanLine(share, units, None if found is None else found / baseline))
    return ExperimentPlan(baseline, lift, people, LEVEL, power, tuple(lines))
