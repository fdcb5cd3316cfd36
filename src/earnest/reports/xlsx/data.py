"""What the returns are computed from, then every block of the report as a table: figures as told, and as numbers where they are."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.kernel.money import exponent
from earnest.reports.blocks import Chart, KpiRow, Table, Verdict
from earnest.reports.readings import COLUMNS, Reading, readings_of
from earnest.reports.report import Report
from earnest.reports.words import terms
from earnest.reports.workings import Effect
from earnest.reports.xlsx.book import (
    COUNT,
    FIGURE,
    HEADER,
    HEADER_RIGHT,
    HEADER_TEXT,
    MUTED,
    NAME,
    ROW,
    Cell,
    Live,
    Number,
    Sheet,
    money_form,
)
from earnest.reports.xlsx.drawings import drawing_table, number
from earnest.reports.xlsx.model import HIGH, LOW, POINT, Model

NUMBERED = tuple(name for name in COLUMNS if name not in {"text", "remedy", "unavailable"})
WIDTHS = (44, 24, 18, 22, 22, 22, 18, 46, 18)
Rows = Sequence[Sequence[Cell]]


def data_sheet(sheet: Sheet, report: Report, model: Model | None) -> None:
    """The ground of the formulas, the blocks, and every figure of the story as a number."""
    sheet.wide(*WIDTHS)
    sheet.title(report.words.say("Data"))
    row = 2
    if model:
        row = _ground(sheet, model, row)
        row = _claims(sheet, model, row)
    for block in report.blocks:
        if isinstance(block, Verdict) and block.chart:
            row = drawing_table(sheet, report, block.chart, row)
        elif isinstance(block, Chart):
            row = drawing_table(sheet, report, block, row)
        elif isinstance(block, KpiRow):
            row = _kpis(sheet, report, block, row)
        elif isinstance(block, Table):
            words = range(1, block.texts)
            title = (block.title, block.subtitle)
            row = sheet.block(title, block.header, block.rows, row, notes=[block.note], texts=words)
    if model:
        _readings(sheet, model, row)


def _ground(sheet: Sheet, model: Model, top: int) -> int:
    """Groups, what would have come anyway, and the interval of the extra revenue, each in a named cell."""
    effect, words = model.effect, model.words
    if effect is None:
        return top
    say, currency = words.say, model.workings.currency
    exact = money_form(words, currency, exponent(currency))
    row = sheet.section(top, say("Extra revenue: what the returns are computed from"))
    for column, text in enumerate((say("Line"), say("Value"), say("How"))):
        sheet.put(row, column, text, HEADER_RIGHT if column == 1 else HEADER_TEXT if column else HEADER)
    row += 1
    for name, label, cell, form, how in _lines(model, effect, exact):
        sheet.put(row, 0, label, NAME)
        sheet.named(name, (row, 1), cell, FIGURE | {"num_format": form})
        sheet.put(row, 2, how, MUTED | {"align": "left", "indent": 1})
        row += 1
    return row + 1


def _lines(model: Model, effect: Effect, exact: str) -> list[tuple[str, str, Cell, str, str | None]]:
    """Name, label, cell, number format, and how it is known."""
    say, level = model.words.say, model.words.formats.level(effect.level)
    interval = say("%(level)s interval of the experiment, method %(method)s", level=level, method=effect.method)
    lines: list[tuple[str, str, Cell, str, str | None]] = []
    if effect.point:
        counted = say("counted in the experiment")
        lines.append(
            ("messaged_revenue", say("Revenue of the messaged group"), Number(model.messaged, exact), exact, counted)
        )
        anyway: Cell = Number(model.anyway, exact)
        if effect.point.groups:
            messaged, held = effect.point.groups
            lines += [
                ("messaged_people", say("People messaged"), Number(messaged.people, COUNT), COUNT, counted),
                ("held_out_people", say("People held out"), Number(held.people, COUNT), COUNT, counted),
                (
                    "held_out_revenue",
                    say("Revenue of the held-out group"),
                    Number(float(held.revenue.decimal), exact),
                    exact,
                    counted,
                ),
            ]
            anyway = Live("=held_out_revenue/held_out_people*messaged_people", model.anyway)
        mean = say("mean of the held-out group times the number of people messaged")
        lines.append(("anyway_revenue", say("Would have come anyway"), anyway, exact, mean))
        extra = Live("=messaged_revenue-anyway_revenue", model.extra[POINT])
        lines.append((POINT, say("Extra revenue"), extra, exact, say("the difference of the two")))
    lines.append((LOW, say("Extra revenue, lower end"), Number(effect.low, exact), exact, interval))
    lines.append((HIGH, say("Extra revenue, upper end"), Number(effect.high, exact), exact, interval))
    return lines


def _claims(sheet: Sheet, model: Model, top: int) -> int:
    """What attribution would claim, recomputed with the margin: plum and apart, never in the formulas of the effect."""
    if not model.workings.claims:
        return top
    words, currency = model.words, model.workings.currency
    say = words.say
    row = sheet.section(
        top,
        say("Attribution, for reference"),
        say("Not causal. The same orders are credited differently by each rule."),
    )
    one = words.formats.money(1, currency)
    header = (say("Rule"), say("Revenue it would claim"), say("Gross profit it would claim per %(one)s", one=one))
    sheet.high_as(row, header)
    for column, text in enumerate(header):
        sheet.put(row, column, text, HEADER_RIGHT if column else HEADER)
    plum = FIGURE | {"font_color": "attr", "italic": True}
    for at, (name, revenue) in enumerate(model.workings.claims, row + 1):
        sheet.put(at, 0, terms.model(name, words), NAME)
        amount = float(revenue.decimal)
        sheet.put(at, 1, Number(amount, money_form(words, currency, exponent(currency))), plum)
        form = money_form(words, currency, 2)
        sheet.put(at, 2, model.claimed(amount, f"B{at + 1}"), plum | {"num_format": form})
    return row + 2 + len(model.workings.claims)


def _kpis(sheet: Sheet, report: Report, block: KpiRow, top: int) -> int:
    """Cards: as told; as numbers where the story holds them and its verdict lets them be seen."""
    say = report.words.say
    found = readings_of(report.workings, report.words) if report.workings else ()
    numbers = {one.label: one for one in found if one.section == "kpi"}
    header = (
        say("Measure"),
        say("As reported"),
        say("Value"),
        say("Low"),
        say("High"),
        say("Typical"),
        say("State"),
        say("Of what, and how sure"),
        say("Basis"),
    )
    rows: list[tuple[Cell, ...]] = []
    for card in block.cards:
        known = numbers.get(card.name, Reading("", "", ""))
        details = " · ".join(one.text for one in (*card.details, *([card.remedy] if card.remedy else [])))
        ends = (number(known.value), number(known.low), number(known.high))
        rows.append(
            (card.name, card.value, *ends, card.typical, card.state, details, card.basis.text if card.basis else None)
        )
    return sheet.block((block.title, block.subtitle), header, rows, top, texts=(5, 6, 7, 8))


def _readings(sheet: Sheet, model: Model, top: int) -> None:
    """Every figure of the story that its verdict lets people see: rows to sort, filter and compute with."""
    say = model.words.say
    row = sheet.section(
        top, say("Every figure as a number"), say("Rates are shares of 1; money is in whole units of its currency.")
    )
    for column, name in enumerate(NUMBERED):
        sheet.put(row, column, name, HEADER)
    found = [one for one in readings_of(model.workings, model.words) if not one.unavailable]
    for at, one in enumerate(found, row + 1):
        for column, name in enumerate(NUMBERED):
            value = getattr(one, name)
            cell = value if isinstance(value, str) or value is None else Number(float(value))
            sheet.put(at, column, cell, ROW if isinstance(value, str | None) else FIGURE)
