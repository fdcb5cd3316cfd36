"""The answer: the verdict in the report's words, then the returns, live. Where the verdict is open only ranges stand there."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import (
    Actions,
    Block,
    Callout,
    KpiRow,
    NextStep,
    Said,
    Situation,
    Title,
    Verdict,
)
from earnest.reports.pptx.palette import colour
from earnest.reports.report import Report
from earnest.reports.words.units import figure
from earnest.reports.xlsx.book import (
    FIGURE,
    HEADER,
    HEADER_RIGHT,
    HEADER_TEXT,
    MUTED,
    NAME,
    PLAIN,
    RATIO,
    ROW,
    TITLE,
    WRAPPED,
    Number,
    Sheet,
    axis_font,
    money_form,
    share_form,
    title_font,
)
from earnest.reports.xlsx.model import HIGH, LOW, POINT, RETURNS, Model, Return

COLUMNS, CHARACTERS = 6, 125
RETURNED = next(line for line in RETURNS if line.name == "incremental_return")
STATES = {"gain": "pos", "loss": "neg", "open": "warn", "none": "warn", "withheld": "neg", "purpose": "inc"}
SMALL_HEADLINE = 70


def summary_sheet(sheet: Sheet, report: Report, model: Model | None) -> None:
    """Title, verdict, returns, story."""
    sheet.wide(44, 18, 18, 18, 26, 26)
    title = next((block for block in report.blocks if isinstance(block, Title)), None)
    row = 0
    if title:
        sheet.put(0, 0, f"{title.kind} · {title.name}", PLAIN | {"font_color": "accent", "bold": True})
        chips = " · ".join((*(chip.text for chip in title.chips), title.as_of))
        sheet.put(1, 0, chips, MUTED)
        row = 3
    verdict = next((block for block in report.blocks if isinstance(block, Verdict)), None)
    if verdict:
        row = _verdict(sheet, verdict, row)
    if model:
        row = _returns(sheet, model, row + 1)
    row = _story(sheet, report.blocks, row + 1)
    sheet.native.freeze_panes(0, 1)
    sheet.native.activate()


def _verdict(sheet: Sheet, verdict: Verdict, top: int) -> int:
    state = STATES.get(verdict.state, "inc")
    sheet.put(top, 0, verdict.label, PLAIN | {"bold": True, "font_color": state, "font_size": 12})
    size = 18 if len(verdict.headline) <= SMALL_HEADLINE else 15
    sheet.native.merge_range(top + 1, 0, top + 1, COLUMNS - 1, "", sheet.book.look(TITLE | {"text_wrap": True}))
    sheet.put(top + 1, 0, verdict.headline, TITLE | {"text_wrap": True, "font_size": size})
    sheet.native.set_row(top + 1, 27 * (1 + len(verdict.headline) // 85))
    row = sheet.paragraphs(top + 2, verdict.sentences, columns=COLUMNS, width=CHARACTERS)
    row = _facts(sheet, verdict, row + 1)
    sheet.put(row, 0, " · ".join(chip.text for chip in verdict.chips), MUTED)
    row += 1
    for check in verdict.checks:
        size_ = f" ({check.size})" if check.size else ""
        texts = (check.message.text + size_, f"{check.remedy_label}: {check.remedy.text}")
        row = sheet.paragraphs(row, texts, columns=COLUMNS, width=CHARACTERS)
    return row


def _facts(sheet: Sheet, verdict: Verdict, row: int) -> int:
    for fact in verdict.facts:
        sheet.put(row, 0, fact.label, NAME)
        sheet.put(row, 1, fact.value, FIGURE | {"bold": True})
        for column in range(2, COLUMNS):
            sheet.put(row, column, fact.note if column == 2 else None, ROW | {"text_wrap": False})
        row += 1
    return row


def _returns(sheet: Sheet, model: Model, top: int) -> int:
    """The live table, or why there is none."""
    if model.effect is None:
        return top
    say = model.words.say
    row = sheet.section(top, say("Returns, recomputed from the assumptions"))
    sheet.put(row, 0, model.unchanged(), MUTED)
    standing = model.standing()
    if standing:
        sheet.put(row + 1, 0, standing, PLAIN | {"bold": True, "font_color": "inc"})
    row += 3
    level = model.words.formats.level(model.effect.level)
    header = (
        say("Measure"),
        say("Value"),
        say("%(level)s interval, low", level=level),
        say("%(level)s interval, high", level=level),
        say("As reported"),
        say("Basis"),
    )
    for column, text in enumerate(header):
        sheet.put(row, column, text, HEADER_RIGHT if column in {1, 2, 3} else HEADER_TEXT if column else HEADER)
    for at, line in enumerate(RETURNS, row + 1):
        _line(sheet, model, line, at)
    if model.margin is None or model.cost <= 0:
        return row + 2 + len(RETURNS)
    first = row + 1 + [line.name for line in RETURNS].index(RETURNED.name)
    _chart(sheet, model, first)
    return row + 2 + len(RETURNS)


def _line(sheet: Sheet, model: Model, line: Return, row: int) -> None:
    forms = {
        "money": money_form(model.words, model.workings.currency),
        "ratio": money_form(model.words, model.workings.currency, 2) if line.name == "incremental_return" else RATIO,
        "share": share_form(model.words),
    }
    look = FIGURE | {"num_format": forms[line.unit]}
    sheet.put(row, 0, _label(line.name, model), NAME)
    point = model.live(line, POINT)
    if point is None:
        sheet.put(row, 1, model.words.say("range only"), FIGURE | {"font_color": "ink-3", "italic": True})
    else:
        sheet.put(row, 1, point, look | {"bold": True, "font_color": "inc"})
    ends = (model.live(line, LOW), model.live(line, HIGH))
    for column, end in enumerate(ends, 2):
        sheet.put(row, column, end, look)
    whys = [end.value if end and isinstance(end.value, str) else None for end in ends]
    sheet.high_as(row, [_label(line.name, model), None, *whys])
    sheet.put(row, 4, _reported(line.name, model), ROW)
    sheet.put(row, 5, model.words.say("extra, against the hold-out"), ROW | {"font_color": "inc"})


def _label(name: str, model: Model) -> str:
    say = model.words.say
    one = model.words.formats.money(1, model.workings.currency)
    labels = {
        "incremental_revenue": say("Extra revenue"),
        "extra_gross_profit": say("Extra gross profit"),
        "contribution": say("Contribution after messaging"),
        "incremental_return": say("Extra gross profit per %(one)s spent", one=one),
        "incremental_roi": say("Return on investment (ROI), incremental"),
        "incremental_roas": say("Return on ad spend (ROAS), incremental"),
        "break_even_margin": say("Gross margin at which it breaks even"),
    }
    return labels[name]


def _reported(name: str, model: Model) -> str | None:
    """The figure as the report was made with it: a point where one may be told, else the range."""
    found = model.workings.story.returns.get(name)
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return None
    words, currency = model.words, model.workings.currency

    def worded(value: float) -> str:
        if name == "incremental_return":
            return words.formats.per_one(value, currency)
        return figure(name, value, found, words, point=False)

    if model.effect and model.effect.point:
        return worded(found.value)
    low, high = worded(found.low), worded(found.high)
    return words.say("%(low)s to %(high)s", low=low, high=high)


def _chart(sheet: Sheet, model: Model, row: int) -> None:
    """The return as an interval on an axis with break-even. Its ends are the live cells; where no point is told, none is drawn."""
    words = model.words
    say = words.say
    one = words.formats.money(1, model.workings.currency)
    unseen = PLAIN | {"font_color": "surface"}
    for column, height in enumerate((1.0, 1.0, 0.0, 2.0), 8):  # of the marks, and the ends of the break-even line
        sheet.put(row, column, Number(height), unseen)
    chart = sheet.book.native.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(
        _series(say("break-even"), sheet.reference(row, 8, row, 9), sheet.reference(row, 10, row, 11), ("ink", 1.5))
    )
    span = sheet.reference(row, 2, row, 3)
    interval = say("%(level)s interval", level=words.formats.level(model.effect.level if model.effect else 0.95))
    chart.add_series(_series(interval, span, sheet.reference(row, 8, row, 9), ("inc", 14)))
    if POINT in model.extra:
        value = model.live(RETURNED, POINT)
        for column, cell in ((12, value), (13, value), (14, Number(0.6)), (15, Number(1.4))):
            sheet.put(row, column, cell, unseen)
        upright = sheet.reference(row, 12, row, 13), sheet.reference(row, 14, row, 15)
        chart.add_series(_series(say("Value"), *upright, ("ink", 3)))
    title = say("Gross profit returned per %(one)s spent", one=one)
    chart.set_title({"name": title, "name_font": title_font()})
    chart.set_legend({"position": "bottom", "font": axis_font()})
    chart.set_y_axis(
        {"num_font": axis_font(), "min": 0, "max": 2, "visible": False, "major_gridlines": {"visible": False}}
    )
    gridlines = {"visible": True, "line": {"color": f"#{colour('line')}"}}
    form = money_form(words, model.workings.currency, 2)
    chart.set_x_axis({"num_font": axis_font(), "num_format": form, "major_gridlines": gridlines})
    chart.set_size({"width": 620, "height": 240})
    told = f"{title}. {_reported('incremental_return', model) or ''}"
    sheet.chart(3, 7, chart, spoken=told)


def _series(name: str, across: list[object], up: list[object], look: tuple[str, float]) -> dict[str, object]:
    return {
        "name": name,
        "categories": across,
        "values": up,
        "line": {"color": f"#{colour(look[0])}", "width": look[1]},
        "marker": {"type": "none"},
    }


def _story(sheet: Sheet, blocks: Sequence[Block], row: int) -> int:
    """Situation, what we did, next step, warnings: in the order of the report."""
    for block in blocks:
        if isinstance(block, Situation | Actions):
            row = _part(sheet, row, block.label, block.sentences)
        elif isinstance(block, NextStep):
            remedy = (block.remedy.text,) if block.remedy else ()
            row = _part(sheet, row, block.label, (block.title, *block.sentences, *remedy))
        elif isinstance(block, Callout):
            said = [one.text for one in (block.title, block.body) if isinstance(one, Said)]
            row = _part(sheet, row, block.label, said)
        elif isinstance(block, KpiRow):
            sheet.put(row, 0, block.title, WRAPPED | {"bold": True})
            told = [(card.name, card.value, card.state) for card in block.cards]
            for at, (name, value, state) in enumerate(told, row + 1):
                sheet.put(at, 0, name, ROW | {"indent": 0})
                sheet.put(at, 1, value, FIGURE)
                sheet.put(at, 2, state, ROW)
            row += len(told) + 2
    return row


def _part(sheet: Sheet, row: int, label: str, texts: Sequence[str]) -> int:
    sheet.put(row, 0, label, WRAPPED | {"bold": True})
    return sheet.paragraphs(row + 1, texts, columns=COLUMNS, width=CHARACTERS) + 1
