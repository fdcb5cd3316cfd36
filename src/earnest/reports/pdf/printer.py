"""Blocks → data → one Typst template → PDF. The template reads JSON; no text of a report ever becomes markup.

PDF/UA-1 is always on: Typst refuses to write a document with a missing glyph, a drawing without words, a skipped heading.
"""

from __future__ import annotations

import functools
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

from earnest.kernel.errors import EnvironmentProblem
from earnest.reports.blocks import Block
from earnest.reports.pdf.data import document
from earnest.reports.pdf.glyphs import FONTS
from earnest.reports.words import Words

ROOM = Path(__file__).parent
STANDARD: Literal["ua-1"] = "ua-1"


def pdf(blocks: tuple[Block, ...], words: Words, *, created: datetime) -> bytes:
    """Print blocks as a PDF: tagged, in A4, with the fonts of the reports; the same input gives the same bytes.

    Args:
        blocks: what is said, in order, worded for one language.
        words: that language.
        created: when the report was made, with its zone; the only time the file carries.

    Raises:
        ValueError: `created` has no zone. EnvironmentProblem: `pdf-refused`.
    """
    if created.tzinfo is None:
        raise ValueError(f"a report is made at a moment with a zone, not at {created.isoformat()}")
    return compiled(document(blocks, words), created=created)


def compiled(data: dict[str, Any], *, created: datetime) -> bytes:
    """Set the template's data.

    Raises:
        EnvironmentProblem: `pdf-refused`, where the document would not be accessible.
    """
    try:
        made = typst.compile(
            ROOM / "report.typ",
            root=ROOM,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(data, ensure_ascii=True)},
            pdf_standards=STANDARD,
            timestamp=int(created.timestamp()),
            format="pdf",
        )
    except typst.TypstError as error:
        raise EnvironmentProblem(
            "pdf-refused",
            f"the report cannot be set as an accessible PDF: {error.message}",
            hint="Build it as HTML meanwhile, and report this with the campaign's name.",
            hints=list(error.hints),
        ) from error
    assert isinstance(made, bytes)
    return made


@functools.cache
def _fonts() -> typst.Fonts:
    """The reports' fonts and no other: neither the system's nor the compiler's own."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
