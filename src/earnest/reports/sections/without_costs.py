"""Sections of a report that keeps the internal costs to itself: no figure stands in it from which they follow.

Amounts are kept and ratios to the cost left out: from both together the cost could be divided out. The verdict stays, as it says
no more of the cost than on which side of the extra gross profit it lies.
"""

from __future__ import annotations

from dataclasses import replace

from earnest.charts.bridge import BridgeChart
from earnest.kernel.estimate import Unavailable
from earnest.kernel.finding import Finding
from earnest.reports import blocks as told
from earnest.reports.blocks import Actions, Block, Callout, Chip, Fact
from earnest.reports.sections import bridge as whole_bridge
from earnest.reports.sections import caveats as all_caveats
from earnest.reports.sections import facts, kpis
from earnest.reports.sections import next_step as any_step
from earnest.reports.sections import opening as whole_opening
from earnest.reports.sections import result as whole_result
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict

OF_COST = frozenset(
    (
        "unrated-messages", "cost-missing", "cost-negative", "messaging-counted-twice", "discount-as-cost", "no-rate",
        "charges-in-other-currency", "margin-missing",
    )
)  # fmt: skip
"""Findings that tell of the cost, or of the margin."""
HIDDEN = Finding("costs-hidden", "blocks", "the internal costs are not complete", "Ask who runs the campaign.")
_NO_MARGIN = Unavailable("hidden", "the margin is not told in this report", "Ask who runs the campaign.")
TOLD_ASSUMPTIONS = ("order-capture",)
"""Codes of what is assumed that tell nothing of cost and margin."""
STEPS = 3
"""Lines of the bridge before the cost: the messaged group's revenue, what would have come anyway, what is extra."""


def opening(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """Title, situation, and what was done, without what it cost."""
    sent = next((step.count for step in story.funnel if step.step == "sent"), None)
    said = words.count("%(n)s message was sent.", "%(n)s messages were sent.", sent) if sent is not None else ""
    return tuple(
        replace(one, sentences=tuple(filter(None, (said, *one.sentences[1:])))) if isinstance(one, Actions) else one
        for one in whole_opening.blocks(story, words)
    )


def result(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The verdict with the extra revenue in place of returns."""
    shown = tuple(one for one in whole_result.blocks(_veiled(story), words) if isinstance(one, told.Verdict))
    return tuple(_worded(one, story, words) for one in shown)


def bridge(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """From the messaged group's revenue to what is extra of it; for an open result nothing, as a range of the rest would tell."""
    if story.bridge is None or story.verdict not in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS):
        return ()
    subtitle = words.say("From the revenue of the messaged group to the extra revenue")
    shown = []
    for one in whole_bridge.blocks(story, words):
        assert isinstance(one, told.Chart)
        assert isinstance(one.drawing, BridgeChart)
        drawing = replace(one.drawing, title=subtitle, rows=one.drawing.rows[:STEPS])
        shown.append(replace(one, subtitle=subtitle, drawing=drawing))
    return tuple(shown)


def next_step(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The step that the verdict asks for, without its evidence in money."""
    if story.verdict not in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS):
        return any_step.blocks(_veiled(story), words)
    returns = {name: one for name, one in story.returns.items() if name == "incremental_revenue"}
    return any_step.blocks(replace(story, returns=returns, costs=()), words)


def caveats(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """Warnings, assumptions and method, without those of cost and margin, and that costs are left out."""
    veiled = replace(
        _veiled(story),
        restated=None,
        assumptions=tuple(code for code in story.assumptions if code in TOLD_ASSUMPTIONS),
        margin=_NO_MARGIN,
    )
    title = words.say("Internal costs are left out of this report")
    body = words.say(
        "So are returns and shares from which they could be computed. The verdict takes all of them into account."
    )
    return (
        Callout("info", words.say("Good to know"), told.Said(title), told.Said(body)),
        *all_caveats.blocks(veiled, words),
    )


def _veiled(story: CampaignStory) -> CampaignStory:
    """The story without findings of cost; where one of them withholds the verdict, that something is incomplete."""
    kept = tuple(one for one in story.findings if one.code not in OF_COST)
    withholds = story.verdict is Verdict.WITHHELD and len(kept) < len(story.findings)
    severe = any(one.severity.startswith("blocks") for one in kept)
    return replace(story, findings=(*((HIDDEN,) if withholds and not severe else ()), *kept))


def _worded(block: told.Verdict, story: CampaignStory, words: Words) -> told.Verdict:
    """The verdict block with its amounts and without its ratios."""
    plain = replace(block, chart=None, chips=_chips(story, words), facts=_facts(story, words))
    extra = facts.range_of(story, "incremental_revenue", words)
    if story.verdict not in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE):
        return _unproven(plain, story, words)
    interval = (_interval(extra, story, words),) if extra else ()
    proven = story.verdict is not Verdict.INCONCLUSIVE
    sentences = (*interval, *(block.sentences[1:] if proven else block.sentences))
    return replace(plain, headline=_headline(story, words), sentences=sentences)


def _unproven(block: told.Verdict, story: CampaignStory, words: Words) -> told.Verdict:
    """Claims per unit of cost are left out."""
    if story.verdict is Verdict.NOT_JUDGED_BY_ROI:
        return replace(block, facts=kpis.leading(story, words))
    if story.verdict is Verdict.NO_HOLDOUT:
        said = words.say("What attribution would claim bounds the effect in neither direction.")
        return replace(block, sentences=(said,))
    return replace(block, facts=())


def _headline(story: CampaignStory, words: Words) -> str:
    extra = story.estimate("incremental_revenue")
    if story.verdict is Verdict.INCONCLUSIVE:
        said = words.say("It is too early to say what came back.")
        return said if story.running else words.say("Whether it paid for itself is not proven either way.")
    amount = words.formats.amount(abs(extra.value), story.currency) if extra else ""
    if extra is None or extra.value <= 0:
        return words.say("The campaign brought no extra revenue.")
    if story.verdict is Verdict.PROVEN_GAIN:
        return words.say(
            "The campaign brought %(amount)s of extra revenue, and more gross profit than it cost.", amount=amount
        )
    return words.say(
        "The campaign brought %(amount)s of extra revenue, and less gross profit than it cost.", amount=amount
    )


def _interval(extra: str, story: CampaignStory, words: Words) -> str:
    level = words.formats.level(story.level)
    return words.say("%(level)s interval of the extra revenue: %(range)s.", level=level, range=extra)


def _facts(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    extra = story.estimate("incremental_revenue")
    ends = facts.range_of(story, "incremental_revenue", words)
    if extra is None or ends is None:
        return ()
    label = words.say("Extra revenue, before cost of goods")
    if story.verdict is Verdict.INCONCLUSIVE:
        return (Fact(label, ends, words.say("%(level)s interval", level=words.formats.level(story.level))),)
    return (Fact(label, words.formats.amount(extra.value, story.currency), ends, "inc"),)


def _chips(story: CampaignStory, words: Words) -> tuple[Chip, ...]:
    if story.verdict is Verdict.NO_HOLDOUT:
        return (Chip(words.say("Not causal"), "warn"),)
    if story.experiment is None or story.verdict in (Verdict.NOT_JUDGED_BY_ROI, Verdict.WITHHELD):
        return ()
    return (Chip(words.say("Measured with a hold-out"), "info"),)
