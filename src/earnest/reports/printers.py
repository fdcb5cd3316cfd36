"""The printers there are, in one place: name, media type, file ending, and what writes the bytes. Doors read their choices here.

A printer's libraries are loaded when it first prints: asking for a CSV does not load a typesetter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError, closest

if TYPE_CHECKING:
    from earnest.reports.report import Report


@dataclass(frozen=True, slots=True)
class Printer:
    """One form a report can be had in.

    Args:
        name: what the form is called in commands, addresses and the API.
        label: what it is, in words.
        media_type: for a Content-Type header. ending: of the file's name, with its dot.
        write: the file's bytes; equal reports give equal bytes.
    """

    name: str
    label: str
    media_type: str
    ending: str
    write: Callable[[Report], bytes]


def find_printer(name: str) -> Printer:
    """A printer by its name.

    Raises:
        UsageError: `no-such-format`.
    """
    return look_up(PRINTERS, name, what="format", listed="Formats", refusal=(UsageError, "no-such-format"))


def printer_of(file: PurePath) -> Printer:
    """The printer whose ending a file's name has; HTML where it has none.

    Raises:
        UsageError: `unknown-ending`.
    """
    ending = ALIKE.get(file.suffix.lower(), file.suffix.lower())
    endings = {printer.ending: printer for printer in PRINTERS.values()}
    if not ending:
        return PRINTERS["html"]
    if ending not in endings:
        raise UsageError(
            "unknown-ending",
            f"no report ends in '{file.suffix}'{closest(ending, endings)}",
            hint=f"Name the file {', '.join(endings)}, or give --format.",
            ending=file.suffix,
        )
    return endings[ending]


def _html(report: Report) -> bytes:
    from earnest.reports.html import page

    return page(report.blocks, report.words).encode()


def _pdf(report: Report) -> bytes:
    from earnest.reports.pdf import pdf

    return pdf(report.blocks, report.words, created=report.created)


def _pptx(report: Report) -> bytes:
    from earnest.reports.pptx import pptx

    return pptx(report)


def _xlsx(report: Report) -> bytes:
    from earnest.reports.xlsx import xlsx

    return xlsx(report)


def _csv(report: Report) -> bytes:
    from earnest.reports.flat import csv_text

    return csv_text(report)


def _json(report: Report) -> bytes:
    from earnest.reports.flat import json_text

    return json_text(report)


OFFICE = "application/vnd.openxmlformats-officedocument"
ALIKE = {".htm": ".html"}
PRINTERS: dict[str, Printer] = {
    one.name: one
    for one in (
        Printer("html", "web page in one file", "text/html; charset=utf-8", ".html", _html),
        Printer("pdf", "PDF, accessible (PDF/UA-1)", "application/pdf", ".pdf", _pdf),
        Printer("pptx", "slides with charts to edit", f"{OFFICE}.presentationml.presentation", ".pptx", _pptx),
        Printer("xlsx", "workbook with live formulas", f"{OFFICE}.spreadsheetml.sheet", ".xlsx", _xlsx),
        Printer("csv", "figures, one a row", "text/csv; charset=utf-8", ".csv", _csv),
        Printer("json", "figures as the API tells them", "application/json", ".json", _json),
    )
}
"""Every printer by its name, in the order in which they are offered."""
