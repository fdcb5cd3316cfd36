"""Whether a goal is reached: the rule, and nothing but the rule.

no figure                                     → unavailable
fewer than the KPI's minimum n                → cannot tell
the days, or the time to answer, not over yet → cannot tell (but a count that only grows may have arrived already)
the interval holds the target                 → cannot tell
the interval lies beyond it, on one side      → reached, or not reached
an exact sum or ratio of sums                 → as it stands; a lower bound can only pass a ceiling
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from earnest.kernel.estimate import Estimate, Figure

BOUND = "lower bound"
"""Method of a figure that may be larger: a cost with unpriced messages."""


class GoalStanding(Enum):
    """What may be said of a goal."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANNOT_TELL = "cannot_tell"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Aim:
    """What the rule looks at beside the figure.

    Args:
        at_least: True if the figure is to be `target` or more, False if `target` or less.
        minimum_n: below this denominator nothing is decided.
        closed: whether the goal's days are over and whoever still may answer has had the time.
        grows: whether the figure, an exact sum, can only become larger.
    """

    at_least: bool
    target: Decimal
    minimum_n: int
    closed: bool
    grows: bool


def stand(figure: Figure, aim: Aim) -> tuple[GoalStanding, str]:
    """The standing of a goal, and the code of why: ``unavailable``'s own, ``too-few``, ``running``, ``interval``, ``passed``, ``exact``,
    ``lower-bound``."""
    if not isinstance(figure, Estimate):
        return GoalStanding.UNAVAILABLE, figure.code
    if figure.n is not None and figure.n < aim.minimum_n:
        return GoalStanding.CANNOT_TELL, "too-few"
    if figure.low is not None and figure.high is not None:
        return _by_interval(figure.low, figure.high, aim)
    return _by_point(figure, aim)


def _by_interval(low: float, high: float, aim: Aim) -> tuple[GoalStanding, str]:
    if not aim.closed:
        return GoalStanding.CANNOT_TELL, "running"
    target = float(aim.target)
    if low <= target <= high:
        return GoalStanding.CANNOT_TELL, "interval"
    return _said(low > target, aim), "interval"


def _by_point(figure: Estimate, aim: Aim) -> tuple[GoalStanding, str]:
    """An exact figure; a sum of money is compared to the last minor unit."""
    above, equal = _against(figure, aim.target)
    passed = above or (equal and aim.at_least)
    if figure.method == BOUND:
        return (_said(True, aim), "passed") if passed else (GoalStanding.CANNOT_TELL, "lower-bound")
    if not aim.closed:
        return (_said(True, aim), "passed") if aim.grows and passed else (GoalStanding.CANNOT_TELL, "running")
    return (GoalStanding.REACHED if equal else _said(above, aim)), "exact"


def _against(figure: Estimate, target: Decimal) -> tuple[bool, bool]:
    if figure.exact is not None:
        return figure.exact.decimal > target, figure.exact.decimal == target
    return figure.value > float(target), figure.value == float(target)


def _said(above: bool, aim: Aim) -> GoalStanding:
    return GoalStanding.REACHED if above == aim.at_least else GoalStanding.NOT_REACHED
