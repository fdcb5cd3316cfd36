"""The HTML printer: one file that opens offline, on a phone and on paper. No script, no network, strict CSP."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from earnest.charts import bridge, bullet, cohort, cost_bar, funnel, interval_rows, lines, trend
from earnest.reports.blocks import Block, Chart, Drawing, Table, Title
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import Words, translator
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory

FACES = (("Inter", "400 700", "inter-400-700.woff2"), ("Earnest Display", "600", "earnest-display-600.woff2"))
WIDTHS = {"Table": 7, "Method": 7, "Assumptions": 5, "NextStep": 6, "Callout": 6, "Situation": 6, "Actions": 6}
DRAWN_WIDTHS = {
    bridge.BridgeChart: 7,
    cohort.CohortChart: 12,
    cost_bar.CostChart: 5,
    funnel.FunnelChart: 5,
    interval_rows.IntervalChart: 7,
    lines.LinesChart: 12,
    trend.TrendChart: 6,
}

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)


@dataclass(frozen=True, slots=True)
class Column:
    """Blocks under each other, with the names of their printers, and the column's width in twelfths."""

    width: int
    blocks: list[tuple[str, Any]]

    def holds(self, printer: str) -> bool:
        return all(name == printer for name, _ in self.blocks)


def campaign_report(story: CampaignStory, *, language: str = "en") -> str:
    """The report of one campaign as one self-contained HTML file.

    Args:
        story: the campaign, judged; every figure printed comes from it.
        language: one of `earnest.reports.words.languages()`.

    Raises:
        UsageError: `unknown-language`.
    """
    words = translator(language)
    return page(campaign_blocks(story, words), words)


def page(blocks: tuple[Block, ...], words: Words) -> str:
    """Any blocks as one page, titled by its first Title."""
    style = _style()
    title = next((f"{block.name} · {block.kind}" for block in blocks if isinstance(block, Title)), "Earnest")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment().get_template("campaign.html.j2")
    return template.render(
        language=words.tag,
        title=title,
        style=Markup(style),  # noqa: S704 -- package data, hashed into the policy
        style_hash=f"sha256-{digest}",
        rows=laid_out(blocks),
        theme_label=words.say("Theme"),
        themes=(
            ("system", words.label("theme", "System")),
            ("light", words.label("theme", "Light")),
            ("dark", words.label("theme", "Dark")),
        ),
        skip=words.say("Skip to the result"),
        made_by=words.say("Made by Earnest: honest accounting for messaging."),
    )


def draw(drawing: Drawing) -> Markup:
    """The drawing of a chart block."""
    match drawing:
        case interval_rows.IntervalChart():
            return interval_rows.draw(drawing)
        case bridge.BridgeChart():
            return bridge.draw(drawing)
        case cost_bar.CostChart():
            return cost_bar.draw(drawing)
        case funnel.FunnelChart():
            return funnel.draw(drawing)
        case trend.TrendChart():
            return trend.draw(drawing)
        case cohort.CohortChart():
            return cohort.draw(drawing)
        case lines.LinesChart():
            return lines.draw(drawing)


def laid_out(blocks: Sequence[Any]) -> list[list[Column]]:
    """Blocks in order, packed into rows of twelve twelfths; tables that follow each other share a column.

    Args:
        blocks: of a report, or of whoever prints more kinds: such a block says its `width` itself.
    """
    rows: list[list[Column]] = []
    for block in blocks:
        width, printer = _width(block), type(block).__name__
        if rows and isinstance(block, Table) and rows[-1][-1].holds("Table"):
            rows[-1][-1].blocks.append((printer, block))
        elif rows and sum(column.width for column in rows[-1]) + width <= 12:
            rows[-1].append(Column(width, [(printer, block)]))
        else:
            rows.append([Column(width, [(printer, block)])])
    return rows


def _width(block: Any) -> int:
    """Twelfths of the page a block takes; a row that is not full stretches."""
    if hasattr(block, "width"):
        return int(block.width)
    if isinstance(block, Chart):
        return DRAWN_WIDTHS[type(block.drawing)]
    return WIDTHS.get(type(block).__name__, 12)


@functools.cache
def environment(*packages: str) -> Environment:
    """Templates of blocks, and of other packages beside them; what is undefined is an error, what is not markup is escaped."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, "earnest.reports")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    made.globals |= {"draw": draw, "bullet": bullet.draw}
    return made


def _visible(value: Any) -> Any:
    """Whatever a template prints: controls and changes of direction in somebody's text are shown, not obeyed."""
    if type(value) is str and _HIDDEN.search(value):
        return "".join(plain(one) if _HIDDEN.match(one) else one for one in value)
    return value


@functools.cache
def _style() -> str:
    """Fonts, colours, chart classes and layout, in that order, exactly as they stand between the style tags."""
    return "\n" + "".join(_face(*face) for face in FACES) + sheet() + _text("earnest.reports", "templates/report.css")


@functools.cache
def sheet() -> str:
    """The style of blocks and drawings, for whatever page they stand on."""
    charts = (_text("earnest.charts", f"{name}.css") for name in ("tokens", "charts"))
    return "".join(charts) + _text("earnest.reports", "templates/blocks.css")


def _text(package: str, path: str) -> str:
    return resources.files(package).joinpath(path).read_text("utf-8")


def _face(family: str, weight: str, file: str) -> str:
    font = resources.files("earnest.reports").joinpath("fonts", file).read_bytes()
    data = base64.b64encode(font).decode()
    source = f"url(data:font/woff2;base64,{data}) format('woff2')"
    return (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:normal;font-display:swap;src:{source}}}\n"
    )
