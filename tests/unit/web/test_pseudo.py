"""A made-up language in which every message is ⟦bracketed⟧: what is not, somebody forgot to say through the catalogue."""

from __future__ import annotations

import gettext
import re

import pytest
from lxml import html

from earnest.access.roles import SCOPES
from earnest.audit.check import checks
from earnest.reports.words import Words
from earnest.reports.words.formats import Formats
from earnest.usecases.workspace import Workspace
from earnest.web.desk import Desk
from earnest.web.menu import menu, pages
from earnest.web.page import Frame, Option
from earnest.web.render import page_html
from unit.web.shop import desk, shop

SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-new", "data-stale")
LETTERS = re.compile(r"[^\W\d_]{2,}")
ADDRESSES = tuple(at for at in pages() if "{" not in at.path and at.path not in ("/campaigns/compare", "/reports/new"))


class Pseudo(gettext.NullTranslations):
    """Every message in brackets, its figures untouched."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


OWN = """Spring Flash Vip spring flash vip SMS shop anna EUR USD Berlin Europe CSV JSON PDF Excel PowerPoint HTML Earnest UTC
    Jan Feb Mar Apr May Jun Jul Aug Sep Sept Oct Nov Dec January February March April June July August September October November December"""
"""What is nobody's to translate: names of this shop, of files and of months, which have their own formats."""
ENGLISH = " ".join(f"{one.code} {one.question}" for one in checks()) + " ".join(SCOPES)
"""Codes and questions of checks, and scopes, are English on every page."""
WORDS = Words("qps", Pseudo(), Formats.of("en"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop(tmp_path_factory.mktemp("pseudo"))


def bare(text: str, names: frozenset[str]) -> bool:
    """Whether there are words outside brackets that are neither somebody's own nor figures."""
    depth, outside = 0, []
    for one in text:
        depth += (one == "⟦") - (one == "⟧")
        outside.append(one if depth == 0 and one != "⟧" else " ")
    words = set(LETTERS.findall("".join(outside)))
    return bool(words - names)


def unsaid(markup: bytes, names: frozenset[str]) -> list[str]:
    """Texts and spoken attributes that no message says."""
    tree = html.document_fromstring(markup)
    for one in tree.xpath(
        "//*[@translate='no'] | //bdi | //code | //script | //style | //*[@lang][not(self::html)] | //time | //head"
    ):
        if one.getparent() is not None:
            one.drop_tree()
    found = [text for text in tree.itertext() if bare(text, names)]
    found += [
        f"@{name}: {one.get(name)}"
        for one in tree.iter()
        for name in SPOKEN
        if one.get(name) and bare(str(one.get(name)), names)
    ]
    return [text.strip() for text in found]


def rendered(made: Desk, at: str) -> bytes:
    page = next(one for one in pages() if one.path == at).build(made)
    frame = Frame(
        "en", "", "shop", "", "/", menu=menu(WORDS, made.asked), who="anna", languages=(Option("en", "English"),)
    )
    return page_html(page, frame, WORDS)


@pytest.mark.parametrize("at", [one.path for one in ADDRESSES])
def test_every_word_of_a_page_is_said_through_the_catalogue(at: str, workspace: Workspace) -> None:
    names = frozenset(LETTERS.findall(OWN + ENGLISH))
    with desk(workspace, at) as made:
        said = Desk(made.workspace, made.tables, WORDS, made.asked, made.name, made.who, made.scopes, made.given)
        assert unsaid(rendered(said, at), names) == []
