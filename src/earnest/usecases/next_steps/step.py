"""A next step, and a rule that finds some: an action, why, what is at stake, and where the evidence stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.verdict.next_step import Stance

if TYPE_CHECKING:
    from earnest.usecases.next_steps.ground import Ground

Certainty = Literal["proven", "counted", "estimated", "claimed", "unknown"]
"""Of the value: proven against a hold-out · counted or charged · estimated with an interval · what attribution would claim · nobody can say."""
Effort = Literal["minutes", "hours", "days"]
CERTAINTIES: tuple[Certainty, ...] = ("proven", "counted", "estimated", "claimed", "unknown")
EFFORTS: tuple[Effort, ...] = ("minutes", "hours", "days")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Args:
        code: its rule. campaign: which it is about, None for the workspace.
        action: one sentence in the imperative. why: sentences with figures, never empty.
        value: money at stake, or why nobody can say. value_means: what that money is.
        effort: how long it takes somebody. evidence: commands that show it, never empty.
        stance: whether it sends the campaign more or less; None where neither.
    """

    code: str
    campaign: str | None
    action: str
    why: tuple[str, ...]
    value: Figure
    value_means: str
    certainty: Certainty
    effort: Effort
    evidence: tuple[str, ...]
    stance: Stance | None = None

    def __post_init__(self) -> None:
        assert self.why, "no recommendation without evidence"
        assert self.evidence, "no recommendation without evidence"

    @property
    def at_stake(self) -> float:
        """What is at least at stake, major units: the end of the interval that lies nearer to nothing; 0 where it holds 0 or is unknown."""
        if isinstance(self.value, Unavailable):
            return 0.0
        if self.value.low is None or self.value.high is None:
            return abs(self.value.value)
        return 0.0 if self.value.low <= 0 <= self.value.high else min(abs(self.value.low), abs(self.value.high))

    @property
    def rank(self) -> tuple[float, int, int, str, str]:
        """What steps are sorted by: most at stake, then most certain, then least effort."""
        place = CERTAINTIES.index(self.certainty), EFFORTS.index(self.effort)
        return (-self.at_stake, *place, self.code, self.campaign or "")

    def to_json(self) -> dict[str, Any]:
        plain = ("code", "campaign", "action", "value_means", "certainty", "effort", "stance")
        return {name: getattr(self, name) for name in plain} | {
            "why": list(self.why),
            "evidence": list(self.evidence),
            "value": self.value.to_json(),
            "at_stake": self.at_stake if isinstance(self.value, Estimate) else None,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """Finds steps of one sort. `meaning`: when it speaks, for the docs. `of_campaigns`: False for rules of the workspace."""

    code: str
    meaning: str
    find: Callable[[Ground], Iterable[Step]]
    of_campaigns: bool = True
