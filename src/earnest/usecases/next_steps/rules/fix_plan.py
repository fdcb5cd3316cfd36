"""Faults in the plan of a campaign that is still ahead or under way: what lint calls an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from earnest.kernel.estimate import Unavailable
from earnest.kernel.words import count
from earnest.usecases.lint import RULES
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step
from earnest.usecases.plan import Plan

_RECENT = timedelta(days=14)
_SHOWN = 3


def find(ground: Ground) -> Iterator[Step]:
    """One step a campaign with errors in its plan."""
    today = ground.tables.day
    for name, story in ground.stories.items():
        ahead = story.last_day is None or date.fromisoformat(story.last_day) >= today - _RECENT
        if not ahead or name not in ground.tables.state.campaigns:
            continue
        plan = Plan(ground.workspace, ground.tables, ground.measured[name])
        faults = [fault for rule in RULES for fault in rule.look(plan) if (fault.level or rule.level) == "error"]
        if not faults:
            continue
        yield Step(
            code="fix-plan",
            campaign=name,
            action=f"{name}: mend {count(len(faults), 'error')} in its plan before the next send.",
            why=tuple(f"{fault.what[:1].upper()}{fault.what[1:]}. {fault.remedy}" for fault in faults[:_SHOWN]),
            value=Unavailable(
                "value-unknown",
                "a plan that cannot be judged loses the answer, not money",
                "earnest campaign lint shows all.",
            ),
            value_means="value unknown",
            certainty="unknown",
            effort="minutes",
            evidence=(f"earnest campaign lint {name}",),
        )


RULE = Rule("fix-plan", "the plan of a campaign ahead or under way has errors (`earnest campaign lint`)", find)
