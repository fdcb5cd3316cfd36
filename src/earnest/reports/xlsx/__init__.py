"""The XLSX printer: a workbook that computes. Change the margin or a cost, and every return follows.

Summary      the answer in words, and the returns as live formulas with their ranges
Data         what they are computed from, and every figure of the report
Assumptions  what may be changed: tinted cells with names, and what changes with them
Method       how it was measured, what each measure means, where it comes from
"""

from __future__ import annotations

import io
from datetime import UTC

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from earnest.reports.report import Report, legal
from earnest.reports.xlsx.assumptions import assumptions_sheet
from earnest.reports.xlsx.book import Book, options
from earnest.reports.xlsx.data import data_sheet
from earnest.reports.xlsx.method import method_sheet
from earnest.reports.xlsx.model import Model
from earnest.reports.xlsx.summary import summary_sheet


def xlsx(report: Report) -> bytes:
    """The workbook; equal reports give equal bytes."""
    out = io.BytesIO()
    native = Workbook(out, options())
    created = report.created.astimezone(UTC).replace(tzinfo=None)
    native.set_properties({"title": legal(report.title)[:255], "author": "Earnest", "created": created})
    label = report.words.label
    names = (
        label("sheet", "Summary"),
        label("sheet", "Data"),
        label("sheet", "Assumptions"),
        label("sheet", "Method"),
    )
    book = Book(native, report.words, {}, [])
    summary, data, assumptions, method = (book.sheet(name) for name in names)
    model = Model(report.workings, report.words) if report.workings else None
    assumptions_sheet(assumptions, report, model)
    data_sheet(data, report, model)
    summary_sheet(summary, report, model)
    method_sheet(method, report, model)
    native.close()
    return out.getvalue()
