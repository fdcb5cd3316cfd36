"""The HTML printer: one file that opens offline, on a phone and on paper. No script, no network, strict CSP."""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from earnest.charts import bridge, bullet, cost_bar, funnel, interval_rows
from earnest.reports.blocks import Block, Chart, Drawing, Table, Title
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import Words, translator
from earnest.verdict.story import CampaignStory

FACES = (("Inter", "400 700", "inter-400-700.woff2"), ("Earnest Display", "600", "earnest-display-600.woff2"))
WIDTHS = {"Table": 7, "Method": 7, "Assumptions": 5, "NextStep": 6, "Callout": 6, "Situation": 6, "Actions": 6}
DRAWN_WIDTHS = {bridge.BridgeChart: 7, cost_bar.CostChart: 5, funnel.FunnelChart: 5, interval_rows.IntervalChart: 7}


@dataclass(frozen=True, slots=True)
class _Column:
    """Blocks under each other, with the names of their printers, and the column's width in twelfths."""

    width: int
    blocks: list[tuple[str, Block]]

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
    template = _environment().get_template("campaign.html.j2")
    return template.render(
        language=words.language,
        title=title,
        style=Markup(style),  # noqa: S704 -- package data, hashed into the policy
        style_hash=f"sha256-{digest}",
        rows=_rows(blocks),
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


def _rows(blocks: tuple[Block, ...]) -> list[list[_Column]]:
    """Blocks in order, packed into rows of twelve twelfths; tables that follow each other share a column."""
    rows: list[list[_Column]] = []
    for block in blocks:
        width, printer = _width(block), type(block).__name__
        if rows and isinstance(block, Table) and rows[-1][-1].holds("Table"):
            rows[-1][-1].blocks.append((printer, block))
        elif rows and sum(column.width for column in rows[-1]) + width <= 12:
            rows[-1].append(_Column(width, [(printer, block)]))
        else:
            rows.append([_Column(width, [(printer, block)])])
    return rows


def _width(block: Block) -> int:
    """Twelfths of the page a block takes; a row that is not full stretches."""
    if isinstance(block, Chart):
        return DRAWN_WIDTHS[type(block.drawing)]
    return WIDTHS.get(type(block).__name__, 12)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("earnest.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"draw": draw, "bullet": bullet.draw}
    return environment


@functools.cache
def _style() -> str:
    """Fonts, chart classes and layout, in that order, exactly as they stand between the style tags."""
    faces = "".join(_face(*face) for face in FACES)
    charts = resources.files("earnest.charts").joinpath("charts.css").read_text("utf-8")
    layout = resources.files("earnest.reports").joinpath("templates/report.css").read_text("utf-8")
    return f"\n{faces}{charts}{layout}"


def _face(family: str, weight: str, file: str) -> str:
    font = resources.files("earnest.reports").joinpath("fonts", file).read_bytes()
    data = base64.b64encode(font).decode()
    source = f"url(data:font/woff2;base64,{data}) format('woff2')"
    return (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:normal;font-display:swap;src:{source}}}\n"
    )
