"""The deck: 16:9, one layout with a real title, theme fonts and colours that new shapes inherit, a language on every run.

Lengths are points; the slide is 960 × 540 of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Pt

from earnest.reports.blocks import Said, Title
from earnest.reports.pptx import fitting
from earnest.reports.pptx.palette import category, colour
from earnest.reports.report import Report, legal
from earnest.reports.words import Words

WIDE, HIGH, MARGIN = 960, 540, 48
ROOM = WIDE - 2 * MARGIN
TITLE_TOP, TITLE_HIGH, BODY_END, FOOT_TOP = 40, 76, 492, 508
SERIF, SANS = "Georgia", "Arial"
TITLE_SIZES = (30.0, 28.0, 26.0, 24.0, 22.0, 20.0, 18.0)
TITLE_ONLY = "Title Only"
LANGUAGES = {"en": "en-GB", "ru": "ru-RU", "de": "de-DE", "es": "es-ES", "pt_BR": "pt-BR"}
RGB: Any = RGBColor
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph looks: size in points, token of its colour, weight, side, face, space after it."""

    size: float = 12
    ink: str = "ink"
    bold: bool = False
    italic: bool = False
    side: str = "left"
    face: str = SANS
    after: float = 0

    @property
    def measure(self) -> float:
        """The factor by which its face is wider than the one that widths are kept of."""
        return fitting.GEORGIA if self.face == SERIF else 1.0 if self.bold else fitting.REGULAR


@dataclass(frozen=True, slots=True)
class Deck:
    """A presentation being filled. `kicker` and `foot` stand on every slide."""

    presentation: Any
    words: Words
    kicker: str
    foot: str

    @property
    def language(self) -> str:
        return office_language(self.words.language)

    def top(self, title: str, *, sub: str = "") -> float:
        """Where the body of a slide with this title begins."""
        return _title_end(legal(title)) + (38 if sub else 20)

    def slide(self, title: str, notes: Sequence[str], *, sub: str = "") -> Any:
        """A new slide under its title; notes hold in full what the slide shows."""
        layout = self.presentation.slide_layouts.get_by_name(TITLE_ONLY)
        slide = self.presentation.slides.add_slide(layout)
        self._title(slide, legal(title))
        self.text(slide, (MARGIN, 20, ROOM, 16), (self.kicker,), Style(10.5, "accent", bold=True))
        if sub:
            self.text(slide, (MARGIN, _title_end(legal(title)) + 5, ROOM, 18), (sub,), Style(14, "ink-2"))
        self.text(slide, (MARGIN, FOOT_TOP, ROOM - 60, 14), (self.foot,), Style(9, "ink-3"))
        number = str(len(self.presentation.slides))
        self.text(slide, (WIDE - MARGIN - 60, FOOT_TOP, 60, 14), (number,), Style(9, "ink-3", side="right"))
        self._notes(slide, [title, *([sub] if sub else []), *notes])
        return slide

    def text(self, slide: Any, box: Box, texts: Sequence[str | Said], style: Style) -> Any:
        """Paragraphs in a box of their own, cut where the box ends."""
        x, y, wide, high = box
        shape = slide.shapes.add_textbox(Pt(x), Pt(y), Pt(wide), Pt(high))
        bare(shape.text_frame)
        plain = tuple(legal(one.text if isinstance(one, Said) else one) for one in texts)
        kept = fitting.cut_all(plain, style.size, (wide, high + 1), face=style.measure, gap=style.after)
        for index, said in enumerate(kept):
            source = texts[index]
            language = source.lang if isinstance(source, Said) else None
            self.paragraph(shape.text_frame, said, style, first=index == 0, language=language)
        return shape

    def paragraph(self, frame: Any, text: str, style: Style, *, first: bool, language: str | None = None) -> None:
        """One paragraph of one run, in its language."""
        paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.RIGHT if style.side == "right" else PP_ALIGN.LEFT
        paragraph.space_after = Pt(style.after)
        run = paragraph.add_run()
        run.text = legal(text)
        run.font.size, run.font.bold, run.font.italic = Pt(style.size), style.bold, style.italic
        run.font.name = style.face
        run.font.color.rgb = rgb(colour(style.ink))
        run._r.get_or_add_rPr().set("lang", office_language(language) if language else self.language)

    def card(self, slide: Any, box: Box, fill: str) -> Any:
        """A rounded plate to put texts on; it says nothing itself."""
        x, y, wide, high = box
        shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, Pt(x), Pt(y), Pt(wide), Pt(high))
        shape.adjustments[0] = min(8 / min(wide, high), 0.5)
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(colour(fill))
        shape.line.fill.background()
        shape._element.remove(shape._element.find(qn("p:style")))  # it would lend a shadow and a rim
        bare(shape.text_frame)
        return shape

    def _title(self, slide: Any, title: str) -> None:
        shape = slide.shapes.title
        box, size = (ROOM, TITLE_HIGH), _title_size(title)
        bare(shape.text_frame)
        shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP
        said = fitting.cut(title, size, box, face=fitting.GEORGIA)
        self.paragraph(shape.text_frame, said, Style(size, "ink", bold=True, face=SERIF), first=True)

    def _notes(self, slide: Any, texts: Sequence[str]) -> None:
        frame = slide.notes_slide.notes_text_frame
        for index, text in enumerate(text for text in texts if text):
            self.paragraph(frame, legal(text), Style(12, "ink"), first=index == 0)


def new_deck(report: Report) -> Deck:
    """An empty deck for a report: its properties, its theme, its one layout."""
    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = Pt(WIDE), Pt(HIGH)
    _one_layout(presentation)
    _theme(presentation)
    properties = presentation.core_properties
    properties.title = legal(report.title)[:255]
    properties.author = properties.last_modified_by = "Earnest"
    properties.language = office_language(report.words.language)
    properties.created = properties.modified = report.created.astimezone(UTC).replace(tzinfo=None)
    properties.revision = 1
    title = next((block for block in report.blocks if isinstance(block, Title)), None)
    kicker = legal(" · ".join((title.kind, title.name))) if title else "Earnest"
    room = (ROOM, 16.0)
    return Deck(presentation, report.words, fitting.cut(kicker, 10.5, room), legal(title.as_of) if title else "")


def rgb(digits: str) -> Any:
    """Six hex digits as a colour of the library's."""
    return RGB(*bytes.fromhex(digits))


def describe(shape: Any, text: str) -> None:
    """What a chart or a table shows, for those who hear it."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", legal(text))


def bare(frame: Any) -> None:
    """No inner margins, words wrapped, no growing."""
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def office_language(language: str) -> str:
    """A language as Office tags it, with its country."""
    return LANGUAGES.get(language, language.replace("_", "-"))


def _title_size(title: str) -> float:
    return fitting.fitting_size((title,), (ROOM, TITLE_HIGH), TITLE_SIZES, face=fitting.GEORGIA)


def _title_end(title: str) -> float:
    size = _title_size(title)
    return TITLE_TOP + min(fitting.height((title,), size, ROOM, face=fitting.GEORGIA), TITLE_HIGH)


def _one_layout(presentation: Any) -> None:
    """Keep "Title Only", moved to where our titles stand; the others are made for another shape of slide."""
    for layout in list(presentation.slide_layouts):
        if layout.name != TITLE_ONLY:
            presentation.slide_layouts.remove(layout)
    for holder in (presentation.slide_master, presentation.slide_layouts[0]):
        for shape in list(holder.placeholders):
            kind = shape.placeholder_format.type
            if "TITLE" in str(kind):
                shape.left, shape.top, shape.width, shape.height = Pt(MARGIN), Pt(TITLE_TOP), Pt(ROOM), Pt(TITLE_HIGH)
            elif "BODY" in str(kind):
                shape.left, shape.top = Pt(MARGIN), Pt(TITLE_TOP + TITLE_HIGH)
                shape.width, shape.height = Pt(ROOM), Pt(BODY_END - TITLE_TOP - TITLE_HIGH)
            else:
                shape._element.getparent().remove(shape._element)


def _theme(presentation: Any) -> None:
    """Fonts that travel and our colours, so that what a recipient adds looks as the rest does."""
    part = next(
        rel.target_part for rel in presentation.slide_master.part.rels.values() if rel.reltype.endswith("/theme")
    )
    text = part.blob.decode("utf-8")
    for group, face in (("majorFont", SERIF), ("minorFont", SANS)):
        text = re.sub(rf'(<a:{group}>\s*<a:latin typeface=")[^"]*', rf"\g<1>{face}", text)
    for index in range(5):
        text = re.sub(
            rf"<a:accent{index + 1}>.*?</a:accent{index + 1}>",
            f'<a:accent{index + 1}><a:srgbClr val="{category(index)}"/></a:accent{index + 1}>',
            text,
            flags=re.DOTALL,
        )
    part._blob = text.encode("utf-8")
