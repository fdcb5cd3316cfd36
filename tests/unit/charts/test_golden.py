"""Every form × kind of data × language as a whole picture: as it was looked at, and fit for what prints it."""

from __future__ import annotations

import io
import json
import re
from importlib import resources
from xml.etree import ElementTree

import pytest
import typst
from pypdf import PdfReader

from earnest.charts.fixed import fixed, fixed_chart
from earnest.charts.funnel import FunnelBar, FunnelChart
from earnest.charts.svg import tag
from unit.charts import drawn

SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "g", "title", "rect", "circle", "line", "path", "text"}
SOURCE = """#set page(width: 500pt, height: auto)
#for each in json(bytes(sys.inputs.pictures)) { image(bytes(each), format: "svg", width: 480pt) }"""


@pytest.mark.parametrize(("form", "case", "language"), drawn.ALL)
def test_is_as_it_was_looked_at(form: str, case: str, language: str) -> None:
    assert drawn.picture(form, case, language) == drawn.path(form, case, language).read_text(encoding="utf-8")


def test_no_picture_is_left_over() -> None:
    assert {each.name for each in drawn.GOLDEN.glob("*.svg")} == {drawn.path(*each).name for each in drawn.ALL}


@pytest.mark.parametrize(("form", "case", "language"), drawn.ALL)
@pytest.mark.parametrize("dark", [False, True])
def test_needs_no_page_around_it(form: str, case: str, language: str, dark: bool) -> None:
    text = fixed_chart(drawn.chart(form, case, language), width=300, dark=dark)
    assert not re.search(r'%"|var\(|style=|class=|data-|vector-effect|nan\b|inf\b', text)
    root = ElementTree.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= KNOWN
    assert (root.get("width"), root.get("font-family")) == ("300", "Inter")
    assert all(colour == "none" or re.fullmatch("#[0-9A-F]{6}", colour) for colour in _colours(root))
    assert all(-7.01 <= x <= 293.01 for x in _places(root))


@pytest.mark.parametrize("language", drawn.LANGUAGES)
def test_typst_sets_every_picture_with_its_words(language: str) -> None:
    cases = [each for each in drawn.ALL if each[2] == language]
    pictures = json.dumps([fixed_chart(drawn.chart(*each), width=480) for each in cases])
    with resources.as_file(resources.files("earnest.reports") / "fonts") as fonts:
        made = typst.compile(
            SOURCE.encode(), font_paths=[str(fonts)], ignore_system_fonts=True, sys_inputs={"pictures": pictures}
        )
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    words = drawn.Speech(language)
    for english in ("This campaign", "Total cost", "break-even", "invoiced", "Customers", "Total"):
        assert words(english) in said


def test_dark_stands_on_its_own_ground() -> None:
    chart = drawn.chart("trend", "normal", "en")
    assert "#1D1D1A" in fixed_chart(chart, width=400, dark=True)
    assert "#0B6BB5" in fixed_chart(chart, width=400)
    assert "#0B6BB5" not in fixed_chart(chart, width=400, dark=True)


def test_percentages_become_pixels_between_the_edges() -> None:
    line = tag("line", x1="0%", x2="100%", y1=3, y2=3, class_="ch-grid")
    root = ElementTree.fromstring(fixed(tag("svg", line, class_="ch", height=6), width=200))
    (found,) = root
    assert (found.get("x1"), found.get("x2"), found.get("stroke")) == ("0", "186", "#E4E0D7")
    assert root.get("viewBox") == "-7 0 200 6"


def test_a_label_is_broken_where_there_is_little_room() -> None:
    chart = drawn.chart("interval_rows", "normal", "ru")
    whole = "Прирост прибыли к контрольной группе, измерен"
    assert whole in fixed_chart(chart, width=700)
    assert whole not in fixed_chart(chart, width=300)


def test_refuses_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="120 or more"):
        fixed_chart(drawn.chart("trend", "normal", "en"), width=40)
    with pytest.raises(ValueError, match="no drawing"):
        fixed(tag("p", "words"), width=300)


def test_hostile_texts_stay_texts() -> None:
    hostile = "</text><script>1</script>&\x00\ud800\u202e"
    chart = FunnelChart(hostile, (FunnelBar(hostile, 3, hostile),))
    root = ElementTree.fromstring(fixed_chart(chart, width=400))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= KNOWN
    assert "<script>1</script>&" in "".join(root.itertext())


def _colours(root: ElementTree.Element) -> list[str]:
    return [value for element in root.iter() for name in ("fill", "stroke") if (value := element.get(name))]


def _places(root: ElementTree.Element, shift: float = 0.0) -> list[float]:
    """Every x in the picture, groups resolved."""
    found = []
    for element in root:
        moved = re.match(r"translate\((-?[\d.]+)", element.get("transform", ""))
        here = shift + (float(moved[1]) if moved else 0.0)
        x, width = element.get("x"), float(element.get("width", "0"))
        found += [here + float(x), here + float(x) + width] if x is not None else []
        found += [here + float(element.attrib[name]) for name in ("x1", "x2", "cx") if name in element.attrib]
        found += [here + float(at) for at in re.findall(r"[ML](-?[\d.]+) ", element.get("d", "")) if not moved]
        found += _places(element, here)
    return found
