"""An hour, weekday, template or channel that does better within the same campaigns: prove it by a test, then move."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Unavailable
from earnest.trends.compare import Compared
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step
from earnest.usecases.preferences import KPIS, Cell, PreferenceAsk, preferences_in

_BY = ("hour", "weekday", "template", "channel")
_LEVEL_SHARED = "Bounds hold for all cells of a dimension together."


def find(ground: Ground) -> Iterator[Step]:
    """One step a dimension and rate: its best cell, if bounds prove it better than the others."""
    for by in _BY:
        for kpi in KPIS:
            found = preferences_in(ground.tables, PreferenceAsk(by, kpi, ground.campaign), drawn=False)
            better = [cell for cell in found.cells if cell.standing == "better"]
            if better:
                yield _step(ground, by, kpi, max(better, key=_distance))


def _distance(cell: Cell) -> float:
    assert isinstance(cell.compared, Compared)
    return min(abs(cell.compared.low), abs(cell.compared.high))


def _step(ground: Ground, by: str, kpi: str, cell: Cell) -> Step:
    found = cell.compared
    assert isinstance(found, Compared)
    ends = f"{found.low * 100:+.2f} to {found.high * 100:+.2f} percentage points".replace("-", "−")
    test = f" It takes {cell.people:,} people." if cell.people else ""
    return Step(
        code="better-cells",
        campaign=ground.campaign,
        action=f"Test {by} {cell.cell} against the others by chance, as it does better in {kpi}; move sends there if it is proven.",
        why=(
            f"{kpi} {found.here:.2%} beside {found.elsewhere:.2%} within the same campaigns: {ends}. {_LEVEL_SHARED}",
            f"An association; two random halves of one campaign, one in each, prove it.{test}",
        ),
        value=Unavailable("value-unknown", "an association has no price; the test gives it one", "Plan the test."),
        value_means="value unknown",
        certainty="unknown",
        effort="days",
        evidence=(
            f"earnest preference show --by {by} --kpi {kpi}{f' --campaign {ground.campaign}' if ground.campaign else ''}",
        ),
        stance="more",
    )


RULE = Rule(
    "better-cells",
    "an hour, weekday, template or channel does better within campaigns, beyond what chance among all cells gives",
    find,
)
