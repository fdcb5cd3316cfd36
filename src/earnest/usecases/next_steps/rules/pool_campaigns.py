"""Campaigns that are each too small for a hold-out of their own: one hold-out for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.money import Money
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.sizes import HELD_OUT, Size, size_of
from earnest.usecases.next_steps.step import Rule, Step
from earnest.verdict.verdict import Verdict


def find(ground: Ground) -> Iterator[Step]:
    """One step, where two campaigns or more are too small."""
    small: dict[str, Size] = {}
    for name, story in ground.stories.items():
        if story.verdict is Verdict.NO_HOLDOUT or (story.verdict is Verdict.INCONCLUSIVE and not story.running):
            size = size_of(ground, story)
            if size is not None and size.needed > size.people:
                small[name] = size
    if len(small) < 2:
        return
    currency = ground.tables.state.currency
    cost = sum((ground.stories[name].cost_total for name in small), Money(0, currency))
    listed = ", ".join(f"{name} ({size.people:,} of {size.needed:,})" for name, size in sorted(small.items()))
    yield Step(
        code="pool-campaigns",
        campaign=None,
        action=f"Hold out one tenth of all contacts from every marketing message, instead of testing {len(small)} small campaigns one by one.",
        why=(
            f"People reached, of those a hold-out of {HELD_OUT:.0%} takes to find the lift at which each breaks even: {listed}.",
            "A universal hold-out adds their effects up: it proves the programme, not the single campaign.",
        ),
        value=ground.money(cost, population=f"cost of {len(small)} campaigns", definition="total_cost"),
        value_means="spent without knowing whether it pays",
        certainty="counted",
        effort="days",
        evidence=("earnest campaign list", "earnest experiment add --help"),
    )


RULE = Rule(
    "pool-campaigns",
    "two or more campaigns whose audience is too small for a hold-out of its own",
    find,
    of_campaigns=False,
)
