"""What the template reads: blocks as plain JSON data, every text one that can be set, every bar a percentage.

A block goes over field by field under the name of its class; only drawings are worked out here.
"""

from __future__ import annotations

import functools
import re
from dataclasses import fields, is_dataclass, replace
from importlib import resources
from typing import Any

from earnest.charts import bullet
from earnest.charts.bridge import BridgeChart, BridgeRow, legs
from earnest.charts.bullet import Bullet
from earnest.charts.cost_bar import COLOURS, CostChart
from earnest.charts.fixed import AnyChart, fixed_chart
from earnest.charts.funnel import FunnelChart
from earnest.charts.scale import Scale
from earnest.charts.table import DataTable
from earnest.reports.blocks import Block, Table, Title
from earnest.reports.pdf.columns import widths
from earnest.reports.pdf.glyphs import drawable, printable
from earnest.reports.words import Words

TOKEN = re.compile(r"--([a-z0-9-]+):\s*light-dark\((#[0-9A-Fa-f]{6}),")
DRAWN = 680  # pixels: the width of a drawing, whose letters are then as large as those around it
TABLE, SMALL = 8.6, 7.4  # points: letters of a table, and of the table under a drawing
SLIVER = 0.6  # percent: a bar that is there is seen


def document(blocks: tuple[Block, ...], words: Words) -> dict[str, Any]:
    """Everything the template needs, for one language."""
    title = next((block for block in blocks if isinstance(block, Title)), None)
    language, _, region = words.language.replace("-", "_").partition("_")
    return {
        "language": language,
        "region": region or None,
        "title": printable(f"{title.name} · {title.kind}" if title else "Earnest"),
        "name": printable(title.name) if title else "",
        "as_of": printable(title.as_of) if title else "",
        "titled": title is not None,
        "made_by": printable(words.say("Made by Earnest: honest accounting for messaging.")),
        "sizes": {"table": TABLE, "small": SMALL},
        "colours": _colours(),
        "blocks": [_data(block) for block in blocks],
    }


def _data(value: Any) -> Any:
    """Any part of a block."""
    match value:
        case str():
            return printable(value)
        case tuple():
            return [_data(item) for item in value]
        case Table():
            return _fields(value) | {"widths": widths(value.header, value.rows, texts=value.texts, size=TABLE)}
        case DataTable():
            return _fields(value) | {"widths": widths(value.header, value.rows, texts=1, size=SMALL)}
        case Bullet():
            return _bullet(value)
        case BridgeChart():
            return _fields(value, "rows") | _bridge(value)
        case CostChart():
            return _fields(value, "parts") | {"parts": _parts(value)}
        case FunnelChart():
            return _fields(value, "steps") | {"steps": _steps(value)}
        case _ if isinstance(value, AnyChart):
            return _picture(value)
        case _ if is_dataclass(value):
            return _fields(value)
    return value


def _fields(value: Any, *apart: str) -> dict[str, Any]:
    """Fields by name; `form` is the class."""
    named = {field.name: _data(getattr(value, field.name)) for field in fields(value) if field.name not in apart}
    return {"form": type(value).__name__, **named}


def _picture(drawing: Any) -> dict[str, Any]:
    """A drawing that no table can hold, with the words that stand for it and its data."""
    return {
        "form": "Picture",
        "title": printable(drawing.title),
        "svg": fixed_chart(_drawable(drawing), width=DRAWN),
        "note": printable(getattr(drawing, "note", "")),
        "data": _data(getattr(drawing, "data", None)),
        "empty": printable(drawing.empty),
    }


def _drawable(value: Any) -> Any:
    """The same drawing with every text in it, ticks included, in glyphs there are."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, tuple):
        return tuple(_drawable(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _drawable(getattr(value, field.name)) for field in fields(value)})
    return (lambda *at: drawable(value(*at))) if callable(value) else value


def _bullet(value: Bullet) -> dict[str, Any]:
    scale = bullet.axis(value.low, value.high, value.ceiling)
    return {
        "title": printable(value.title),
        "band": _span(scale, value.low, value.high),
        "at": None if value.value is None else scale.at(value.value),
        "state": value.state,
        "hollow": value.hollow,
    }


def _bridge(chart: BridgeChart) -> dict[str, Any]:
    scale, spans = legs(chart)
    rows = [_leg(row, span, scale) for row, span in zip(chart.rows, spans, strict=True)]
    return {"zero": scale.at(0) if scale.low < 0 else None, "rows": rows}


def _leg(row: BridgeRow, span: tuple[float, float] | None, scale: Scale) -> dict[str, Any]:
    return {
        "label": printable(row.label),
        "text": printable(row.text),
        "total": row.total,
        "tone": row.tone,
        "range": row.span is not None,
        "bar": span and _span(scale, *span),
    }


def _span(scale: Scale, first: float, last: float) -> list[float]:
    """Start and width of a bar, in percent."""
    start, end = sorted((scale.at(first), scale.at(last)))
    return [start, max(end - start, SLIVER)]


def _parts(chart: CostChart) -> list[dict[str, Any]]:
    """Lines of cost with their place in the stacked bar; a credit note has none."""
    whole = sum(part.amount for part in chart.parts if part.amount > 0)
    found = []
    for index, part in enumerate(chart.parts):
        share = part.amount / whole * 100 if part.amount > 0 else 0
        found.append(_fields(part, "amount") | {"share": share, "colour": f"cat-{min(index + 1, COLOURS)}"})
    return found


def _steps(chart: FunnelChart) -> list[dict[str, Any]]:
    widest = max((step.count for step in chart.steps), default=0) or 1
    return [
        _fields(step, "count") | {"bar": max(step.count / widest * 100, SLIVER) if step.count else 0}
        for step in chart.steps
    ]


@functools.cache
def _colours() -> dict[str, str]:
    """Colours of the light theme by their meaning: the tokens of all pages."""
    return dict(TOKEN.findall(resources.files("earnest.charts").joinpath("tokens.css").read_text("utf-8")))
