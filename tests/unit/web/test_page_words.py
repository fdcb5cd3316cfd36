"""Words of pages: every sentence of code and templates translated with its placeholders, and short where room is short."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from earnest.web.page_words import page_languages, page_words

ROOM = Path(str(resources.files("earnest.web")))
LOCALE = ROOM / "locale"
REPORTS = Path(str(resources.files("earnest.reports"))) / "words" / "locale"
KEYWORDS = {"say": None, "count": (1, 2), "label": ((1, "c"), 2)}
NAMES = re.compile(r"%\((\w+)\)s")
IN_TEMPLATE = re.compile(r'\b(?:say\(|label\("(?P<context>[^"]*)",)\s*"(?P<text>[^"]*)"')
TRANSLATED = page_languages()[1:]
MOST = {"menu": 18, "order": 24, "reader": 24, "section": 24, "file": 24}
"""Characters that fit, by context: the menu's column, and options of a select on a phone."""


def catalogue(language: str) -> Catalog:
    return read_po(BytesIO((LOCALE / language / "LC_MESSAGES" / "pages.po").read_bytes()), locale=language)


def template() -> Catalog:
    return read_po(BytesIO((LOCALE / "pages.pot").read_bytes()))


def keys(messages: Catalog) -> set[tuple[str | None, object]]:
    return {(message.context, message.id) for message in messages if message.id}


def forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def translated() -> Iterator[tuple[str, Message]]:
    for language in TRANSLATED:
        yield from ((language, message) for message in catalogue(language) if message.id)


def test_template_holds_exactly_the_sentences_of_code_and_templates() -> None:
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = extract_from_dir(str(ROOM), methods, options, keywords=KEYWORDS)
    said = {(context, ids if isinstance(ids, str) else tuple(ids)) for _, _, ids, _, context in found}
    assert said == keys(template())


def written() -> Iterator[tuple[str | None, str]]:
    """Context and first form of every message that stands in a call, read without the extractor."""
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if name == "label" and len(texts) == 2:
                yield texts[0], texts[1]
            elif (name == "say" and texts) or (name == "count" and len(texts) == 2):
                yield None, texts[0]
    for path in ROOM.rglob("*.j2"):
        yield from ((found["context"], found["text"]) for found in IN_TEMPLATE.finditer(path.read_text("utf-8")))


def test_no_sentence_slips_past_the_extractor() -> None:
    """It loses the message of a call in whose arguments another keyword stands, such as `line.count`."""
    assert set(written()) == {(context, forms(ids)[0]) for context, ids in keys(template())}


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_is_complete_and_not_stale(language: str) -> None:
    assert keys(catalogue(language)) == keys(template())
    assert not catalogue(language).obsolete


def test_every_message_is_translated_with_the_same_placeholders() -> None:
    for language, message in translated():
        source = forms(message.id)[-1]
        assert not message.fuzzy, (language, message.id)
        for target in forms(message.string):
            assert target, (language, message.id)
            assert set(NAMES.findall(target)) == set(NAMES.findall(source)), (language, target)
            assert target.replace("%%", "") % dict.fromkeys(NAMES.findall(target), "x")


@pytest.mark.parametrize("language", TRANSLATED)
def test_pages_and_reports_say_the_same_in_the_same_words(language: str) -> None:
    """A page shows blocks of reports: one message in two translations would stand side by side."""
    path = REPORTS / language / "LC_MESSAGES" / "earnest.po"
    told = {(one.context, one.id): one.string for one in read_po(BytesIO(path.read_bytes()), locale=language)}
    mine = {(one.context, one.id): one.string for one in catalogue(language) if one.id}
    shared = told.keys() & mine.keys()
    assert shared
    assert {key: mine[key] for key in shared} == {key: told[key] for key in shared}


def test_short_words_fit_where_room_is_short() -> None:
    long = [
        (language, message.string)
        for language, message in translated()
        if len(str(message.string)) > MOST.get(str(message.context), 1000)
    ]
    assert long == []


def test_russian_plurals() -> None:
    words = page_words("ru")
    said = [words.count("%(n)s check failed", "%(n)s checks failed", n) for n in (1, 2, 5, 11, 21)]
    assert said == [
        "1 проверка не пройдена", "2 проверки не пройдены", "5 проверок не пройдено", "11 проверок не пройдено",
        "21 проверка не пройдена",
    ]  # fmt: skip


def test_pages_fall_back_on_the_words_of_reports() -> None:
    assert page_words("ru").label("denominator", "orders") == "заказы"
    assert page_words("ru").say("Situation") == "Ситуация"
