"""How far the verdict depends on what is assumed: the same experiment under other gross margins and other costs.

return = extra revenue × gross margin ÷ cost, so another margin or cost moves the whole interval in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Table
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict

MARGIN_STEPS = (Decimal("-0.10"), Decimal("-0.05"), Decimal(0), Decimal("0.05"), Decimal("0.10"))
"""Percentage points of the margin that are tried."""
COST_FACTORS = (Decimal("0.9"), Decimal("1.1"), Decimal("1.25"))
"""What the cost is multiplied by."""
JUDGED = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Ground:
    """Extra revenue with both ends, and the margin and cost it is held against; amounts in major units."""

    extra: float
    low: float
    high: float
    margin: Decimal
    cost: Decimal

    def returns(self, margin: Decimal, cost: Decimal) -> tuple[float, float, float]:
        """Return per unit of cost, and the ends of its interval."""
        factor = float(margin / cost)
        return self.extra * factor, self.low * factor, self.high * factor


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The table, or nothing where no return was computed."""
    ground = ground_of(story)
    if ground is None:
        return ()
    open_ = story.verdict is Verdict.INCONCLUSIVE
    one, level = words.formats.money(1, story.currency), words.formats.level(story.level)
    point = () if open_ else (words.say("Return per %(one)s spent", one=one),)
    interval = words.say("%(level)s interval", level=level)
    header = (words.say("If"), *point, interval, words.say("The verdict would be"))
    rows = tuple(_row(label, figures, story, words) for label, figures in _cases(ground, words))
    subtitle = words.say("The same experiment under other gross margins and other costs")
    return (Table(_finding(story, ground, words), subtitle, header, rows, _note(ground, story, words)),)


def ground_of(story: CampaignStory) -> Ground | None:
    """What other assumptions can be applied to; None where a verdict stands on no interval of money."""
    extra, margin, cost = story.estimate("incremental_revenue"), story.margin, story.cost_total
    if story.verdict not in JUDGED or extra is None or extra.low is None or extra.high is None:
        return None
    if not isinstance(margin, Estimate) or margin.value <= 0 or cost.minor <= 0:
        return None
    return Ground(extra.value, extra.low, extra.high, Decimal(repr(margin.value)), cost.decimal)


def needed_margin(end: float, cost: Decimal) -> float | None:
    """The gross margin at which an end of the extra revenue just pays for the cost; None where none up to 100 % does."""
    if end <= 0 or float(cost) > end:
        return None
    return float(cost) / end


def _cases(ground: Ground, words: Words) -> Iterator[tuple[str, tuple[float, float, float]]]:
    for step in MARGIN_STEPS:
        margin = ground.margin + step
        if 0 < margin <= 1:
            share = words.formats.percent(float(margin), 0 if margin * 100 == int(margin * 100) else 1)
            label = words.say("Gross margin %(margin)s, as counted here", margin=share)
            if step:
                label = words.say("Gross margin %(margin)s", margin=share)
            yield label, ground.returns(margin, ground.cost)
    for factor in COST_FACTORS:
        share = words.formats.percent(float(abs(factor - 1)), 0)
        label = words.say("Cost %(share)s higher", share=share)
        if factor < 1:
            label = words.say("Cost %(share)s lower", share=share)
        yield label, ground.returns(ground.margin, ground.cost * factor)


def _row(label: str, figures: tuple[float, float, float], story: CampaignStory, words: Words) -> tuple[str, ...]:
    value, low, high = figures
    form, currency = words.formats, story.currency
    ends = words.say("%(low)s to %(high)s", low=form.per_one(low, currency), high=form.per_one(high, currency))
    point = () if story.verdict is Verdict.INCONCLUSIVE else (form.per_one(value, currency),)
    return (label, *point, ends, _verdict(low, high, story, words))


def _verdict(low: float, high: float, story: CampaignStory, words: Words) -> str:
    if story.running:
        return words.say("not told before its date")
    if low > 1:
        return words.say("proven gain")
    return words.say("proven loss") if high < 1 else words.say("inconclusive")


def _finding(story: CampaignStory, ground: Ground, words: Words) -> str:
    """The margin at which the verdict turns, rounded to the side on which the sentence stays true."""
    end = ground.high if story.verdict is Verdict.PROVEN_LOSS else ground.low
    needed = needed_margin(end, ground.cost)
    if story.running:
        return words.say("How far the range so far depends on what is assumed")
    if story.verdict is Verdict.PROVEN_LOSS:
        if needed is None:
            return words.say("It stays a loss at any gross margin")
        share = words.formats.percent(math.floor(needed * 1000) / 1000, 1)
        return words.say("The loss stays proven up to a gross margin of %(margin)s", margin=share)
    if needed is None:
        return words.say("No gross margin would make it a proven gain")
    share = words.formats.percent(math.ceil(needed * 1000) / 1000, 1)
    if story.verdict is Verdict.PROVEN_GAIN:
        return words.say("The gain stays proven down to a gross margin of %(margin)s", margin=share)
    return words.say("A gross margin of %(margin)s would be needed for a proven gain", margin=share)


def _note(ground: Ground, story: CampaignStory, words: Words) -> str | None:
    """How much more it may have cost before a proven gain is none."""
    most = Decimal(repr(ground.low)) * ground.margin
    if story.verdict is not Verdict.PROVEN_GAIN or most <= ground.cost:
        return None
    room = words.formats.amount(math.floor(most - ground.cost), story.currency)
    return words.say("The gain stays proven while the cost is at most %(room)s higher than counted here.", room=room)
