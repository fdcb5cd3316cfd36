"""A bridge (waterfall) as a table with a bar in a cell: it adds up, and a screen reader can check it.

total    ████████████████   110,852     from zero
step             ▒▒▒▒▒▒▒▒   −71,558     from where the row before ended
total    ████████            39,294     must equal the running sum
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from earnest.charts.scale import Scale, finite
from earnest.charts.svg import ornament, percent, tag

HEIGHT = 16


@dataclass(frozen=True, slots=True)
class BridgeRow:
    """One line.

    Args:
        label, text: what it is and its amount, in words.
        amount: signed for a step, the level for a total; None where only a range or nothing may be drawn.
        total: whether it starts at zero and states the sum so far.
        tone: observed, anyway, inc, goods, cost, pos or neg.
        span: ends of a range, drawn in place of a bar.
        apart: whether it stands outside the sum (what is exact beside what is a range).
    """

    label: str
    text: str
    amount: Decimal | None
    total: bool
    tone: str
    span: tuple[float, float] | None = None
    apart: bool = False

    def __post_init__(self) -> None:
        if self.amount is not None:
            finite(float(self.amount))
        finite(*(self.span or ()))


@dataclass(frozen=True, slots=True)
class BridgeChart:
    """Lines in order. `header` names the three columns: line, bar, amount."""

    title: str
    header: tuple[str, str, str]
    rows: tuple[BridgeRow, ...]
    empty: str = ""


def draw(chart: BridgeChart) -> Markup:
    """The table.

    Raises:
        ValueError: a total differs from the sum of the lines above it.
    """
    if not chart.rows:
        return tag("p", chart.empty, class_="ch-empty")
    scale, spans = legs(chart)
    first, bar, amount = chart.header
    head = tag(
        "tr",
        tag("th", first, scope="col"),
        tag("th", tag("span", bar, class_="visually-hidden"), scope="col", class_="leg"),
        tag("th", amount, scope="col", class_="num"),
    )
    rows = (_row(row, span, scale) for row, span in zip(chart.rows, spans, strict=True))
    caption = tag("caption", chart.title, class_="visually-hidden")
    return tag(
        "table", caption, tag("thead", head, class_="visually-hidden"), tag("tbody", *rows), class_="data bridge"
    )


def legs(chart: BridgeChart) -> tuple[Scale, list[tuple[float, float] | None]]:
    """The scale all bars share, and where each starts and ends; None where nothing is drawn.

    Raises:
        ValueError: a total differs from the sum of the lines above it.
    """
    spans = _spans(chart.rows)
    drawn = [end for span in spans if span for end in span]
    low, high = min(0.0, *drawn, 0.0), max(0.0, *drawn, 0.0)
    return Scale(low, high if high > low else low + 1), spans


def _spans(rows: tuple[BridgeRow, ...]) -> list[tuple[float, float] | None]:
    """Where each bar starts and ends. Decimal, so that "adds up" is exact."""
    running: Decimal | None = None
    spans: list[tuple[float, float] | None] = []
    for row in rows:
        if row.span is not None or row.amount is None:
            spans.append(row.span)
        elif row.apart:
            spans.append((0.0, float(row.amount)))
        elif row.total:
            if running is not None and running != row.amount:
                raise ValueError(f"the bridge does not add up: '{row.label}' is {row.amount}, the lines make {running}")
            running = row.amount
            spans.append((0.0, float(running)))
        else:
            before = running or Decimal(0)
            running = before + row.amount
            spans.append((float(before), float(running)))
    return spans


def _row(row: BridgeRow, span: tuple[float, float] | None, scale: Scale) -> Markup:
    parts = []
    zero = percent(scale.at(0))
    if scale.low < 0:
        parts.append(tag("line", x1=zero, x2=zero, y1=-4, y2=HEIGHT + 4, class_="ch-zero"))
    if span is not None:
        start, end = sorted(scale.at(value) for value in span)
        kind = f"ch-leg {row.tone}{' range' if row.span else ''}"
        parts.append(
            tag("rect", x=percent(start), y=0, width=percent(max(end - start, 0.6)), height=HEIGHT, rx=2, class_=kind)
        )
    return tag(
        "tr",
        tag("th", row.label, scope="row"),
        tag("td", ornament(HEIGHT, *parts), class_="leg"),
        tag("td", row.text, class_="num"),
        class_="total" if row.total else None,
    )
