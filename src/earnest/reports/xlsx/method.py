"""How it was measured, how this workbook computes, what each measure means, and what the report rests on."""

from __future__ import annotations

from earnest.reports.blocks import Method
from earnest.reports.readings import texts_in
from earnest.reports.report import Report
from earnest.reports.xlsx.book import NAME, ROW, Sheet
from earnest.reports.xlsx.model import Model

COLUMNS, CHARACTERS = 4, 130
KNOWN = (
    "Title",
    "Situation",
    "Actions",
    "Verdict",
    "KpiRow",
    "Chart",
    "Table",
    "NextStep",
    "Callout",
    "Assumptions",
    "Method",
)


def method_sheet(sheet: Sheet, report: Report, model: Model | None) -> None:
    """Sentences, formulas in words, definitions, provenance; and blocks no other sheet knows a place for."""
    say = report.words.say
    sheet.wide(36, 46, 34, 40)
    sheet.title(say("Method"))
    row = 2
    if model and model.effect:
        row = sheet.section(row, say("How this workbook computes"))
        row = sheet.paragraphs(row, _formulas(report), columns=COLUMNS, width=CHARACTERS) + 1
    for block in report.blocks:
        if isinstance(block, Method):
            row = _method(sheet, block, row)
        elif type(block).__name__ not in KNOWN:
            row = sheet.paragraphs(row, texts_in(block), columns=COLUMNS, width=CHARACTERS) + 1


def _formulas(report: Report) -> tuple[str, ...]:
    say = report.words.say
    return (
        say(
            "Extra gross profit = extra revenue × gross margin. Contribution after messaging = extra gross profit − campaign cost."
        ),
        say(
            "Return = extra gross profit / campaign cost. ROI = contribution / campaign cost. ROAS = extra revenue / campaign cost."
        ),
        say("Break-even margin = campaign cost / extra revenue."),
        say("Only the extra revenue is an estimate: both ends of its interval go through the same formulas."),
        say("Attributed figures stand apart and are not part of any of these."),
    )


def _method(sheet: Sheet, block: Method, top: int) -> int:
    row = sheet.section(top, block.title)
    row = sheet.paragraphs(row, block.sentences, columns=COLUMNS, width=CHARACTERS) + 1
    if block.definitions:
        row = sheet.section(row, block.definitions_label)
        rows = [tuple(cell.text for cell in line) for line in block.definitions]
        row = sheet.rows(row, block.header, rows, texts=range(1, len(block.header))) + 1
    for fact in block.provenance:
        sheet.put(row, 0, fact.label, NAME)
        sheet.put(row, 1, fact.value, ROW)
        row += 1
    return row + 1
