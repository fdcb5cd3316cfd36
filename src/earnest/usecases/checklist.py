"""The tracking checklist of a campaign: of everything that must tell something, whether it does.

    live        something came in the expected time          missing     it was never declared
    silent      it came before, and not for unusually long   not-needed  and why not
    never       declared, and nothing ever came

Before the send it is a plan: what never came is not held against it. From a day after the last send on it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from earnest.usecases.checklist_feeds import FEEDS
from earnest.usecases.checklist_line import Line
from earnest.usecases.checklist_sends import SENDS
from earnest.usecases.plan import planned
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class Checklist:
    """A campaign's checklist. `phase`: planned (nothing sent), sent (something may still come) or over."""

    campaign: str
    phase: Literal["planned", "sent", "over"]
    lines: tuple[Line, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is silent, missing or overdue."""
        return not any(line.failing for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "phase": self.phase,
            "complete": self.complete,
            "lines": [line.to_json() for line in self.lines],
        }


def check_tracking(workspace: Workspace, campaign: str, *, progress: Progress = quiet) -> Checklist:
    """Go through the checklist of a campaign.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with planned(workspace, campaign, progress=progress) as plan:
        lines = [line for look in (*SENDS, *FEEDS) for line in look(plan)]
        phase: Literal["planned", "sent", "over"] = (
            "planned" if plan.last_send_us is None else "over" if plan.over else "sent"
        )
    return Checklist(campaign, phase, tuple(lines))
