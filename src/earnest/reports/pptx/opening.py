"""The first slide: the verdict as the deck's title, its figures, and the story in four short columns."""

from __future__ import annotations

from typing import Any

from earnest.reports.blocks import Actions, Block, Check, Fact, NextStep, Said, Situation, Title, Verdict
from earnest.reports.pptx import fitting
from earnest.reports.pptx.deck import BODY_END, MARGIN, ROOM, Deck, Style
from earnest.reports.pptx.tables import Grid, pages, sized, table
from earnest.reports.words import Words

GAP = 14.0
CARDS_HIGH, CHIP_HIGH = 96.0, 21.0
VALUE_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0)
STATE_TONES = {"gain": "pos", "loss": "neg", "open": "warn", "none": "warn", "withheld": "neg", "purpose": "inc"}
PLATES = {"pos": "pos-bg", "neg": "neg-bg", "warn": "warn-bg", "info": "info-bg", "attr": "inset", "inc": "info-bg"}
INKS = {"pos": "pos", "neg": "neg", "attr": "attr", "inc": "inc", "warn": "warn", "info": "inc"}


def opening_slides(deck: Deck, blocks: tuple[Block, ...]) -> None:
    """The verdict's slide, and one of the failed checks where it is withheld; the report's name where it has no verdict."""
    verdict = next((block for block in blocks if isinstance(block, Verdict)), None)
    title = next((block for block in blocks if isinstance(block, Title)), None)
    if verdict is None:
        slide = deck.slide(title.name if title else "Earnest", [])
        _columns(deck, slide, 140, _story(blocks, None, deck.words))
        return
    parts = _story(blocks, verdict, deck.words)
    notes = [verdict.label, *verdict.sentences, *map(_noted, verdict.facts), *(chip.text for chip in verdict.chips)]
    notes += [text for label, texts in parts for text in (label, *texts)]
    slide = deck.slide(verdict.headline, notes)
    chips = [(verdict.label, STATE_TONES.get(verdict.state, "info"))]
    chips += [(chip.text, chip.tone) for chip in (*(title.chips if title else ()), *verdict.chips)]
    top = _facts(deck, slide, deck.top(verdict.headline), verdict.facts)
    top = _chips(deck, slide, top, chips)
    _columns(deck, slide, top + 24, parts)
    if verdict.checks:
        _checks(deck, verdict)


def _noted(fact: Fact) -> str:
    return f"{fact.label}: {fact.value}" + (f" ({fact.note})" if fact.note else "")


def _story(blocks: tuple[Block, ...], verdict: Verdict | None, words: Words) -> list[tuple[str, tuple[str, ...]]]:
    """Situation, what we did, result, next step: in this order, whatever the order of the blocks."""
    parts = [(b.label, b.sentences) for b in blocks if isinstance(b, Situation)]
    parts += [(b.label, b.sentences) for b in blocks if isinstance(b, Actions)]
    if verdict and verdict.sentences:
        parts.append((words.say("Result"), verdict.sentences))
    return parts + [(b.label, (b.title, *b.sentences)) for b in blocks if isinstance(b, NextStep)]


def _facts(deck: Deck, slide: Any, top: float, facts: tuple[Fact, ...]) -> float:
    """Cards side by side; returns where they end."""
    if not facts:
        return top
    wide = (ROOM - GAP * (max(len(facts), 3) - 1)) / max(len(facts), 3)
    inner = wide - 32
    size = min(fitting.fitting_size((fact.value,), (inner, 36), VALUE_SIZES) for fact in facts)
    for index, fact in enumerate(facts):
        x = MARGIN + index * (wide + GAP)
        deck.card(slide, (x, top, wide, CARDS_HIGH), "bg")
        deck.text(slide, (x + 16, top + 12, inner, 16), (fact.label,), Style(12, "ink-2"))
        deck.text(
            slide, (x + 16, top + 32, inner, 36), (fact.value,), Style(size, INKS.get(fact.tone, "ink"), bold=True)
        )
        if fact.note:
            deck.text(slide, (x + 16, top + 71, inner, 15), (fact.note,), Style(11, "ink-2"))
    return top + CARDS_HIGH


def _chips(deck: Deck, slide: Any, top: float, chips: list[tuple[str, str]]) -> float:
    """Pills in lines; returns where they end."""
    x, y = float(MARGIN), top + 12
    for text, tone in chips:
        wide = min(fitting.width(text, 11) + 20, ROOM)
        if x + wide > MARGIN + ROOM:
            x, y = float(MARGIN), y + CHIP_HIGH + 6
        plate = deck.card(slide, (x, y, wide, CHIP_HIGH), PLATES.get(tone, "inset"))
        plate.adjustments[0] = 0.5
        deck.text(slide, (x + 10, y + 3.5, wide - 16, 14), (text,), Style(11, INKS.get(tone, "ink-2"), bold=True))
        x += wide + 8
    return y + CHIP_HIGH


def _columns(deck: Deck, slide: Any, top: float, parts: list[tuple[str, tuple[str, ...]]]) -> None:
    if not parts:
        return
    gap = 24.0
    wide = (ROOM - gap * (len(parts) - 1)) / len(parts)
    room = BODY_END - top - 28
    sizes = [
        fitting.fitting_size(
            texts, (wide, room), (17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0), gap=7, face=fitting.REGULAR
        )
        for _, texts in parts
    ]
    for index, (label, texts) in enumerate(parts):
        x = MARGIN + index * (wide + gap)
        deck.text(slide, (x, top, wide, 18), (label,), Style(15, "ink", bold=True))
        deck.text(slide, (x, top + 28, wide, room), texts, Style(min(sizes), "ink-2", after=7))


def _checks(deck: Deck, verdict: Verdict) -> None:
    """What has to be mended: a row a check."""
    header = (verdict.checks_label, "", verdict.checks[0].remedy_label)
    top = deck.top(verdict.checks_label)
    grid = sized(Grid(header, tuple(_check(check) for check in verdict.checks)), ROOM, BODY_END - top)
    for part in pages(grid, ROOM, BODY_END - top):
        notes = [text for row in part.rows for text in (one.text if isinstance(one, Said) else one for one in row)]
        slide = deck.slide(verdict.checks_label, notes)
        table(deck, slide, (MARGIN, top, ROOM), part, spoken=verdict.checks_label)


def _check(check: Check) -> tuple[Said | str, ...]:
    return (check.message, check.size or "", check.remedy)
