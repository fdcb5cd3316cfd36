"""The campaign report: situation → what we did → result → next step, then what to know before believing it.

An audience picks sections and their order; without one the report says everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from earnest.reports.audience import CLOSING, OPENING, Audience, check_hiding, find_audience
from earnest.reports.blocks import Block, Title
from earnest.reports.sections import (
    attribution,
    bridge,
    caveats,
    charges,
    costs,
    experiment,
    failures,
    goals,
    kpis,
    money_first,
    next_step,
    opening,
    reach,
    result,
    sensitivity,
    without_costs,
)
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory

Section = Callable[[CampaignStory, Words], Sequence[Block]]

SECTIONS: dict[str, Section] = {
    "opening": opening.blocks,
    "result": result.blocks,
    "kpis": kpis.blocks,
    "bridge": bridge.blocks,
    "costs": costs.blocks,
    "charges": charges.blocks,
    "reach": reach.blocks,
    "failures": failures.blocks,
    "attribution": attribution.blocks,
    "experiment": experiment.blocks,
    "next_step": next_step.blocks,
    "caveats": caveats.blocks,
}
"""Everything there is to say, in the order of the report for everybody."""

_FOR_SOME: dict[str, Section] = {"money_first": money_first.blocks, "sensitivity": sensitivity.blocks}
_WITHOUT_COSTS: dict[str, Section] = {
    "opening": without_costs.opening,
    "result": without_costs.result,
    "bridge": without_costs.bridge,
    "next_step": without_costs.next_step,
    "caveats": without_costs.caveats,
}
GOALS = "goals"
ANCHORS = (*SECTIONS, *_FOR_SOME, GOALS)
"""Slugs of all sections: what a comment can stand at."""


def campaign_blocks(
    story: CampaignStory,
    words: Words,
    audience: Audience | str | None = None,
    *,
    hide_costs: bool = False,
    reached: Sequence[goals.GoalLine] = (),
) -> tuple[Block, ...]:
    """What the report says, in order, in one language.

    Args:
        audience: who reads it, or None for everything. hide_costs, reached: as `campaign_sections`.

    Raises:
        UsageError: `no-such-audience`, `costs-not-hidden`.
    """
    found = campaign_sections(story, words, audience, hide_costs=hide_costs, reached=reached)
    return tuple(block for _, blocks in found for block in blocks)


def campaign_sections(
    story: CampaignStory,
    words: Words,
    audience: Audience | str | None = None,
    *,
    hide_costs: bool = False,
    reached: Sequence[goals.GoalLine] = (),
) -> tuple[tuple[str, tuple[Block, ...]], ...]:
    """The same, section by section: slug and blocks; sections with nothing to say are left out.

    Args:
        hide_costs: leave out every figure from which the cost follows: only for an audience that may.
        reached: goals of the campaign, held against their figures; told to audiences that open with them.

    Raises:
        UsageError: `no-such-audience`, `costs-not-hidden`.
    """
    reader = find_audience(audience) if isinstance(audience, str) else audience
    check_hiding(reader, hide_costs=hide_costs)
    if reader is None:
        return tuple((slug, tuple(section(story, words))) for slug, section in SECTIONS.items())
    shown = reader.view(story, hide_costs=hide_costs)
    known = SECTIONS | _FOR_SOME | {GOALS: goals.section(reached)} | (_WITHOUT_COSTS if hide_costs else {})
    told = ((slug, known[slug](shown, words)) for slug in (*OPENING, *reader.sections, *CLOSING))
    return tuple((slug, _named(blocks, reader, words)) for slug, blocks in told if blocks)


def _named(blocks: Sequence[Block], reader: Audience, words: Words) -> tuple[Block, ...]:
    return tuple(replace(one, kind=reader.kind(words)) if isinstance(one, Title) else one for one in blocks)
