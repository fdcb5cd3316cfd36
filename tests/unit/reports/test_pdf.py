"""The PDF: accessible by the compiler's own check, equal bytes for equal reports, every text of the blocks in it, nothing run."""

import hashlib
import io
import itertools
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from earnest.charts.bridge import BridgeChart, BridgeRow
from earnest.charts.bullet import Bullet
from earnest.charts.cohort import CohortCell, CohortChart, CohortRow
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.charts.lines import Line, LinePoint, LinesChart
from earnest.charts.trend import TrendChart, TrendPoint
from earnest.kernel.errors import EnvironmentProblem
from earnest.reports.audience import AUDIENCES
from earnest.reports.blocks import (
    Actions,
    Assumptions,
    Block,
    Callout,
    Chart,
    KpiRow,
    Method,
    NextStep,
    Said,
    Situation,
    Table,
    Title,
    Verdict,
)
from earnest.reports.campaign import campaign_blocks
from earnest.reports.pdf import pdf
from earnest.reports.pdf.data import document
from earnest.reports.pdf.glyphs import code_points, printable
from earnest.reports.pdf.printer import compiled
from earnest.reports.words import languages, translator
from unit.reports.made import PRINTED
from unit.reports.stories import ALL, gain

MADE = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
NOT_PRINTED = {"tone", "state", "state_tone", "lang", "summary", "form"}
FONTS = resources.files("earnest.reports").joinpath("fonts")
HOSTILE = (
    '#eval("1+1")', "#import", "$ x^2 $", "*bold*", "_thin_", "= Heading", "@label", "<label>", "// gone", "/* gone */",
    "`raw`", "[body]", "{code}", "\\u{1F4A5}", "#{panic()}", "<script>alert(1)</script>", '"><svg onload=x>', "{{ 7*7 }}",
    "=1+1", "- item", "+ item", "~", "--", "...", "win\u202eback", "\u2066left\u2069", "nul\u0000", "bell\u0007", "half\ud800",
    "fire\U0001f525", "\u4e2d\u6587", "\u05e9\u05dc\u05d5\u05dd", "e\u0301cole", "a\tb\nc", "http://example.test/a",
)  # fmt: skip


def blocks_of(name: str, language: str) -> tuple[Block, ...]:
    return campaign_blocks(ALL[name](), translator(language))


@pytest.fixture(params=PRINTED, ids="-".join)
def told(request: pytest.FixtureRequest) -> tuple[tuple[Block, ...], str]:
    name, language = request.param
    return blocks_of(name, language), language


def test_every_story_is_set_accessibly_and_says_everything(told: tuple[tuple[Block, ...], str]) -> None:
    blocks, language = told
    made = pdf(blocks, translator(language), created=MADE)
    reader = PdfReader(io.BytesIO(made))
    said = squeezed(text_of(reader))
    missing = [text for text in texts(blocks) if squeezed(printable(text)) not in said]
    assert missing == []
    assert "‹U+" not in said
    assert pdf(blocks, translator(language), created=MADE) == made


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_audience_in_every_language_is_set_accessibly_and_the_same_twice(audience: str, language: str) -> None:
    """PDF/UA-1 is on for every file: a heading left out, a drawing without words or a missing glyph would stop it."""
    words = translator(language)
    blocks = campaign_blocks(ALL["gain"](), words, audience)
    made = pdf(blocks, words, created=MADE)
    assert made == pdf(blocks, words, created=MADE)
    reader = PdfReader(io.BytesIO(made))
    assert b"pdfuaid:part" in reader.root_object["/Metadata"].get_data()


def test_the_file_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(pdf(blocks_of("gain", "ru"), translator("ru"), created=MADE)))
    assert reader.metadata is not None
    assert reader.metadata.title == "September win-back · Отчёт о кампании"
    assert reader.metadata.author == "Earnest"
    assert reader.metadata.creation_date == MADE
    assert reader.root_object["/Lang"] == "ru"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b'pdfuaid:part="1"' in reader.root_object["/Metadata"].get_data() or b"<pdfuaid:part>1<" in reader.root_object["/Metadata"].get_data()  # fmt: skip


def test_pages_are_a4_numbered_and_dated() -> None:
    reader = PdfReader(io.BytesIO(pdf(blocks_of("told", "en"), translator("en"), created=MADE)))
    assert len(reader.pages) > 2
    for number, page in enumerate(reader.pages, 1):
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
        said = " ".join(page.extract_text().split())
        assert f"{number} / {len(reader.pages)}" in said
        assert "As of 31 Oct 2026, 06:00 UTC" in said


def test_headings_are_in_order_drawings_have_words_and_tables_heads() -> None:
    blocks = blocks_of("told", "en")
    tags = list(tags_of(PdfReader(io.BytesIO(pdf(blocks, translator("en"), created=MADE)))))
    levels = [int(name[2:]) for name, _ in tags if re.fullmatch(r"/H\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    alts = [str(tag.get("/Alt", "")) for name, tag in tags if name == "/Figure"]
    for title in drawn(blocks):
        assert title in alts
    assert all(alts)
    names = [name for name, _ in tags]
    assert names.count("/Table") == names.count("/THead") >= 6


def test_bytes_do_not_depend_on_the_process() -> None:
    """Hash seeds, caches and the time of day differ there."""
    code = (
        "import hashlib; from datetime import UTC, datetime; from unit.reports.stories import told;"
        "from earnest.reports.campaign import campaign_blocks; from earnest.reports.pdf import pdf;"
        "from earnest.reports.words import translator; words = translator('ru');"
        "made = pdf(campaign_blocks(told(), words), words, created=datetime(2026, 11, 1, 9, 30, tzinfo=UTC));"
        "print(hashlib.sha256(made).hexdigest())"
    )
    here = hashlib.sha256(pdf(blocks_of("told", "ru"), translator("ru"), created=MADE)).hexdigest()
    path = [entry for entry in sys.path if entry]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == here


def test_the_zone_of_a_moment_does_not_matter_but_it_must_have_one() -> None:
    blocks, words = blocks_of("gain", "en"), translator("en")
    east = MADE.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert pdf(blocks, words, created=east) == pdf(blocks, words, created=MADE)
    assert pdf(blocks, words, created=MADE + timedelta(days=1)) != pdf(blocks, words, created=MADE)
    with pytest.raises(ValueError, match="zone"):
        pdf(blocks, words, created=MADE.replace(tzinfo=None))


def test_a_missing_glyph_is_an_error() -> None:
    data = document(blocks_of("gain", "en"), translator("en"))
    data["blocks"][0]["name"] = "Sale \U0001f525"
    with pytest.raises(EnvironmentProblem, match="could not be displayed") as refused:
        compiled(data, created=MADE)
    assert refused.value.code == "pdf-refused"


def test_a_drawing_without_words_is_an_error() -> None:
    data = document(blocks_of("gain", "en"), translator("en"))
    charts = [block for block in data["blocks"] if block["form"] == "Verdict"]
    charts[0]["chart"]["drawing"]["title"] = None
    with pytest.raises(EnvironmentProblem, match="alt"):
        compiled(data, created=MADE)


def test_blocks_without_a_title_keep_their_headings_in_order() -> None:
    alone = tuple(block for block in blocks_of("gain", "en") if not isinstance(block, Title))
    tags = tags_of(PdfReader(io.BytesIO(pdf(alone, translator("en"), created=MADE))))
    assert next(name for name, _ in tags if re.fullmatch(r"/H\d", name)) == "/H1"


def test_hostile_texts_stay_texts_in_every_field_of_every_block() -> None:
    hostile = "#eval(1) $x$ *b* <script>a</script> \u202eb\u0000\ud800\U0001f525"
    blocks = tuple(poisoned(block, hostile) for block in every_kind("en"))
    fields_ = sum(len(list(texts(block))) for block in blocks)
    said = squeezed(text_of(PdfReader(io.BytesIO(pdf(blocks, translator("en"), created=MADE)))))
    assert (
        said.count(squeezed("#eval(1) $x$ *b* <script>a</script> ‹U+202E›b‹U+0000›‹U+D800›‹U+1F525›")) >= fields_ > 300
    )
    assert not set("\u202e\u0000") & set(said)


def test_two_hundred_texts_in_one_table() -> None:
    """Every hostile text alone and beside another; a long table runs over pages and repeats its head."""
    rows = tuple((f"{text}{HOSTILE[turn]}", str(turn)) for turn in range(6) for text in HOSTILE)
    table = Table("Texts", "as they came", ("Text", "Turn"), rows)
    reader = PdfReader(io.BytesIO(pdf((table,), translator("en"), created=MADE)))
    said = squeezed(text_of(reader))
    assert len(rows) >= 200
    for shown in ("‹U+202E›", "‹U+2066›", "‹U+0000›", "‹U+D800›", "‹U+1F525›", "‹U+4E2D›‹U+6587›", "‹U+05E9›"):
        assert squeezed(shown) in said
    assert len(reader.pages) > 3
    assert [text for text, _ in rows if squeezed(printable(text)) not in said] == []
    assert all("Turn" in page.extract_text() for page in reader.pages)


def test_a_long_word_does_not_leave_its_page() -> None:
    name = "winback_" * 30 + "x" * 120
    table = Table(name, name, ("Campaign", "Sent"), ((name, "1"),))
    title = replace(next(block for block in blocks_of("gain", "en") if isinstance(block, Title)), name=name)
    reader = PdfReader(io.BytesIO(pdf((title, table), translator("en"), created=MADE)))
    assert (
        max(len(line) for line in text_of(reader).splitlines()) <= 130
    )  # what a line of the smallest letters can hold
    assert len(PdfReader(io.BytesIO(pdf((title, table), translator("en"), created=MADE))).pages) == 1


def test_a_language_with_a_region_and_drawings_with_nothing_in_them() -> None:
    words = replace(translator("en"), language="pt_BR")
    empty = (
        Chart("Bridge", "", BridgeChart("Bridge", ("Line", "Bar", "Amount"), (), "No line.")),
        Chart("Cost", "", CostChart("Cost", ("Item", "Basis", "Amount"), (), ("Total", "€0"), "No cost.")),
        Chart("Funnel", "", FunnelChart("Funnel", (), None, "No step.")),
        Chart("Intervals", "", IntervalChart("Intervals", (), 1.0, "break-even", str, empty="No row.")),
    )
    reader = PdfReader(io.BytesIO(pdf(empty, words, created=MADE)))
    assert reader.root_object["/Lang"] == "pt-BR"
    said = text_of(reader)
    for text in ("No line.", "No cost.", "No step.", "No row."):
        assert text in said


def test_every_drawing_of_the_kit_can_stand_in_a_report() -> None:
    months = ("0", "1")
    cells = (CohortCell(12.5, "€12.50"), CohortCell(18.25, "€18.25", forecast=True))
    drawings = (
        TrendChart(
            "Extra profit by day: €30 on 3 Sept",
            tuple(
                TrendPoint(f"{day} Sept", f"{day} Sept: €{day}0", day * 10.0, (day * 8.0, day * 13.0))
                for day in (1, 2, 3)
            ),
            "This campaign",
            lambda value: f"₦{value:.0f}",
        ),
        CohortChart("Worth of a customer", ("Cohort", "Customers"), months, (CohortRow("August", "1,204", cells),)),
        LinesChart("Worth by group", (Line("New", "€18.25", (LinePoint(12.5), LinePoint(18.25))),), ("0", "12")),
    )
    blocks = tuple(Chart(f"Finding {n}", "€ a customer", drawing) for n, drawing in enumerate(drawings))
    reader = PdfReader(io.BytesIO(pdf(blocks, translator("en"), created=MADE)))
    said = text_of(reader)
    for text in ("This campaign", "₦0", "3 Sept", "€12.50", "€18.25", "1,204", "August", "New"):
        assert text in said
    assert {str(tag.get("/Alt")) for name, tag in tags_of(reader) if name == "/Figure"} >= {
        one.title for one in drawings
    }


def test_a_bridge_that_does_not_add_up_is_refused() -> None:
    rows = (
        BridgeRow("Revenue", "€10", Decimal(10), True, "observed"),
        BridgeRow("Cost", "−€3", Decimal(-3), False, "cost"),
        BridgeRow("Left", "€8", Decimal(8), True, "pos"),
    )
    chart = Chart("Bridge", "", BridgeChart("Bridge", ("Line", "Bar", "Amount"), rows))
    with pytest.raises(ValueError, match="add up"):
        pdf((chart,), translator("en"), created=MADE)


def test_fonts_are_the_ones_the_readme_names_cut_by_its_list() -> None:
    readme = FONTS.joinpath("README.md").read_text("utf-8")
    files = [font for font in FONTS.iterdir() if font.name.endswith((".ttf", ".woff2"))]
    assert len([font for font in files if font.name.endswith(".ttf")]) == 5
    for font in files:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{font.name}`"))
        assert row.endswith(f"`{hashlib.sha256(font.read_bytes()).hexdigest()}` |")
    assert sum(len(font.read_bytes()) for font in files) <= 600_000


def test_code_points_are_those_every_weight_can_draw() -> None:
    for weight in (400, 500, 600, 700):
        font = TTFont(io.BytesIO(FONTS.joinpath(f"inter-{weight}.ttf").read_bytes()))
        assert set(font.getBestCmap()) == code_points()
        assert font["OS/2"].usWeightClass == weight
    display = TTFont(io.BytesIO(FONTS.joinpath("earnest-display-600.ttf").read_bytes()))
    assert {ord(letter) for letter in "АЯаяёЁAZaz09€₽–—«»„“×−%"} <= set(display.getBestCmap())


def test_texts_are_composed_and_shown_never_dropped() -> None:
    assert printable("e\u0301cole \ufb01n \u2007x") == "école fin  x"
    assert printable("👩\u200d🚀") == "‹U+1F469›‹U+1F680›"
    assert printable("\u2066x") == "‹U+2066›x"
    assert printable("winback_september_2026") == "winback_\u200bseptember_2026"
    assert printable("1,234,567.89–2,345,678.90") == "1,234,567.89–2,345,678.90"


def squeezed(text: str) -> str:
    """Without what a line break may change: white space, hyphens; and without case, as headings begin with a capital."""
    kept = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u200b\u00ad\u2010\u2011-]", "", kept).casefold()


def text_of(reader: PdfReader) -> str:
    """Texts as they were set; what stands on every page apart from the blocks is in it too."""
    return "\n".join(page.extract_text() for page in reader.pages)


def tags_of(reader: PdfReader) -> Iterator[tuple[str, DictionaryObject]]:
    """Tags of the structure tree, in reading order."""

    def walk(node: Any) -> Iterator[tuple[str, DictionaryObject]]:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                yield from walk(one)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                yield str(node["/S"]), node
            if "/K" in node:
                yield from walk(node["/K"])

    yield from walk(reader.root_object["/StructTreeRoot"]["/K"])


def texts(value: Any, name: str = "") -> Iterator[str]:
    """Every text a block says. What a drawing is called is its alternative text, and stands in the tags."""
    if isinstance(value, str):
        if name not in NOT_PRINTED and value:
            yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one, name)
    elif isinstance(value, CostChart) and not value.parts:
        yield value.empty
    elif is_dataclass(value):
        drawing = isinstance(value, IntervalChart | BridgeChart | CostChart | FunnelChart | Bullet)
        skipped = {"title", "empty", "break_even_word"} if drawing else set()
        if isinstance(value, FunnelChart):
            skipped.add("data")
        for field in fields(value):
            if field.name not in skipped:
                yield from texts(getattr(value, field.name), field.name)


def drawn(value: Any) -> Iterator[str]:
    """Titles of drawings that are pictures: what is read aloud in their place."""
    if isinstance(value, IntervalChart | CostChart | Bullet):
        yield value.title
    elif isinstance(value, tuple):
        for one in value:
            yield from drawn(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from drawn(getattr(value, field.name))


def every_kind(language: str) -> tuple[Block, ...]:
    """Blocks of all kinds there are."""
    found = (*blocks_of("told", language), *blocks_of("withheld", language))
    kinds = {type(block) for block in found}
    assert kinds == {Title, Situation, Actions, Verdict, KpiRow, Chart, Table, NextStep, Callout, Assumptions, Method}
    return found


def poisoned(value: Any, text: str, name: str = "") -> Any:
    """The same with another text in every field that says something."""
    if isinstance(value, str):
        return value if name in NOT_PRINTED else text
    if isinstance(value, tuple):
        return tuple(poisoned(one, text, name) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: poisoned(getattr(value, field.name), text, field.name) for field in fields(value)}
        return replace(value, **changed)
    return value


def test_remedies_of_a_story_are_said_in_their_own_language() -> None:
    """A check's own sentence stays English in a Russian report, and is tagged so."""
    callout = Callout("warn", "Внимание", Said("send less often", "en"), Said("wait", "en"))
    tags = tags_of(PdfReader(io.BytesIO(pdf((callout,), translator("ru"), created=MADE))))
    assert "en" in {str(tag.get("/Lang", "")) for _, tag in tags}


def test_the_name_of_a_story_reaches_the_first_heading() -> None:
    blocks = campaign_blocks(replace(gain(), name="#emph[Sale] 100 % $5$"), translator("en"))
    reader = PdfReader(io.BytesIO(pdf(blocks, translator("en"), created=MADE)))
    assert "#emph[Sale] 100 % $5$" in text_of(reader)
    assert reader.outline[0].title == "#emph[Sale] 100 % $5$"  # type: ignore[union-attr]
