"""One campaign: did it pay, why, what next? The report's own blocks, held against another campaign where one is chosen."""

from __future__ import annotations

from dataclasses import replace

from earnest.kpis.catalogue import HEADLINE_KPIS, SECONDARY_KPIS
from earnest.reports.blocks import Block, Chip, KpiRow, Title
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory
from earnest.web import beside
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.export import LABELS, exports
from earnest.web.figures import days_of, verdict_chip
from earnest.web.filters import bar, compare_field
from earnest.web.page import Folded, Link, Option, Page, WebBlock

MOST_CARDS = 8
MOST_OTHERS = 100
"""Campaigns offered to compare with, latest first; the address takes any."""
_USUAL = (("headline_kpis", HEADLINE_KPIS), ("secondary_kpis", SECONDARY_KPIS))


def build(desk: Desk, campaign: str) -> Page:
    """The page.

    Raises:
        NotFound: `no-such-campaign`.
    """
    words, asked = desk.words, desk.asked
    story = desk.story(campaign)
    other = beside.other_of(desk, story)
    told = tuple(block for block in campaign_blocks(story, words) if not isinstance(block, Title))
    blocks: tuple[Block | WebBlock, ...] = told if other is None else beside.held(told, story, other, words)
    leading = _leading(desk, story)
    return Page(
        title=story.name,
        section="campaigns",
        crumbs=(Link(words.label("menu", "Campaigns"), asked.to("/campaigns")),),
        chips=_chips(story, words),
        actions=(
            Link(words.say("Explain a number"), asked.plain(f"/explain/{campaign}")),
            Link(words.say("Create report"), asked.plain("/reports/new", campaign=campaign), "primary"),
        ),
        exports=exports(desk, forms=LABELS),
        filters=bar(desk, f"/campaigns/{campaign}", (compare_field(desk, _others(desk, story)),)),
        as_of=as_of_line(desk),
        blocks=tuple(part for block in blocks for part in _fold(block, leading, words)),
    )


def _leading(desk: Desk, story: CampaignStory) -> tuple[str, ...]:
    """Names of the measures that stand first: those the workspace set, else the usual ones."""
    state, day = desk.tables.state, desk.tables.day
    told = [state.setting(name, day) or ",".join(usual) for name, usual in _USUAL]
    wanted = [one.strip() for text in told for one in text.split(",") if one.strip()]
    known = {line.kpi: terms.kpi(line.kpi, line.name, desk.words) for line in story.kpis}
    return tuple(known[one] for one in wanted if one in known)


def _fold(block: Block | WebBlock, leading: tuple[str, ...], words: Words) -> tuple[Block | WebBlock, ...]:
    """The cards that lead, and the others behind a line."""
    if not isinstance(block, KpiRow) or len(block.cards) <= MOST_CARDS:
        return (block,)
    by_name = {card.name: card for card in block.cards}
    judged = [card for card in block.cards if card.state is not None]
    first = [by_name[name] for name in leading if name in by_name]
    first += [card for card in (*judged, *block.cards) if card not in first]
    first = list(dict.fromkeys(first))[:MOST_CARDS]
    rest = tuple(card for card in block.cards if card not in first)
    label = words.count("%(n)s more measure", "%(n)s more measures", len(rest))
    return (replace(block, cards=tuple(first)), Folded(label, (KpiRow("", "", rest),)))


def _chips(story: CampaignStory, words: Words) -> tuple[Chip, ...]:
    channels = ", ".join(terms.channel(one, words) for one in story.channels)
    found = (channels, terms.purpose(story.purpose, words), days_of(story, words))
    return (verdict_chip(story, words), *(Chip(text) for text in found if text))


def _others(desk: Desk, story: CampaignStory) -> tuple[Option, ...]:
    known = [Option(f"campaign:{name}", told) for name, told in desk.campaigns() if name != story.campaign]
    return tuple(one for place, one in enumerate(known) if place < MOST_OTHERS or one.value == desk.asked.compare)


PAGE = PageAt("/campaigns/{campaign:path}", build, "campaigns", "One campaign")
