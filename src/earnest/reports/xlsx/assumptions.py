"""What may be changed: the margin and every line of cost, each a tinted cell; and what the result is at other margins."""

from __future__ import annotations

from earnest.kernel.money import exponent
from earnest.reports.blocks import Assumptions
from earnest.reports.pptx.palette import category, colour
from earnest.reports.report import Report
from earnest.reports.words import terms
from earnest.reports.words.formats import plain
from earnest.reports.xlsx.book import (
    FIGURE,
    HEADER,
    HEADER_RIGHT,
    HEADER_TEXT,
    INPUT,
    MUTED,
    NAME,
    ROW,
    Live,
    Number,
    Sheet,
    axis_font,
    money_form,
    share_form,
    title_font,
)
from earnest.reports.xlsx.model import HIGH, LOW, POINT, RETURNS, Model

STEPS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15)
CONTRIBUTION = next(line for line in RETURNS if line.name == "contribution")


def assumptions_sheet(sheet: Sheet, report: Report, model: Model | None) -> None:
    """Inputs first, then what they do, then what else is taken on faith."""
    say = report.words.say
    sheet.wide(38, 18, 18, 18, 44)
    sheet.title(say("Assumptions"))
    row = 2
    if model:
        sheet.put(1, 0, say("Change a tinted cell: every formula in this workbook follows."), MUTED)
        row = _inputs(sheet, model, 3)
        if model.effect and model.margin is not None:
            row = _sensitivity(sheet, model, row + 1)
    for block in report.blocks:
        if isinstance(block, Assumptions):
            row = sheet.section(row + 1, block.title)
            row = sheet.paragraphs(row, [item.text for item in block.items], columns=5, width=120)


def _inputs(sheet: Sheet, model: Model, top: int) -> int:
    """Margin and costs. Returns the row after them."""
    words, workings = model.words, model.workings
    say = words.say
    header = (say("Assumption"), say("Value"), say("Basis"), "", say("Note"))
    for column, text in enumerate(header):
        sheet.put(top, column, text, HEADER_RIGHT if column == 1 else HEADER_TEXT if column else HEADER)
    sheet.put(top + 1, 0, say("Gross margin"), NAME)
    look = INPUT | {"num_format": share_form(words)}
    margin = None if model.margin is None else Number(model.margin, share_form(words))
    sheet.named("margin", (top + 1, 1), margin, look)
    sheet.native.data_validation(
        top + 1,
        1,
        top + 1,
        1,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": 1,
            "error_message": say("A share from 0%% to 100%%.")[:255],
        },
    )
    known = terms.evidence("assumed", words) if workings.margin_assumed else say("set for this campaign")
    sheet.put(top + 1, 2, known if margin else say("not known"), ROW)
    sheet.put(top + 1, 3, None, ROW)
    note = say("Share of extra revenue left after the cost of goods")
    sheet.put(top + 1, 4, note, ROW)
    return _costs(sheet, model, top + 2)


def _costs(sheet: Sheet, model: Model, top: int) -> int:
    words, workings = model.words, model.workings
    form = money_form(words, workings.currency, exponent(workings.currency))
    lines = [
        (terms.cost(one.kind, words), float(one.amount.decimal), terms.evidence(one.evidence, words), one.description)
        for one in workings.costs
    ]
    over = model.cost - sum(amount for _, amount, _, _ in lines)
    if abs(over) > 10.0 ** -(exponent(workings.currency) + 1):
        lines.append((words.say("Rounding of the lines"), round(over, exponent(workings.currency)), "–", None))
    for at, (label, amount, basis, told) in enumerate(lines):
        sheet.put(top + at, 0, label, NAME)
        sheet.put(top + at, 1, Number(amount, form), INPUT)
        sheet.put(top + at, 2, basis, ROW)
        sheet.put(top + at, 3, None, ROW)
        sheet.put(top + at, 4, plain(told) if told else None, ROW)
    end = top + len(lines)
    total = Live(f"=SUM(B{top + 1}:B{end})", model.cost) if lines else Number(model.cost, form)
    sheet.put(end, 0, words.say("Total"), NAME | {"top": 1, "top_color": "line-2"})
    sheet.named(
        "cost_total", (end, 1), total, FIGURE | {"bold": True, "num_format": form, "top": 1, "top_color": "line-2"}
    )
    bound = words.say("at least: some messages have no price") if workings.lower_bound else None
    sheet.put(end, 2, None, ROW)
    sheet.put(end, 3, None, ROW)
    sheet.put(end, 4, bound, ROW)
    if lines:
        _cost_chart(sheet, model, (top, end - 1))
    return end + 1


def _cost_chart(sheet: Sheet, model: Model, ends: tuple[int, int]) -> None:
    say = model.words.say
    chart = sheet.book.native.add_chart({"type": "bar"})
    points = [{"fill": {"color": f"#{category(at)}"}} for at in range(ends[1] - ends[0] + 1)]
    chart.add_series(
        {
            "name": say("Campaign cost"),
            "categories": sheet.reference(ends[0], 0, ends[1], 0),
            "values": sheet.reference(ends[0], 1, ends[1], 1),
            "points": points,
            "gap": 60,
            "data_labels": {
                "value": True,
                "font": axis_font(),
                "num_format": money_form(model.words, model.workings.currency),
            },
        }
    )
    chart.set_title({"name": say("Campaign cost"), "name_font": title_font()})
    chart.set_legend({"none": True})
    chart.set_y_axis({"num_font": axis_font(), "reverse": True, "line": {"color": f"#{colour('line-2')}"}})
    chart.set_x_axis({"num_font": axis_font(), "visible": False, "major_gridlines": {"visible": False}})
    chart.set_size({"width": 560, "height": 240})
    told = say("Campaign cost") + f", {model.words.formats.exact(model.workings.cost_total)}"
    sheet.chart(2, 6, chart, spoken=told)


def _sensitivity(sheet: Sheet, model: Model, top: int) -> int:
    """Contribution at margins around the one assumed; the middle row is the margin itself."""
    words = model.words
    say = words.say
    row = sheet.section(
        top, say("Contribution after messaging at other margins"), say("Live: each row adds to the margin above.")
    )
    kinds = [(say("Low"), LOW), (say("High"), HIGH)]
    if POINT in model.extra:
        kinds.insert(1, (say("Value"), POINT))
    header = [say("Gross margin"), *(text for text, _ in kinds)]
    form = money_form(words, model.workings.currency)
    rows: list[list[Live]] = []
    for step in STEPS:
        line = row + 2 + len(rows)
        margin = max(0.0, min(1.0, (model.margin or 0.0) + step))
        cells = [Live(f"=MAX(0,MIN(1,N(margin)+({step:g})))", margin)]
        cells += [Live(f"={name}*$A{line}-cost_total", model.extra[name] * margin - model.cost) for _, name in kinds]
        rows.append(cells)
    for column, text in enumerate(header):
        sheet.put(row, column, text, HEADER_RIGHT if column else HEADER)
    for at, cells in enumerate(rows):
        middle = {"bold": STEPS[at] == 0}
        sheet.put(row + 1 + at, 0, cells[0], ROW | middle | {"num_format": share_form(words), "align": "left"})
        for column, cell in enumerate(cells[1:], 1):
            sheet.put(row + 1 + at, column, cell, FIGURE | middle | {"num_format": form})
    _sensitivity_chart(sheet, model, (row, row + len(rows)), [text for text, _ in kinds])
    return row + 1 + len(rows)


def _sensitivity_chart(sheet: Sheet, model: Model, ends: tuple[int, int], names: list[str]) -> None:
    say = model.words.say
    title = say("Contribution after messaging at other margins")
    chart = sheet.book.native.add_chart({"type": "line"})
    for at, name in enumerate(names):
        middle = len(names) == 3 and at == 1
        chart.add_series(
            {
                "name": name,
                "categories": sheet.reference(ends[0] + 1, 0, ends[1], 0),
                "values": sheet.reference(ends[0] + 1, at + 1, ends[1], at + 1),
                "line": {
                    "color": f"#{colour('inc')}",
                    "width": 2.5 if middle else 1.25,
                    "dash_type": "solid" if middle else "dash",
                },
            }
        )
    chart.set_title({"name": title, "name_font": title_font()})
    chart.set_legend({"position": "bottom", "font": axis_font()})
    chart.set_x_axis({"num_font": axis_font(), "num_format": share_form(model.words, 0), "label_position": "low"})
    gridlines = {"visible": True, "line": {"color": f"#{colour('line')}"}}
    chart.set_y_axis(
        {
            "num_font": axis_font(),
            "num_format": money_form(model.words, model.workings.currency),
            "major_gridlines": gridlines,
        }
    )
    chart.set_size({"width": 560, "height": 300})
    sheet.chart(16, 6, chart, spoken=title)
