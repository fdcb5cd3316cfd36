"""How far a verdict moves if what is assumed is wrong: each assumption alone, by the same rule that picked the verdict.

return = extra revenue × gross margin ÷ cost, so a verdict turns where a factor lifts or lowers an end of the interval to 1:
margin, orders counted (alike in both groups)      × factor
assumed cost                                       ÷ (cost with it changed)
orders missing from one group more than the other  shifts the extra revenue by what that group bought
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.reports.sections.sensitivity import Ground, ground_of
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Evidence, Verdict, decide

RELATIVE = 0.2
"""How much larger and smaller each assumption is tried: far more than bookkeeping usually errs, so what holds here is sturdy."""
UNEVEN = 0.05
"""Share of one group's orders that is tried as missing beyond what the other misses: a device change or a lost shop export."""

Assumed = Literal["margin", "order-capture", "order-capture-uneven", "assumed-cost"]
Level = float
Bands = dict[Level, tuple[float, float]]
Ends = tuple[float, float, float]
"""A point and the ends of its interval."""

DEFINITIONS: dict[Assumed, str] = {
    "margin": "gross margin × (1 + change), at most 100 %",
    "order-capture": "orders of both groups × (1 + change): as many more or fewer as were counted, alike in both groups",
    "order-capture-uneven": "orders that are missing beyond what the other group misses, as a share of the group's own:"
    " of the hold-out where the change is below 0, of the messaged group where it is above. The interval is shifted, not widened",
    "assumed-cost": "cost lines with the evidence `assumed` × (1 + change); the others as they stand",
}
"""What each change is, and what it leaves as it was."""


@dataclass(frozen=True, slots=True)
class Case:
    """One assumption, wrong by `change`.

    Args:
        then: what it would be: a share for the margin, money in major units for assumed cost, a factor for orders.
        figure: the return per unit of cost then. bands: of its interval, by level. verdict: what the rule would say then.
    """

    assumption: Assumed
    change: float
    then: float
    figure: Estimate
    bands: Bands
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        return {
            "assumption": self.assumption,
            "change": self.change,
            "then": self.then,
            "incremental_return": self.figure.to_json(),
            "verdict": self.verdict.value,
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the word changes: beyond `change` the verdict is `verdict`. `then` as in `Case`."""

    assumption: Assumed
    change: float
    then: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        return {
            "assumption": self.assumption,
            "change": self.change,
            "then": self.then,
            "verdict": self.verdict.value,
        }


@dataclass(frozen=True, slots=True)
class Moves:
    """How one campaign's verdict moves. `assumed_cost` and `cost` in major units; `margin` 0–1."""

    campaign: str
    name: str
    verdict: Verdict
    running: bool
    currency: str
    level: float
    margin: float
    cost: float
    assumed_cost: float
    figure: Estimate
    bands: Bands
    break_even_margin: Figure
    cases: tuple[Case, ...]
    turns: tuple[Turn, ...]

    def of(self, assumption: Assumed) -> tuple[Case, ...]:
        """The cases of one assumption, the smaller first."""
        return tuple(sorted((one for one in self.cases if one.assumption == assumption), key=lambda one: one.change))

    def turns_of(self, assumption: Assumed) -> tuple[Turn, ...]:
        """Where one assumption changes the word, the nearest first."""
        return tuple(
            sorted((one for one in self.turns if one.assumption == assumption), key=lambda one: abs(one.change))
        )

    @property
    def shaken(self) -> tuple[Case, ...]:
        """Cases in which the word would be another."""
        return () if self.running else tuple(one for one in self.cases if one.verdict is not self.verdict)

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "name": self.name,
            "verdict": self.verdict.value,
            "running": self.running,
            "margin": self.margin,
            "incremental_return": self.figure.to_json(),
            "break_even_margin": self.break_even_margin.to_json(),
            "cases": [one.to_json() for one in self.cases],
            "turns": [one.to_json() for one in self.turns],
        }


def moves_of(story: CampaignStory) -> Moves | None:
    """Try every assumption of a campaign; None where its verdict rests on no interval of money.

    Example: a return of 2.21 (1.21 to 3.21) at a margin of 46 % is 1.77 (0.97 to 2.57) at 36.8 %: no longer proven. It turns
    at 46 % ÷ 1.21 = 38 %.
    """
    ground, returned = ground_of(story), story.estimate("incremental_return")
    if ground is None or returned is None:
        return None
    tried = _Tried(story, ground, returned, _assumed_cost(story), _bands(story))
    return Moves(
        campaign=story.campaign,
        name=story.name,
        verdict=story.verdict,
        running=story.running,
        currency=story.currency,
        level=story.level,
        margin=float(ground.margin),
        cost=float(ground.cost),
        assumed_cost=tried.assumed,
        figure=returned,
        bands=tried.bands,
        break_even_margin=break_even_margin(ground, level=story.level),
        cases=tuple(_cases(tried)),
        turns=tuple(_turns(tried)),
    )


def break_even_margin(ground: Ground, *, level: float) -> Figure:
    """The gross margin at which the campaign just paid: cost ÷ extra revenue. Above 1 no margin would have done.

    Its interval is that of the extra revenue, turned round; `high` is None where the lower end of the extra revenue is not above 0.
    """
    cost = float(ground.cost)
    if ground.extra <= 0:
        return Unavailable(
            "no-extra-revenue",
            "the messaged group bought no more than the hold-out, so no margin pays for the cost",
            "Nothing: at no margin would it have paid.",
        )
    return Estimate(
        cost / ground.extra,
        "share",
        low=cost / ground.high,
        high=cost / ground.low if ground.low > 0 else None,
        level=level,
        method="inverted",
        basis="incremental",
        definition="break_even_margin@1",
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What is tried on: the story, its money, its return, the assumed part of its cost, its bands."""

    story: CampaignStory
    ground: Ground
    returned: Estimate
    assumed: float
    bands: Bands

    @property
    def cost(self) -> float:
        return float(self.ground.cost)

    @property
    def needed(self) -> float:
        """Extra revenue that just pays for the cost."""
        return self.cost / float(self.ground.margin)

    def verdict(self, low: float, high: float) -> Verdict:
        """What the rule says of a return with these ends."""
        contribution = Estimate((low + high) / 2 - 1, "ratio", low=low - 1, high=high - 1, level=self.story.level)
        return decide(Evidence(self.story.purpose, True, self.story.running, contribution, self.story.findings))

    def case(self, assumption: Assumed, change: float, then: float, moved: Callable[[float], float]) -> Case:
        """The return with every end moved."""
        low, high = (moved(end) for end in (self.ground.low / self.needed, self.ground.high / self.needed))
        figure = replace(
            self.returned, value=moved(self.returned.value), low=low, high=high, exact=None, method="what-if"
        )
        bands = {level: (moved(one), moved(other)) for level, (one, other) in self.bands.items()}
        return Case(assumption, change, then, figure, bands, self.verdict(low, high))


def _assumed_cost(story: CampaignStory) -> float:
    return float(sum(line.amount.decimal for line in story.costs if line.evidence == "assumed"))


def _bands(story: CampaignStory) -> Bands:
    return next((dict(row.bands) for row in story.interval_rows if row.label == "measured" and row.bands), {})


def _cases(tried: _Tried) -> Iterator[Case]:
    margin = float(tried.ground.margin)
    for change in (-RELATIVE, RELATIVE):
        most = min(change, 1 / margin - 1)  # no margin is above 100 %
        if most:
            yield tried.case("margin", most, margin * (1 + most), _times(1 + most))
        yield tried.case("order-capture", change, 1 + change, _times(1 + change))
        cost = tried.cost + tried.assumed * change
        if tried.assumed > 0 and cost > 0:
            yield tried.case("assumed-cost", change, tried.assumed * (1 + change), _times(tried.cost / cost))
    if tried.story.bridge is not None:
        for change in (-UNEVEN, UNEVEN):
            yield tried.case("order-capture-uneven", change, 1 - UNEVEN, _plus(_shift(tried, change)))


def _times(factor: float) -> Callable[[float], float]:
    return lambda end: end * factor


def _plus(shift: float) -> Callable[[float], float]:
    return lambda end: end + shift


def _shift(tried: _Tried, change: float) -> float:
    """By how much the return moves if a share of one group's orders is missing: what the group bought, the missing added.

    A change below 0 is the hold-out's: more would have come anyway.
    """
    bridge = tried.story.bridge
    assert bridge is not None
    bought = bridge.would_have_come_anyway if change < 0 else bridge.messaged_revenue
    missing = float(bought.decimal) * (1 / (1 - abs(change)) - 1)
    return (missing if change > 0 else -missing) / tried.needed


def _turns(tried: _Tried) -> Iterator[Turn]:
    """Where an end of the interval meets break-even: the lower end makes or ends a gain, the upper one a loss."""
    if tried.story.running:
        return
    above, below = 1 + 1e-9, 1 - 1e-9
    for end, beyond in ((tried.ground.low, (above, 2.0)), (tried.ground.high, (-1.0, below))):
        inside, outside = tried.verdict(0.5, 1.5), tried.verdict(*beyond)
        is_gain = beyond[0] > 1
        already = end / tried.needed > 1 if is_gain else end / tried.needed < 1
        verdict = inside if already else outside
        if verdict is not tried.story.verdict:
            yield from _turns_at(tried, end, verdict)


def _turns_at(tried: _Tried, end: float, verdict: Verdict) -> Iterator[Turn]:
    """Each assumption's value at which one end of the extra revenue just pays for the cost."""
    margin, paid = float(tried.ground.margin), end * float(tried.ground.margin)
    if end > 0:
        factor = tried.needed / end
        if margin * factor <= 1:
            yield Turn("margin", factor - 1, margin * factor, verdict)
        yield Turn("order-capture", factor - 1, factor, verdict)
    if tried.assumed > 0 and (then := tried.assumed + paid - tried.cost) >= 0:
        yield Turn("assumed-cost", then / tried.assumed - 1, then, verdict)
    if tried.story.bridge is not None:
        yield from _uneven_turn(tried, end, verdict)


def _uneven_turn(tried: _Tried, end: float, verdict: Verdict) -> Iterator[Turn]:
    bridge, gap = tried.story.bridge, tried.needed - end
    assert bridge is not None
    bought = float((bridge.would_have_come_anyway if gap < 0 else bridge.messaged_revenue).decimal)
    if bought <= 0:
        return
    share = abs(gap) / bought / (1 + abs(gap) / bought)
    yield Turn("order-capture-uneven", -share if gap < 0 else share, 1 - share, verdict)
