"""Bars on one scale, under each other: how many messages reached each step of a funnel, or were lost, by reason."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.scale import finite
from earnest.charts.svg import join, ornament, percent, tag
from earnest.charts.table import DataTable, folded

HEIGHT = 14


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step: its count, and what of a whole that is, in words. `note` tells of losses."""

    label: str
    count: float
    text: str
    share: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        finite(self.count)
        if self.count < 0:
            raise ValueError(f"a step of a funnel cannot hold {self.count}")


@dataclass(frozen=True, slots=True)
class FunnelChart:
    """Steps in order. `title` names the list; `empty` stands where there is no step; `tone` is reached or lost."""

    title: str
    steps: tuple[FunnelBar, ...]
    data: DataTable | None = None
    empty: str = ""
    tone: str = "reached"


def draw(chart: FunnelChart) -> Markup:
    """The list with its table."""
    if not chart.steps:
        return tag("p", chart.empty, class_="ch-empty")
    widest = max(step.count for step in chart.steps) or 1
    rows = (_step(step, step.count / widest * 100, chart.tone) for step in chart.steps)
    return join(tag("ol", *rows, class_="funnel", aria_label=chart.title), folded(chart.title, chart.data))


def _step(step: FunnelBar, width: float, tone: str) -> Markup:
    head = tag("div", tag("span", step.label), tag("b", step.text), class_="funnel-head")
    drawn = max(width, 0.6) if step.count else 0
    shape = tag("rect", x="0%", y=0, width=percent(drawn), height=HEIGHT, rx=2, class_=f"ch-step {tone}")
    said = [tag("span", text) for text in (step.share, step.note) if text]
    return tag("li", head, ornament(HEIGHT, shape), tag("div", *said, class_="funnel-foot") if said else "")
