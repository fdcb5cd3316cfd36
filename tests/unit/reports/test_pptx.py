"""The deck: native charts with their numbers, real titles, alternative texts, languages, nothing past an edge, no point of an open verdict."""

import functools
import io
import itertools
import math
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from pptx import Presentation
from pptx.util import Pt

from earnest.charts.interval_rows import Band, IntervalChart, IntervalLine
from earnest.charts.trend import Threshold, TrendChart, TrendPoint
from earnest.reports.blocks import Chart, Method, Table, Title
from earnest.reports.pptx import fitting, pptx
from earnest.reports.pptx.deck import HIGH, WIDE
from earnest.reports.report import Report, legal
from earnest.reports.words import languages, translator
from unit.reports.hostile import ALL_TEXTS
from unit.reports.made import CREATED, HOSTILE, PRINTED, hostile, made, report_of, texts_of
from unit.reports.stories import inconclusive

FIGURE = re.compile(r"\d[\d\u00a0\u202f.,]*")


def opened(file: bytes) -> Any:
    return Presentation(io.BytesIO(file))


def charts(deck: Any) -> Iterator[Any]:
    for slide in deck.slides:
        yield from (shape.chart for shape in slide.shapes if shape.has_chart)


def titled(deck: Any, start: str) -> Any:
    (slide,) = [slide for slide in deck.slides if slide.shapes.title.text.startswith(start)]
    return slide


def shown(slide: Any) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    cells = [cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells]
    return "\n".join((*texts, *cells))


@functools.cache
def deck_of(name: str, language: str = "en") -> bytes:
    """Printed once: the tests look at one deck from several sides."""
    return pptx(made(name, language))


@pytest.fixture(params=PRINTED, ids="-".join)
def told(request: pytest.FixtureRequest) -> tuple[Any, bytes]:
    return made(*request.param), deck_of(*request.param)


def test_every_figure_of_the_blocks_is_shown_or_noted(told: tuple[Any, bytes]) -> None:
    deck = opened(told[1])
    said = "\n".join(shown(slide) + slide.notes_slide.notes_text_frame.text for slide in deck.slides)
    for text in texts_of(told[0].blocks):
        for figure in FIGURE.findall(text):
            assert figure.rstrip(".,") in said, f"{figure} of “{text}”"


def test_equal_reports_are_equal_bytes(told: tuple[Any, bytes]) -> None:
    assert pptx(told[0]) == told[1]


def test_no_part_tells_when_it_was_printed(told: tuple[Any, bytes]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(told[1]))
    inner = [zipfile.ZipFile(io.BytesIO(archive.read(name))) for name in archive.namelist() if name.endswith(".xlsx")]
    for file in (archive, *inner):
        assert {part.date_time for part in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-01T09:30:00Z" in file.read("docProps/core.xml")


def test_every_slide_has_a_title_notes_and_described_drawings(told: tuple[Any, bytes]) -> None:
    for slide in opened(told[1]).slides:
        assert slide.shapes.title.text
        assert slide.shapes.title.is_placeholder
        assert slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table:
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr")


def test_every_run_says_its_language(told: tuple[Any, bytes]) -> None:
    expected = {"en": "en-GB", "ru": "ru-RU", "de": "de-DE", "es": "es-ES", "pt_BR": "pt-BR"}[told[0].words.language]
    found = set()
    for slide in opened(told[1]).slides:
        for element in (slide._element, slide.notes_slide._element):
            for run in element.xpath(".//a:r[a:t]"):
                found.add(run.xpath("a:rPr/@lang")[0])
    assert found <= {expected, "en-GB"}
    assert expected in found


def test_nothing_stands_past_an_edge_or_over_its_neighbour(told: tuple[Any, bytes]) -> None:
    for slide in opened(told[1]).slides:
        boxes = []
        for shape in slide.shapes:
            left, top = shape.left / 12700, shape.top / 12700
            right, bottom = left + shape.width / 12700, top + shape.height / 12700
            assert left >= 0
            assert top >= 0
            assert right <= WIDE + 0.5
            assert bottom <= HIGH + 0.5
            if shape.has_chart or shape.has_table:
                boxes.append((left, top, right, bottom))
        for one, other in itertools.combinations(boxes, 2):
            apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1 or one[3] <= other[1] + 1 or other[3] <= one[1] + 1
            assert apart, slide.shapes.title.text


def test_texts_fit_their_boxes(told: tuple[Any, bytes]) -> None:
    for slide in opened(told[1]).slides:
        for shape in slide.shapes:
            if shape.has_text_frame and shape.text_frame.text and not shape.is_placeholder:
                runs = [paragraph.runs[0] for paragraph in shape.text_frame.paragraphs]
                needed = sum(
                    fitting.height(
                        (run.text,),
                        run.font.size.pt,
                        shape.width / 12700,
                        face=1.0 if run.font.bold else fitting.REGULAR,
                    )
                    for run in runs
                )
                assert needed <= shape.height / 12700 + 2, shape.text_frame.text


@pytest.mark.parametrize("face", ["Regular", "Bold"])
def test_words_are_never_wider_than_foretold(face: str) -> None:
    """Against the advances of Liberation Sans, which are Arial's."""
    from pathlib import Path

    path = Path(f"/usr/share/fonts/truetype/liberation/LiberationSans-{face}.ttf")
    if not path.exists():
        pytest.skip("apt-get install fonts-liberation")
    from fontTools.ttLib import TTFont

    font = TTFont(path)
    glyphs, advances, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    factor = 1.0 if face == "Bold" else fitting.REGULAR
    for report in (made("told", "ru"), made("told"), made("loss", "ru")):
        for text in texts_of(report.blocks):
            if all(ord(character) in glyphs for character in text):
                real = sum(advances[glyphs[ord(character)]][0] for character in text) / em
                assert fitting.width(text, 1, face=factor) >= real * 0.995, text


def test_bars_hold_their_numbers_and_their_workbook() -> None:
    deck = opened(deck_of("gain"))
    found = {tuple(chart.plots[0].categories): chart for chart in charts(deck) if chart.plots[0].categories}
    cost = next(chart for names, chart in found.items() if "Message fees" in names)
    assert list(cost.plots[0].series[0].values) == [6702, 600, 480, 390]
    book = openpyxl.load_workbook(io.BytesIO(cost.part.chart_workbook.xlsx_part.blob))
    rows = list(book["Sheet1"].iter_rows(values_only=True))
    assert rows[1:] == [("Message fees", 6702), ("Content", 600), ("Staff time", 480), ("Platform subscription", 390)]
    funnel = next(chart for names, chart in found.items() if "Delivered" in names)
    assert list(funnel.plots[0].series[0].values) == [74160, 69870, 55340, 9640, 1498]


def test_a_bridge_stands_where_the_row_before_ended() -> None:
    """By hand: 110,852; from 39,294 to it; 39,294; from 18,075.24; from 9,903.24; 9,903.24."""
    (bridge,) = [chart for chart in charts(opened(deck_of("gain"))) if len(list(chart.plots[0].series)) == 3]
    under, above, below = (list(series.values) for series in bridge.plots[0].series)
    assert under == [None, 39294, None, pytest.approx(18075.24), pytest.approx(9903.24), None]
    assert above == pytest.approx([110852, 71558, 39294, 21218.76, 8172, 9903.24])
    assert below == [None] * 6


def test_a_bar_that_crosses_zero_has_a_part_on_each_side() -> None:
    """A loss: gross profit 4,739.76, cost 8,172: the cost goes from 4,739.76 to −3,432.24."""
    (bridge,) = [chart for chart in charts(opened(deck_of("loss"))) if len(list(chart.plots[0].series)) == 3]
    under, above, below = (list(series.values) for series in bridge.plots[0].series)
    assert (under[4], above[4], below[4]) == (None, pytest.approx(4739.76), pytest.approx(-3432.24))
    assert (under[5], above[5], below[5]) == (None, None, pytest.approx(-3432.24))


def scatter(report: Any) -> list[tuple[str, list[float], bool]]:
    """Name, x values and whether it is a point, of every series of the interval chart."""
    (chart,) = [chart for chart in charts(opened(pptx(report))) if chart._chartSpace.xpath(".//c:scatterChart")]
    found = []
    for series in chart.plots[0].series:
        across = [float(value.text) for value in series._element.xpath("c:xVal//c:v")]
        found.append((series.name, across, series.marker.style is not None and "NONE" not in str(series.marker.style)))
    return found


def test_intervals_are_lines_between_their_ends_and_a_point_where_one_is_told() -> None:
    series = scatter(made("gain"))
    ends = [end for _, across, point in series if not point for end in across]
    assert {1.2118, 3.2118, 1.5578, 2.8658} <= {round(end, 4) for end in ends}
    assert [across for _, across, point in series if point] == [[2.2118], [6.24]]


@pytest.mark.parametrize("language", languages())
def test_an_open_verdict_has_ranges_and_no_point(language: str) -> None:
    """1.57 is the middle: neither a point, nor a cell of a workbook, nor a word."""
    file = pptx(report_of(inconclusive(), language))
    points = [across for _, across, point in scatter(report_of(inconclusive(), language)) if point]
    assert points == [[6.24]]
    for chart in charts(opened(file)):
        book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        for value in (cell.value for row in book["Sheet1"].iter_rows() for cell in row):
            assert not isinstance(value, float) or not math.isclose(value, 1.57, abs_tol=1e-6)
    assert not re.search(r"1[.,]57\b", "\n".join(shown(slide) for slide in opened(file).slides))


def test_definitions_and_sources_stand_in_the_notes() -> None:
    report = made("gain")
    deck = opened(pptx(report))
    (method,) = [block for block in report.blocks if isinstance(block, Method)]
    notes = titled(deck, "1 measure is worse than typical").notes_slide.notes_text_frame.text
    for row in method.definitions:
        assert " · ".join(cell.text for cell in row) in notes


def test_many_rows_go_on_over_slides_with_one_axis() -> None:
    lines = tuple(IntervalLine(f"Campaign {at}", "…", None, (Band(0.95, at / 4, at / 4 + 1),)) for at in range(13))
    drawing = IntervalChart("spoken", lines, 1.0, "break-even", lambda value: f"€{value:.0f}")
    report = replace(made("gain"), blocks=(Chart("Many", "per €1", drawing),))
    found = list(charts(opened(pptx(report))))
    assert len(found) == 3
    assert {(one.category_axis.minimum_scale, one.category_axis.maximum_scale) for one in found} == {(0.0, 5.0)}


def test_a_trend_is_a_line_with_sparse_labels_and_gaps() -> None:
    points = tuple(
        TrendPoint(f"{day} Sept", "", None if day == 12 else 100.0 * day, (90.0 * day, 110.0 * day), tentative=day > 28)
        for day in range(1, 31)
    )
    drawing = TrendChart(
        "spoken", points, "This campaign", lambda value: f"€{value:.0f}", threshold=Threshold(900, "Cost")
    )
    report = replace(made("gain"), blocks=(Chart("Paid back", "profit", drawing),))
    (chart,) = charts(opened(pptx(report)))
    series = {one.name: list(one.values) for one in chart.plots[0].series}
    assert series["This campaign"][10:13] == [1100, None, 1300]
    assert series["This campaign"][27:] == [2800, None, None]
    assert series["not final"][26:] == [None, 2800, 2900, 3000]
    assert series["Cost"] == [900] * 30
    labels = [label for label in chart.plots[0].categories if label]
    assert labels == [f"{day} Sept" for day in (1, 5, 9, 13, 17, 21, 25, 29)]
    book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    assert [row[0].value for row in book["Sheet1"].iter_rows(min_row=2)][11] == "12 Sept"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(text: str) -> None:
    file = pptx(report_of(hostile(text)))
    deck = opened(file)
    for chart in charts(deck):
        book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        for row in book["Sheet1"].iter_rows():
            assert not [cell for cell in row if cell.data_type == "f" or cell.hyperlink]
    for slide in deck.slides:
        assert not slide._element.xpath(".//a:hlinkClick")
        for shape in slide.shapes:
            assert shape.top + shape.height <= Pt(HIGH + 1)
    archive = zipfile.ZipFile(io.BytesIO(file))
    assert not [name for name in archive.namelist() if "vba" in name.lower()]


def test_two_hundred_texts_in_one_table() -> None:
    texts = [text for text in ALL_TEXTS if legal(text).strip() and len(text) < 200]
    table = Table("Texts", "As somebody wrote them", ("Text", "Figure"), tuple((text, "1") for text in texts))
    deck = opened(pptx(Report((Title("Report", texts[0], (), "now"), table), translator("en"), CREATED)))
    said = " ".join(" ".join((shown(slide) + slide.notes_slide.notes_text_frame.text).split()) for slide in deck.slides)
    assert [text for text in texts if " ".join(legal(text).split())[:40] not in said] == []
