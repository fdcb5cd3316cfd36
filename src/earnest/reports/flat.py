"""The flat printers: CSV, one row a figure, and JSON, the subject as the API tells it.

CSV rule: UTF-8 with a byte order mark, RFC 4180. Numbers are plain decimals. A text cell that a spreadsheet could take for a
formula (it begins with = + - @, their full-width forms, a tab or a line end, blanks before them aside) gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from earnest.reports.readings import COLUMNS, Reading, readings_in, readings_of
from earnest.reports.report import Report, legal

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
SCHEMA_VERSION = 1


def csv_text(report: Report) -> bytes:
    """Every figure on a row of its own; figures of the story where there is one, else those of the blocks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _readings(report):
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def json_text(report: Report) -> bytes:
    """What `earnest campaign show --json` prints, or, without a subject that may be told, the figures of the blocks."""
    data: Any = report.told
    if data is None:
        data = {"figures": [_json_row(row) for row in readings_in(report.blocks)]}
    made = {"created": report.created.isoformat(), "language": report.words.language, "title": legal(report.title)}
    body = {"schema_version": SCHEMA_VERSION, "data": data, "report": made, "warnings": []}
    return (json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    Example:
        >>> inert("=1+1"), inert("plain"), inert(" @x")
        ("'=1+1", 'plain', "' @x")
    """
    shown = legal(text)
    risky = text.startswith(FORMULA_STARTS) or text.lstrip(" \u00a0\u202f\u3000").startswith(FORMULA_STARTS)
    return f"'{shown}" if risky else shown


def _readings(report: Report) -> tuple[Reading, ...]:
    return readings_of(report.workings, report.words) if report.workings else readings_in(report.blocks)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return inert(value)
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def _json_row(row: Reading) -> dict[str, Any]:
    """Exact amounts as text, so that no reader turns them into floats; what is not there is left out."""
    told = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in asdict(row).items()}
    return {name: value for name, value in told.items() if value is not None}
