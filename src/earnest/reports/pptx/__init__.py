"""The PPTX printer: a deck that recipients edit: native charts with their workbooks inside, native tables, real titles.

opening   verdict · figures · situation, what we did, result, next step
then      a slide a block, continued where it is long
notes     of every slide: what it shows, in full, with definitions and sources
"""

from __future__ import annotations

import io

from earnest.reports.pptx.deck import new_deck
from earnest.reports.pptx.frozen import frozen
from earnest.reports.pptx.opening import opening_slides
from earnest.reports.pptx.slides import block_slides
from earnest.reports.report import Report


def pptx(report: Report) -> bytes:
    """The deck; equal reports give equal bytes."""
    deck = new_deck(report)
    opening_slides(deck, report.blocks)
    block_slides(deck, report.blocks)
    out = io.BytesIO()
    deck.presentation.save(out)
    return frozen(out.getvalue(), report.created)
