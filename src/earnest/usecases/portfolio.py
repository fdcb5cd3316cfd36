"""All campaigns together: how much of what was spent is proven to have paid back, and what the experiments add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import Money
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Campaigns under their verdicts.

    Args:
        spent: verdict → exact cost of its campaigns; every verdict is there. counts: verdict → campaigns.
        proven: share of the spend that is judged by return whose gain is proven.
        contribution: sum over all campaigns that were measured against a hold-out and whose date has come, whatever came out:
            picking the proven ones would overstate it. Experiments count as independent of each other.
        measured: campaigns in it. by_chance: how many "proven" among them chance alone would give if nothing worked.
    """

    currency: str
    spent: dict[Verdict, Money]
    counts: dict[Verdict, int]
    proven: Figure
    contribution: Figure
    measured: int
    by_chance: float

    @property
    def total(self) -> Money:
        """What all of them cost."""
        return Money(sum(money.minor for money in self.spent.values()), self.currency)

    def to_json(self) -> dict[str, Any]:
        return {
            "spent": {verdict.value: money.to_json() for verdict, money in self.spent.items()},
            "campaigns": {verdict.value: number for verdict, number in self.counts.items()},
            "total": self.total.to_json(),
            "proven_share_of_spend": self.proven.to_json(),
            "contribution": self.contribution.to_json(),
            "measured": self.measured,
            "proven_by_chance_alone": self.by_chance,
        }


def portfolio(stories: Iterable[CampaignStory], currency: str) -> Portfolio:
    """Add campaigns up."""
    judged = list(stories)
    spent = {one: Money(sum(s.cost_total.minor for s in judged if s.verdict is one), currency) for one in Verdict}
    counts = {one: sum(s.verdict is one for s in judged) for one in Verdict}
    read = [s for s in judged if s.verdict in _READ and not s.running and s.estimate("contribution") is not None]
    # Two-sided at the level: nothing works, and so many still end up wholly on one side of break-even.
    by_chance = sum(1 - (s.level or 0.95) for s in read)
    return Portfolio(currency, spent, counts, _share(spent), _contribution(read), len(read), by_chance)


_READ = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)


def _share(spent: dict[Verdict, Money]) -> Figure:
    whole = sum(money.minor for verdict, money in spent.items() if verdict is not Verdict.NOT_JUDGED_BY_ROI)
    if not whole:
        return Unavailable("nothing-spent", "no campaign that is judged by return has a cost", "Add what it cost.")
    share = spent[Verdict.PROVEN_GAIN].minor / whole
    return Estimate(share, "share", method="exact", n=None, population="spend of campaigns judged by return")


def _contribution(read: Sequence[CampaignStory]) -> Figure:
    """The sum of independent estimates: their standard errors add up in squares."""
    found = [figure for story in read if (figure := story.estimate("contribution")) is not None]
    sides = [
        ((one.high - one.low) / 2, one.level)
        for one in found
        if one.low is not None and one.high is not None and one.level is not None
    ]
    levels = {level for _, level in sides}
    if not found or len(sides) != len(found) or len(levels) != 1:
        return Unavailable(
            "no-read-out",
            "no experiment with a hold-out has been read out",
            "Hold out a random part of the next audience.",
        )
    value, half = math.fsum(one.value for one in found), math.sqrt(math.fsum(side * side for side, _ in sides))
    return Estimate(
        value, found[0].unit, low=value - half, high=value + half, level=levels.pop(), method="sum of independent experiments",
        n=len(found), population="campaigns measured against a hold-out, read out", basis="incremental",
    )  # fmt: skip
