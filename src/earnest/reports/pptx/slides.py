"""A slide a block, in the report's order; long ones go on, short ones that belong together share one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.charts.lines import LinesChart
from earnest.charts.trend import TrendChart
from earnest.reports.blocks import (
    Actions,
    Assumptions,
    Block,
    Callout,
    Chart,
    KpiRow,
    Method,
    NextStep,
    Said,
    Situation,
    Table,
    Title,
    Verdict,
)
from earnest.reports.pptx import fitting
from earnest.reports.pptx.deck import BODY_END, MARGIN, ROOM, Deck, Style
from earnest.reports.pptx.drawings import drawn, extent, grid_of, interval_chart
from earnest.reports.pptx.tables import Cell, Grid, pages, sized, table, taken
from earnest.reports.readings import texts_in

OPENED = (Title, Situation, Actions)
STATE_INKS = {"pos": "pos", "neg": "neg"}
SMALLEST_CHART, BESIDE, MOST_ROWS = 170.0, 0.55, 6


def block_slides(deck: Deck, blocks: tuple[Block, ...]) -> None:
    """Slides of everything that the opening does not hold already."""
    known: list[Callout | Assumptions] = []
    for block in blocks:
        match block:
            case Verdict():
                if block.chart:
                    _chart(deck, block.chart)
            case Chart():
                _chart(deck, block)
            case KpiRow():
                _kpis(deck, block, blocks)
            case Table():
                grid = Grid(block.header, block.rows, len(block.header) - block.texts, block.tone)
                _grid(deck, (block.title, block.subtitle), grid, [block.note] if block.note else [])
            case NextStep():
                _next(deck, block)
            case Callout() | Assumptions():
                known.append(block)
            case Method():
                _known(deck, known)
                known = []
                _method(deck, block)
            case _ if not isinstance(block, OPENED):
                _said(deck, block)
    _known(deck, known)


def _chart(deck: Deck, chart: Chart) -> None:
    """The drawing with its table beside or under it where both fit; the table goes on by itself where they do not."""
    if isinstance(chart.drawing, IntervalChart) and len(chart.drawing.rows) > MOST_ROWS:
        _many(deck, chart, chart.drawing)
        return
    grid, note = grid_of(chart, deck), _note(chart)
    notes = [*([note] if note else []), *(_lines(grid) if grid else []), *_steps(chart)]
    slide = deck.slide(chart.title, notes, sub=chart.subtitle)
    top = deck.top(chart.title, sub=chart.subtitle)
    end = _footnote(deck, slide, note)
    shape = _shape(grid, end - top, beside=not isinstance(chart.drawing, IntervalChart | TrendChart | LinesChart))
    if grid and shape == "under":
        grid = sized(grid, ROOM, end - top - SMALLEST_CHART)
    frames = {
        "beside": (ROOM * BESIDE, end - top),
        "under": (ROOM + 12, end - top - (taken(grid, ROOM) if grid else 0) - 12),
    }
    wide, high = frames.get(shape, (ROOM + 12, end - top))
    shown = drawn(deck, slide, (MARGIN - 6, top, wide, high), chart)
    if grid is None:
        return
    if not shown:
        table(deck, slide, (MARGIN, top, ROOM), grid, spoken=chart.subtitle)
    elif shape == "beside":
        left = ROOM * (1 - BESIDE) - 24
        table(
            deck, slide, (MARGIN + ROOM - left, top + 8, left), sized(grid, left, end - top - 8), spoken=chart.subtitle
        )
    elif shape == "under":
        table(deck, slide, (MARGIN, end - taken(grid, ROOM), ROOM), grid, spoken=chart.subtitle)
    else:
        _grid(deck, (chart.title, chart.subtitle), grid, [])


def _many(deck: Deck, chart: Chart, drawing: IntervalChart) -> None:
    """Intervals of many rows on several slides, on one axis; their table after them."""
    reach, grid, note = extent(drawing), grid_of(chart, deck), _note(chart)
    top = deck.top(chart.title, sub=chart.subtitle)
    for start in range(0, len(drawing.rows), MOST_ROWS):
        part = replace(drawing, rows=drawing.rows[start : start + MOST_ROWS])
        said = [f"{row.label}: {row.text}" for row in part.rows]
        slide = deck.slide(chart.title, [note, *said], sub=chart.subtitle)
        end = _footnote(deck, slide, note)
        interval_chart(deck, slide, (MARGIN - 6, top, ROOM + 12, end - top), (part, reach))
    if grid:
        _grid(deck, (chart.title, chart.subtitle), grid, [])


def _shape(grid: Grid | None, room: float, *, beside: bool) -> str:
    """Where the table of a drawing stands."""
    if grid and beside and len(grid.header) <= 3 and taken(grid, ROOM * (1 - BESIDE) - 24) <= room - 8:
        return "beside"
    return "under" if grid and taken(grid, ROOM) <= room - SMALLEST_CHART else "after"


def _footnote(deck: Deck, slide: Any, note: str) -> float:
    """The note at the foot; returns where the body ends above it."""
    if not note:
        return BODY_END
    high = fitting.height((note,), 12, ROOM) + 1
    deck.text(slide, (MARGIN, BODY_END - high, ROOM, high), (note,), Style(12, "ink-2"))
    return BODY_END - high - 8


def _note(chart: Chart) -> str:
    said = (getattr(chart.drawing, "note", ""), chart.note or "")
    return " ".join(text for text in said if text)


def _steps(chart: Chart) -> list[str]:
    """What a funnel says beside its bars: shares and losses."""
    steps = chart.drawing.steps if isinstance(chart.drawing, FunnelChart) else ()
    return [" · ".join((one.label, *filter(None, (one.share, one.note)))) for one in steps if one.share or one.note]


def _grid(deck: Deck, title: tuple[str, str], grid: Grid, notes: list[str]) -> None:
    """A table over as many slides as it needs."""
    top, note = deck.top(title[0], sub=title[1]), " ".join(notes)
    room = BODY_END - top - (fitting.height((note,), 12, ROOM) + 9 if note else 0)
    for part in pages(sized(grid, ROOM, room), ROOM, room):
        slide = deck.slide(title[0], [*notes, *_lines(part)], sub=title[1])
        table(deck, slide, (MARGIN, top, ROOM), part, spoken=title[1] or title[0])
        _footnote(deck, slide, note)


def _lines(grid: Grid) -> list[str]:
    """A table for the notes: a line a row."""
    rows = (grid.header, *grid.rows)
    return [" · ".join(text for cell in row if (text := cell.text if isinstance(cell, Said) else cell)) for row in rows]


def _kpis(deck: Deck, block: KpiRow, blocks: tuple[Block, ...]) -> None:
    say = deck.words.say
    header = (say("Measure"), say("Figure"), say("Of what, and how sure"), say("Typical"), say("State"))
    rows: list[tuple[Cell, ...]] = []
    inks = []
    for at, card in enumerate(block.cards):
        name = f"{card.name} ({card.basis.text})" if card.basis else card.name
        foreign = next((one.lang for one in card.details if one.lang), None)
        details = Said(" · ".join(one.text for one in card.details), foreign)
        rows.append((name, card.value, details, card.typical or "–", card.state or "–"))
        inks += [(at, 1, "attr" if card.tone == "attr" else "ink")]
        if card.state_tone in STATE_INKS:
            inks.append((at, 4, STATE_INKS[card.state_tone]))
    grid = Grid(header, tuple(rows), inks=tuple(inks))
    method = next((one for one in blocks if isinstance(one, Method)), None)
    _grid(deck, (block.title, ""), grid, [])
    if method and method.definitions:
        _append_notes(deck, [method.definitions_label, *_lines(Grid(method.header, method.definitions))])


def _append_notes(deck: Deck, texts: list[str]) -> None:
    """Definitions under the notes of the slide just made."""
    frame = deck.presentation.slides[len(deck.presentation.slides) - 1].notes_slide.notes_text_frame
    for text in texts:
        deck.paragraph(frame, text, Style(), first=False)


def _next(deck: Deck, block: NextStep) -> None:
    slide = deck.slide(block.title, [*block.sentences, block.remedy.text if block.remedy else ""], sub=block.label)
    top = deck.top(block.title, sub=block.label) + 16
    wide, room = ROOM - 64, BODY_END - top - 120
    size = fitting.fitting_size(block.sentences, (wide, room), (24.0, 22.0, 20.0, 18.0, 16.0, 14.0), gap=14)
    high = fitting.height(block.sentences, size, wide, gap=14) + 56
    deck.card(slide, (MARGIN, top, ROOM, min(high, room + 56)), "bg")
    deck.text(slide, (MARGIN + 32, top + 28, wide, room), block.sentences, Style(size, after=14))
    if block.remedy:
        deck.text(
            slide, (MARGIN + 32, top + high + 16, wide, 22), (block.remedy,), Style(15, "accent", face="Courier New")
        )


def _known(deck: Deck, known: list[Callout | Assumptions]) -> None:
    """Warnings and assumptions together, as a table: kind, what, what to do."""
    rows: list[tuple[Cell, ...]] = []
    inks: list[tuple[int, int, str]] = []
    for block in known:
        if isinstance(block, Callout):
            inks.append((len(rows), 0, "warn" if block.tone == "warn" else "inc"))
            rows.append((block.label, block.title, block.body or "–"))
        else:
            rows += [(block.title, item, "–") for item in block.items]
    if not rows:
        return
    say = deck.words.say
    header = (say("Kind"), say("What"), say("What to do, or why"))
    title = say("What to know before believing these figures")
    _grid(deck, (title, ""), Grid(header, tuple(rows), inks=tuple(inks)), [])


def _method(deck: Deck, block: Method) -> None:
    definitions = _lines(Grid(block.header, block.definitions)) if block.definitions else []
    facts = [f"{fact.label}: {fact.value}" for fact in block.provenance]
    slide = deck.slide(block.title, [*block.sentences, *facts, block.definitions_label, *definitions])
    top, wide = deck.top(block.title), ROOM * 0.54
    room = BODY_END - top
    size = fitting.fitting_size(block.sentences, (wide, room), (18.0, 17.0, 16.0, 15.0, 14.0, 13.0, 12.0), gap=10)
    deck.text(slide, (MARGIN, top + 4, wide, room), block.sentences, Style(size, "ink-2", after=10))
    say, left = deck.words.say, ROOM * 0.4
    rows = tuple((fact.label, fact.value) for fact in block.provenance)
    grid = sized(Grid((say("Rests on"), say("Value")), rows), left, room)
    table(deck, slide, (MARGIN + ROOM - left, top, left), grid, spoken=say("What the report rests on"))
    if block.definitions:
        _grid(deck, (block.definitions_label, ""), Grid(block.header, block.definitions), [])


def _said(deck: Deck, block: Any) -> None:
    """A block of a kind this printer knows no layout for: its texts, in order."""
    texts = texts_in(block)
    if texts:
        slide, top = deck.slide(texts[0], texts[1:]), deck.top(texts[0])
        deck.text(slide, (MARGIN, top, ROOM, BODY_END - top), texts[1:], Style(16, "ink-2", after=8))
