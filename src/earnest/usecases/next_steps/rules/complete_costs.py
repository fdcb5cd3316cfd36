"""Messages without a price: the campaign's cost is a lower bound, and no gain can be proven."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step

_PRICED = (
    "SELECT CAST(sum(f.cost_micro) AS BIGINT), CAST(sum(f.priced) AS BIGINT) FROM funnel_cell AS f"
    " JOIN label_campaign AS l ON f.label_key = l.label_key"
    " WHERE l.channel IN (SELECT channel FROM label_campaign WHERE campaign = $1)"
)


def find(ground: Ground) -> Iterator[Step]:
    """One step a campaign with unpriced messages."""
    for name, story in ground.stories.items():
        if not story.unrated_messages:
            continue
        finding = next((one for one in story.findings if one.code == "unrated-messages"), None)
        value, certainty = _value(ground, name, story.unrated_messages)
        yield Step(
            code="complete-costs",
            campaign=name,
            action=f"{name}: give {story.unrated_messages:,} delivered messages their price.",
            why=(
                f"{story.unrated_messages:,} delivered messages have no price, so the cost ({story.cost_total}) is a lower bound.",
                "A gain is withheld until they have one.",
                *((f"{finding.remedy}.",) if finding else ()),
            ),
            value=value,
            value_means="cost that is missing, at the mean price of priced messages on its channels",
            certainty="estimated" if certainty else "unknown",
            effort="hours",
            evidence=(f"earnest campaign show {name}", "earnest cost list"),
        )


def _value(ground: Ground, name: str, messages: int) -> tuple[Figure, bool]:
    ((micro, priced),) = ground.rows(_PRICED, name)
    if not micro or not priced:
        why = "no message on its channels has a price"
        return Unavailable("value-unknown", why, "Add the provider's bill: earnest cost add."), False
    each = float(micro) / float(priced) / float(MICRO_PER_MAJOR)
    return Estimate(
        each * messages,
        ground.tables.state.currency,
        method="mean price",
        n=messages,
        basis="assumed",
        definition="missing_cost@1",
    ), True


RULE = Rule("complete-costs", "delivered messages of a campaign have no price", find)
