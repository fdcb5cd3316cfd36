"""The campaign report: situation → what we did → result → next step, then what to know before believing it."""

from __future__ import annotations

from earnest.reports.blocks import Block
from earnest.reports.sections import (
    attribution,
    bridge,
    caveats,
    charges,
    costs,
    experiment,
    failures,
    kpis,
    next_step,
    opening,
    reach,
    result,
)
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory

SECTIONS = (
    opening.blocks,
    result.blocks,
    kpis.blocks,
    bridge.blocks,
    costs.blocks,
    charges.blocks,
    reach.blocks,
    failures.blocks,
    attribution.blocks,
    experiment.blocks,
    next_step.blocks,
    caveats.blocks,
)


def campaign_blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """Everything the report says, in order, in one language."""
    return tuple(block for section in SECTIONS for block in section(story, words))
