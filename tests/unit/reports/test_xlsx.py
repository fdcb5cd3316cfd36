"""The workbook: it computes what the report says, tells no more than its verdict lets it, and takes no text for a formula."""

import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from earnest.reports.blocks import Table, Title
from earnest.reports.report import Report, legal
from earnest.reports.words import languages, translator
from earnest.reports.workings import Effect, workings_of
from earnest.reports.xlsx import xlsx
from unit.reports.hostile import ALL_TEXTS
from unit.reports.made import CREATED, HOSTILE, PRINTED, hostile, made, report_of, texts_of
from unit.reports.stories import ALL, gain, inconclusive, loss, unrated

FIGURE = re.compile(r"\d[\d\u00a0\u202f.,]*")


def opened(file: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(file), data_only=values)


def cells(book: Any) -> Iterator[Any]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


def named(book: Any, name: str) -> Any:
    """The cell a formula calls by this name."""
    ((sheet, place),) = book.defined_names[name].destinations
    return book[sheet][place.replace("$", "")]


def row_of(book: Any, label: str, sheet: int = 0) -> list[Any]:
    """Value, low and high of the live line with this label: the last one, under the facts."""
    rows = [row for row in book.worksheets[sheet].iter_rows() if row[0].value == label]
    return [cell.value for cell in rows[-1][1:4]]


@pytest.fixture(params=PRINTED, ids="-".join)
def told(request: pytest.FixtureRequest) -> Any:
    return made(*request.param)


def test_every_text_and_figure_of_the_blocks_stands_in_it(told: Any) -> None:
    said = "\n".join(str(cell.value) for cell in cells(opened(xlsx(told), values=True)))
    spoken = {block.drawing.title for block in told.blocks if hasattr(block, "drawing")}
    spoken |= {block.chart.drawing.title for block in told.blocks if getattr(block, "chart", None)}
    for text in texts_of(told.blocks):
        for figure in FIGURE.findall(text) if text not in spoken else ():
            assert figure.rstrip(".,") in said, f"{figure} of “{text}”"


def test_equal_reports_are_equal_bytes(told: Any) -> None:
    assert xlsx(told) == xlsx(told)


def test_bytes_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from unit.reports.made import made; from earnest.reports.xlsx import xlsx; "
        "from earnest.reports.pptx import pptx; "
        "print(*{hashlib.sha256(xlsx(made('gain')) + pptx(made('gain'))).hexdigest() for _ in range(2)})"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == len(hashlib.sha256().hexdigest())


def test_returns_are_formulas_with_the_values_they_have() -> None:
    """By hand: extra 39,293.99 = 110,852 − 7,950.89 / 8,240 × 74,160; × 46 % = 18,075.2354; − 8,172 = 9,903.2354."""
    file = xlsx(made("gain"))
    formulas, values = opened(file, values=False), opened(file, values=True)
    assert row_of(formulas, "Contribution after messaging")[0] == (
        '=IF(ISNUMBER(margin),extra_revenue*margin-cost_total,"n/a: the gross margin is not known")'
    )
    point, low, high = row_of(values, "Contribution after messaging")
    assert point == pytest.approx(9_903.2354, abs=1e-6)
    assert (low, high) == (pytest.approx(1.2118 * 8172 - 8172), pytest.approx(3.2118 * 8172 - 8172))
    assert row_of(values, "Extra gross profit per €1 spent")[0] == pytest.approx(18_075.2354 / 8172)
    assert row_of(values, "Return on investment (ROI), incremental")[0] == pytest.approx(9_903.2354 / 8172)
    assert row_of(values, "Return on ad spend (ROAS), incremental")[0] == pytest.approx(39_293.99 / 8172)
    assert row_of(values, "Gross margin at which it breaks even")[0] == pytest.approx(8172 / 39_293.99)
    assert named(values, "margin").value == 0.46
    assert named(formulas, "cost_total").value == "=SUM(B6:B9)"
    assert named(values, "cost_total").value == 8172
    assert named(formulas, "anyway_revenue").value == "=held_out_revenue/held_out_people*messaged_people"


def test_break_even_margin_is_low_where_the_extra_revenue_is_high() -> None:
    """An extra revenue of 57,058 pays at 14.3 %, one of 21,528 only at 38.0 %."""
    point, low, high = row_of(opened(xlsx(made("gain")), values=True), "Gross margin at which it breaks even")
    assert low < point < high
    assert (round(low, 3), round(high, 3)) == (0.143, 0.380)


def test_a_loss_is_the_bridges_own() -> None:
    """Its arms do not give its bridge, so the bridge's amounts stand: 64,000 − 53,696.17 = 10,303.83."""
    book = opened(xlsx(report_of(loss())), values=True)
    assert "held_out_revenue" not in book.defined_names
    assert row_of(book, "Extra revenue")[0] == pytest.approx(10_303.83)
    assert row_of(book, "Contribution after messaging")[0] == pytest.approx(10_303.83 * 0.46 - 8172)


@pytest.mark.parametrize("language", languages())
def test_an_open_verdict_tells_ranges_only(language: str) -> None:
    """The middle 1.57 and what would give it stand nowhere: not in a cell, a formula or a chart's cache."""
    file = xlsx(report_of(inconclusive(), language))
    for cell in cells(opened(file, values=True)):
        if isinstance(cell.value, int | float):
            assert cell.value != pytest.approx(1.57)
            assert cell.value != pytest.approx(7_950.89)
            assert cell.value != pytest.approx(1.57 * 8172 / 0.46, rel=1e-4)
    book = opened(file, values=False)
    assert "extra_revenue" not in book.defined_names
    assert {"extra_revenue_low", "extra_revenue_high"} <= set(book.defined_names)
    if language == "en":
        point, low, high = row_of(book, "Contribution after messaging")
        assert point == "range only"
        assert low.startswith("=IF(ISNUMBER(margin),extra_revenue_low")
        assert high.startswith("=IF(ISNUMBER(margin),extra_revenue_high")


@pytest.mark.parametrize("name", ["no_holdout", "withheld", "by_purpose", "unrated"])
def test_no_effect_is_computed_where_none_may_be_told(name: str) -> None:
    book = opened(xlsx(made(name)), values=False)
    assert not [each for each in book.defined_names if each.startswith(("extra", "messaged", "held", "anyway"))]
    assert not isinstance(workings_of(ALL[name]()).effect, Effect)


def test_a_missing_margin_is_an_empty_input_and_a_reason() -> None:
    book = opened(xlsx(made("margin_missing")), values=True)
    assert named(book, "margin").value is None
    assert row_of(book, "Extra revenue") == [
        "range only",
        pytest.approx(1.2118 * 8172 / 0.46),
        pytest.approx(3.2118 * 8172 / 0.46),
    ]
    why = "n/a: the gross margin is not known"
    assert row_of(book, "Contribution after messaging") == ["range only", why, why]


def test_no_cost_is_a_reason_not_a_division() -> None:
    story = replace(gain(), costs=(), cost_total=replace(gain().cost_total, minor=0))
    book = opened(xlsx(report_of(story)), values=True)
    assert row_of(book, "Return on ad spend (ROAS), incremental")[0] == "n/a: nothing was spent"
    assert row_of(book, "Extra gross profit")[0] == pytest.approx(18_075.2354)


def test_cents_lost_in_rounding_of_lines_are_told() -> None:
    """Lines of 6,702 + 600 + 480 + 390 make 8,172.00; a total of 8,172.01 leaves a cent."""
    story = replace(gain(), cost_total=replace(gain().cost_total, minor=817_201))
    values = opened(xlsx(report_of(story)), values=True)
    assert named(values, "cost_total").value == 8172.01
    assert [cell.value for cell in cells(values) if cell.value == "Rounding of the lines"]


def test_a_lower_bound_says_so() -> None:
    said = [cell.value for cell in cells(opened(xlsx(report_of(unrated())), values=True))]
    assert "at least: some messages have no price" in said


def test_charts_are_native_and_described() -> None:
    book = opened(xlsx(made("told")), values=True)
    assert [len(sheet._charts) for sheet in book.worksheets[:3]] == [1, 2, 2]
    import zipfile

    archive = zipfile.ZipFile(io.BytesIO(xlsx(made("told"))))
    drawings = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/drawings/drawing")]
    frames = [frame for text in drawings for frame in re.findall(r"<xdr:cNvPr [^>]*>", text)]
    assert len(frames) == 5
    assert all(' descr="' in frame for frame in frames)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(text: str) -> None:
    file = xlsx(report_of(hostile(text)))
    book = opened(file, values=False)
    ours = ("=IF(", "=SUM(", "=MAX(", "=held_out", "=messaged", "=extra")
    for cell in cells(book):
        assert cell.hyperlink is None
        if cell.data_type == "f":
            assert str(cell.value).startswith(ours)
            assert "calc" not in str(cell.value)
    clean = opened(xlsx(made("gain")), values=False)
    assert set(book.defined_names) == set(clean.defined_names)


def test_without_workings_it_is_the_blocks_alone() -> None:
    """A client who does not see the costs gets no formula from which they follow."""
    report = replace(made("gain"), workings=None, told=None)
    book = opened(xlsx(report), values=False)
    assert not list(book.defined_names)
    assert not [cell for cell in cells(book) if cell.data_type == "f"]


def test_margin_is_the_decimal_that_was_set() -> None:
    assert workings_of(gain()).margin == Decimal("0.46")


def test_two_hundred_texts_in_one_table() -> None:
    texts = [text for text in ALL_TEXTS if legal(text).strip()]
    table = Table("Texts", "As somebody wrote them", ("Text", "Figure"), tuple((text, "1") for text in texts))
    book = opened(xlsx(Report((Title("Report", texts[0], (), "now"), table), translator("en"), CREATED)), values=False)
    found = [cell for cell in cells(book) if isinstance(cell.value, str)]
    assert all(cell.data_type == "s" or cell.data_type == "inlineStr" for cell in found)
    said = {squeezed(str(cell.value)) for cell in found}
    assert [text for text in texts if squeezed(legal(text)) not in said] == []


def squeezed(text: str) -> str:
    return " ".join(text.replace("_x000D_", " ").split())
