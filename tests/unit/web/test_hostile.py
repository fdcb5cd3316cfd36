"""Two hundred hostile texts in every field that somebody else writes: a page is built alike, whatever they say."""

from __future__ import annotations

import csv
import io
from collections import Counter

from lxml import html

from earnest.reports import html as report_html
from earnest.reports.campaign import campaign_blocks
from earnest.reports.flat import csv_text
from earnest.reports.words import translator
from earnest.web.page import Cell, Column, Empty, Field, Form, Frame, Link, Listing, Option, Page
from earnest.web.render import page_html
from unit.reports.hostile import ALL_TEXTS
from unit.reports.made import hostile, report_of

WORDS = translator("en")
PLAIN = "a name"
Shape = Counter[tuple[str, tuple[str, ...]]]


def shape(markup: bytes | str) -> Shape:
    """Every element with the names of its attributes."""
    tree = html.document_fromstring(markup)
    return Counter((str(one.tag), tuple(sorted(one.attrib))) for one in tree.iter())


def page_of(text: str) -> bytes:
    """A page whose every part says the text."""
    option = Option("o", text)
    fields = tuple(
        Field("f", text, kind, "o" if kind in ("select", "checks") else text, (option,), text, text)
        for kind in ("text", "search", "select", "textarea", "checkbox", "checks", "hidden", "number")
    )
    listing = Listing(
        text, text, (Column(text, hint=text, sort="/x"), Column(text, "num")),
        ((Cell(text, link="/x", title=text), Cell(text, title=text, code=True)),), note=text, more=Link(text, "/x"),
    )  # fmt: skip
    blocks = (
        *campaign_blocks(hostile(text), WORDS),
        listing,
        Form(text, "/x", fields, text, "post", text, text),
        Empty(text, text),
    )
    page = Page(
        text, "campaigns", blocks, crumbs=(Link(text, "/x"),), actions=(Link(text, "/x"),), aside=text, as_of=text
    )
    return page_html(page, Frame("en", "", text, "", "/", who=text), WORDS)


def dangers(markup: bytes) -> list[str]:
    """What no text may make: handlers, scripts, addresses elsewhere."""
    found = []
    for one in html.document_fromstring(markup).iter():
        found += [f"{one.tag} {name}" for name in one.attrib if name.startswith("on") or name == "style"]
        found += [
            f"{one.tag} {name}={one.attrib[name]}"
            for name in ("href", "src", "action")
            if not str(one.attrib.get(name, "/")).startswith(("/", "#", "data:,"))
        ]
    return found


def test_there_are_two_hundred() -> None:
    assert len(set(ALL_TEXTS)) >= 200


def test_a_page_is_built_alike_whatever_its_texts_say() -> None:
    empty, usual = shape(page_of("")), shape(page_of(PLAIN))
    for text in ALL_TEXTS:
        made = page_of(text)
        assert shape(made) in ((usual,) if text.strip() else (usual, empty)), repr(text)
        assert dangers(made) == [], repr(text)
        assert not set("\x00\x07\x1b\u202e\u2066\ufeff") & set(made.decode()), repr(text)


def test_a_report_file_is_built_alike_whatever_its_texts_say() -> None:
    usual = shape(report_html.page(campaign_blocks(hostile(PLAIN), WORDS), WORDS))
    for text in ALL_TEXTS:
        made = report_html.page(campaign_blocks(hostile(text), WORDS), WORDS)
        if text.strip():
            assert shape(made) == usual, repr(text)


def test_no_cell_of_a_csv_begins_like_a_formula() -> None:
    for text in ALL_TEXTS:
        rows = csv.reader(io.StringIO(csv_text(report_of(hostile(text))).decode("utf-8-sig")))
        for row in rows:
            for cell in row:
                begins = cell[:1] in ("=", "+", "@", "\t", "\r", "＝", "＋", "＠") or (
                    cell[:1] == "-" and not _number(cell)
                )
                assert not begins, (text, cell)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
