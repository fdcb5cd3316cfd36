"""Next steps, ranked: what every rule finds, less what a verdict contradicts, by what is at least at stake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from earnest.kernel.declared import declared
from earnest.kernel.period import instant_text
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.next_step import allows
from earnest.warehouse.build import Progress

RANKED_BY = (
    "what is at least at stake (the interval's end nearer to nothing), then certainty, then effort; unknown values last"
)


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Steps, most at stake first. `withheld`: how many a verdict contradicts."""

    steps: tuple[Step, ...]
    withheld: int
    campaign: str | None
    as_of_us: int

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "steps": [{"rank": place} | step.to_json() for place, step in enumerate(self.steps, 1)],
            "ranked_by": RANKED_BY,
            "withheld_by_verdict": self.withheld,
            "as_of": instant_text(self.as_of_us),
        }


def rules() -> tuple[Rule, ...]:
    """Every rule, by the name of its file."""
    return tuple(declared("earnest.usecases.next_steps.rules", Rule, "RULE"))


def next_steps(workspace: Workspace, campaign: str | None = None, *, progress: Progress = quiet) -> NextSteps:
    """What to do next, for the workspace or one campaign; experiments that are due are read, as whenever campaigns are judged.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return next_steps_in(workspace, tables, campaign, record=True)


def next_steps_in(
    workspace: Workspace, tables: Tables, campaign: str | None = None, *, record: bool = False
) -> NextSteps:
    """The same, over tables that are open; without `record` nothing is written, and what is due is a step itself."""
    if campaign is not None:
        check_met(campaigns_met(tables), campaign)
    ground = Ground(workspace, tables, campaign, record)
    asked = [rule for rule in rules() if campaign is None or rule.of_campaigns]
    found = [step for rule in asked for step in rule.find(ground) if campaign in (None, step.campaign)]
    kept = tuple(sorted(agreeing(ground, found), key=lambda step: step.rank))
    return NextSteps(kept, len(found) - len(kept), campaign, tables.as_of_us)


def agreeing(ground: Ground, found: Iterable[Step]) -> list[Step]:
    """Steps that no verdict contradicts."""
    return [step for step in found if _agrees(ground, step)]


def _agrees(ground: Ground, step: Step) -> bool:
    story = ground.stories.get(step.campaign) if step.campaign else None
    return story is None or allows(story.verdict, step.stance, running=story.running)
