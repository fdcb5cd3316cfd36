"""A page as a report: the same blocks in the same state, for every printer there is. So an export holds what the page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from earnest.reports.blocks import Block, Fact, KpiRow, Table, Title
from earnest.reports.printers import PRINTERS
from earnest.reports.words import Words
from earnest.web.desk import Desk
from earnest.web.page import Cell, Facts, Folded, Link, Listing, Page, WebBlock

LABELS = {"pdf": "PDF", "pptx": "PowerPoint", "xlsx": "Excel", "html": "HTML", "csv": "CSV", "json": "JSON"}


def exports(desk: Desk, *, forms: Iterable[str] = ("pdf", "pptx", "xlsx", "html", "csv")) -> tuple[Link, ...]:
    """Links to this very page as a file, in the page's language."""
    here = desk.asked.address.removeprefix(desk.asked.root)
    return tuple(
        Link(LABELS[form], desk.asked.plain("/export", page=here, format=form, lang=desk.words.language))
        for form in forms
        if form in PRINTERS
    )


def report_blocks(page: Page, workspace: str, words: Words) -> tuple[Block, ...]:
    """The page's blocks as a report has them; forms and what only a page can do are left out."""
    title = Title(workspace, page.title, page.chips, page.as_of)
    return (title, *(made for block in page.blocks for made in _as_blocks(block, words)))


def _as_blocks(block: Block | WebBlock, words: Words) -> tuple[Block, ...]:
    if isinstance(block, Listing):
        return (_table(block),) if block.rows else ()
    if isinstance(block, Facts):
        return (_facts(block, words),)
    if isinstance(block, Folded):
        return tuple(_titled(one, block.label) for one in block.blocks)
    return () if isinstance(block, WebBlock) else (block,)


def _titled(block: Block, title: str) -> Block:
    """What stood behind a line has that line as its title."""
    return replace(block, title=title) if isinstance(block, KpiRow) and not block.title else block


def _table(block: Listing) -> Table:
    """Words of the cells; boxes to tick are left out, and words come before figures."""
    kept = [place for place, column in enumerate(block.columns) if not column.tick]
    columns = [block.columns[place] for place in kept]
    texts = next((place for place, column in enumerate(columns) if column.kind != "text"), len(columns))
    rows = tuple(tuple(_text(row[place]) for place in kept) for row in block.rows)
    header = tuple(column.label for column in columns)
    return Table(block.title, block.subtitle, header, rows, block.note or None, block.tone, max(texts, 1))


def _text(cell: Cell) -> str:
    """A cell in one line; what has no figure says why."""
    parts = (cell.text, ", ".join(chip.text for chip in cell.chips), cell.detail.text if cell.detail else "")
    told = " · ".join(part for part in parts if part)
    return f"{told} ({cell.title})" if cell.title else told


def _facts(block: Facts, words: Words) -> Table:
    header = (words.say("Measure"), words.say("Figure"), words.say("Basis"))
    return Table(block.title, block.subtitle, header, tuple(_fact(one) for one in block.items), block.note or None)


def _fact(fact: Fact) -> tuple[str, str, str]:
    return (fact.label, fact.value, fact.note or "–")
