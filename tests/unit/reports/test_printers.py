"""The registry of printers: one name, ending and media type each; every one writes, twice the same bytes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from earnest.kernel.errors import EnvironmentProblem, UsageError
from earnest.reports.printers import PRINTERS, find_printer, printer_of
from earnest.usecases.report_build import report_on, write_report
from unit.reports.stories import gain, inconclusive

FIRST_BYTES = {"html": b"<!doctype", "pdf": b"%PDF-", "pptx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "csv": b"\xef\xbb\xbf", "json": b"{"}  # fmt: skip
MADE = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_forms_of_the_issue_are_there() -> None:
    assert list(PRINTERS) == ["html", "pdf", "pptx", "xlsx", "csv", "json"]
    for attribute in ("name", "ending", "media_type", "label"):
        assert len({getattr(printer, attribute) for printer in PRINTERS.values()}) == len(PRINTERS)
    assert all(find_printer(name).name == name for name in PRINTERS)


@pytest.mark.parametrize("name", PRINTERS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_printer_writes_the_same_bytes_twice(name: str, language: str) -> None:
    report = report_on(inconclusive(), language=language, created=MADE)
    made = find_printer(name).write(report)
    assert made.lstrip().startswith(FIRST_BYTES[name])
    assert find_printer(name).write(report_on(inconclusive(), language=language, created=MADE)) == made


def test_a_report_without_costs_takes_no_numbers_along() -> None:
    shown = report_on(gain(), audience="client", hide_costs=True)
    assert shown.workings is None
    assert shown.told is None
    assert report_on(gain(), audience="client").told is not None
    with pytest.raises(UsageError, match="cannot be hidden"):
        report_on(gain(), audience="cfo", hide_costs=True)


def test_a_report_is_made_when_its_story_speaks_unless_told() -> None:
    assert report_on(gain()).created == datetime(2026, 10, 31, 6, tzinfo=UTC)
    assert report_on(gain(), created=MADE).created == MADE


@pytest.mark.parametrize(
    ("file", "name"), [("a.pdf", "pdf"), ("a.PDF", "pdf"), ("a.b.xlsx", "xlsx"), ("a.htm", "html"), ("a", "html")]
)
def test_a_file_names_its_printer_by_its_ending(file: str, name: str) -> None:
    assert printer_of(Path(file)).name == name


def test_an_unknown_ending_or_name_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match=r"'\.ppt'; did you mean '\.pptx'") as refused:
        printer_of(Path("deck.ppt"))
    assert refused.value.code == "unknown-ending"
    assert ".xlsx" in (refused.value.hint or "")
    with pytest.raises(UsageError, match=r"pfd.*did you mean 'pdf'") as refused:
        find_printer("pfd")
    assert refused.value.code == "no-such-format"


def test_a_file_is_written_or_the_reason_told(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    size = write_report(gain(), target, file_format="pdf", language="ru")
    assert target.read_bytes()[:5] == b"%PDF-"
    assert target.stat().st_size == size
    with pytest.raises(EnvironmentProblem, match="cannot be written") as refused:
        write_report(replace(gain(), name="x"), tmp_path / "none" / "report.pdf", file_format="pdf")
    assert refused.value.code == "cannot-write"
