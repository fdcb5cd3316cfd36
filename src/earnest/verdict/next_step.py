"""What a verdict asks for: the one step that follows from it, which no other advice may contradict.

proven gain → repeat     proven loss → stop        inconclusive → wait for the read-out, then enlarge
no hold-out → hold out   withheld    → mend        not judged by ROI → improve
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from earnest.verdict.verdict import Verdict

Stance = Literal["more", "less"]
"""What an advice makes of a campaign: send it more (again, elsewhere, to others), or less."""


class Step(Enum):
    """What to do after a verdict."""

    REPEAT = "repeat"
    STOP = "stop"
    WAIT = "wait"
    ENLARGE = "enlarge"
    HOLD_OUT = "hold-out"
    MEND = "mend"
    IMPROVE = "improve"


_STEPS = {
    Verdict.PROVEN_GAIN: Step.REPEAT,
    Verdict.PROVEN_LOSS: Step.STOP,
    Verdict.INCONCLUSIVE: Step.ENLARGE,
    Verdict.NO_HOLDOUT: Step.HOLD_OUT,
    Verdict.WITHHELD: Step.MEND,
    Verdict.NOT_JUDGED_BY_ROI: Step.IMPROVE,
}


def step_after(verdict: Verdict, *, running: bool) -> Step:
    """The step that follows from a verdict.

    Args:
        running: whether an inconclusive one only waits for its date.
    """
    return Step.WAIT if running else _STEPS[verdict]


def allows(verdict: Verdict, stance: Stance | None, *, running: bool) -> bool:
    """Whether an advice of this stance agrees with the verdict.

    A proven loss is not sent more, a proven gain not less; while an experiment runs, or a check withholds its result, a campaign is
    changed in neither direction.
    """
    if stance is None:
        return True
    if running or verdict is Verdict.WITHHELD:
        return False
    return not (verdict is Verdict.PROVEN_LOSS and stance == "more") and not (
        verdict is Verdict.PROVEN_GAIN and stance == "less"
    )
