"""Words: every sentence translated with its placeholders, figures in the language's own form."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from earnest.events.failure import FailureClass
from earnest.kernel.money import Money
from earnest.kpis.catalogue import all_kpis
from earnest.rating.markets import market_names
from earnest.rating.reason import ChargeReason
from earnest.reports import html
from earnest.reports.campaign import campaign_blocks
from earnest.reports.words import Words, languages, terms, translator
from earnest.reports.words.formats import Formats, plain
from unit.reports.pages import Page
from unit.reports.stories import ALL

ROOM = resources.files("earnest.reports")
LOCALE = ROOM.joinpath("words/locale")
KEYWORDS = {"say": None, "count": (1, 2), "label": ((1, "c"), 2)}
NAMES = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> Catalog:
    text = LOCALE.joinpath(language, "LC_MESSAGES", "earnest.po").read_bytes()
    return read_po(BytesIO(text), locale=language)


def template() -> Catalog:
    return read_po(BytesIO(LOCALE.joinpath("earnest.pot").read_bytes()))


def keys(messages: Catalog) -> set[tuple[str | None, object]]:
    return {(message.context, message.id) for message in messages if message.id}


def translated() -> Iterator[tuple[str, Message]]:
    for language in languages()[1:]:
        yield from ((language, message) for message in catalogue(language) if message.id)


def test_template_holds_exactly_the_sentences_of_the_code() -> None:
    found = {(context, ids) for _, _, ids, _, context in extract_from_dir(str(ROOM), keywords=KEYWORDS)}
    assert {(context, ids if isinstance(ids, str) else tuple(ids)) for context, ids in found} == keys(template())


def written() -> Iterator[tuple[str | None, str]]:
    """Context and first form of every message that stands in a call, read from the syntax tree."""
    for path in Path(str(ROOM)).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if name == "label" and len(texts) == 2:
                yield texts[0], texts[1]
            elif (name == "say" and texts) or (name == "count" and len(texts) == 2):
                yield None, texts[0]


def test_no_sentence_slips_past_the_extractor() -> None:
    """It loses the message of a call in whose arguments another keyword stands, such as `line.count`."""
    first = {(context, ids if isinstance(ids, str) else ids[0]) for context, ids in keys(template())}  # type: ignore[index]
    assert set(written()) == first


@pytest.mark.parametrize("language", languages()[1:])
def test_every_name_of_the_catalogue_is_translated(language: str) -> None:
    words = translator(language)
    for kpi in all_kpis().values():
        assert terms.kpi(kpi.id, kpi.name, words) != kpi.name, kpi.id
        assert not kpi.denominator or terms.denominator(kpi.denominator, words) != kpi.denominator, kpi.id


@pytest.mark.parametrize("language", languages()[1:])
def test_every_failure_reason_and_market_is_translated(language: str) -> None:
    words = translator(language)
    for kind in FailureClass:
        assert terms.failure(kind.value, words) != terms.failure(kind.value, translator()), kind
        assert terms.failure(kind.value, translator()) != kind.value
    for reason in ChargeReason:
        assert terms.charge(reason.code, words) != terms.charge(reason.code, translator()), reason
        assert terms.charge(reason.code, translator()) != reason.code
    for market in market_names():
        if market.startswith(("Rest of", "North ", "United ")):  # many countries are called the same in many languages
            assert terms.market(market, words) != market


@pytest.mark.parametrize("language", languages()[1:])
def test_catalogue_is_complete_and_not_stale(language: str) -> None:
    assert keys(catalogue(language)) == keys(template())
    assert not catalogue(language).obsolete


def test_every_message_is_translated_with_the_same_placeholders() -> None:
    for language, message in translated():
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        targets = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not message.fuzzy, (language, message.id)
        for target in targets:
            assert target, (language, message.id)
            assert set(NAMES.findall(target)) == set(NAMES.findall(sources[-1])), (language, target)
            assert target.replace("%%", "") % dict.fromkeys(NAMES.findall(target), "x")


def test_russian_plurals() -> None:
    said = [translator("ru").count("%(n)s row", "%(n)s rows", n) for n in (1, 2, 5, 11, 21, 1_004)]
    assert said == ["1 строка", "2 строки", "5 строк", "11 строк", "21 строка", "1\xa0004 строки"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("69,870", "94.2%", "0.94%", "95%", "€8,172", "−€2.21",
                "90–96%", "1–30 Sept 2026", "p < 0.001", "€2.5M")),
        ("ru", ("69 870", "94,2 %", "0,94 %", "95 %", "8 172 €", "−2,21 €",
                "90–96 %", "1–30 сент. 2026 г.", "p < 0,001", "2,5 млн €")),
    ],
)  # fmt: skip
def test_formats(language: str, expected: tuple[str, ...]) -> None:
    form = Formats.of(language)
    said = (
        form.count(69_870),
        form.share(0.942),
        form.share(0.0094),
        form.level(0.95),
        form.money(8_172.18, "EUR"),
        form.per_one(-2.214, "EUR"),
        form.share_range(0.9, 0.96),
        form.days("2026-09-01", "2026-09-30"),
        form.p_value(1e-9),
        form.tick(2_500_000, "EUR"),
    )
    assert tuple(re.sub("[\xa0\u202f]", " ", text) for text in said) == expected


def test_german_money_is_grouped() -> None:
    assert Formats.of("de").money(39_294, "EUR") == "39.294\xa0€"


def test_zero_has_no_sign_and_no_false_digits() -> None:
    form = Formats.of("en")
    assert form.money(-0.2, "EUR") == "€0"
    assert form.share(0) == "0%"
    assert form.exact(Money(0, "EUR")) == "€0"
    assert form.exact(Money(-1_250, "EUR")) == "−€12.50"
    assert form.money(1, "JPY") == "¥1"


def test_a_part_never_reads_as_nothing_or_as_all() -> None:
    form = Formats.of("en")
    assert [form.part(share) for share in (0, 1, 0.7, 0.62011, 0.004, 0.9996, 1e-9)] == [
        "0%", "100%", "70%", "62%", "0.4%", "99.96%", "0.000%",
    ]  # fmt: skip


def test_hidden_characters_become_visible() -> None:
    assert plain("a\u202eb\x00c\u2066") == "a‹U+202E›b‹U+0000›c‹U+2066›"
    assert plain("Ünïcödé Ж 👩\u200d🚀") == "Ünïcödé Ж 👩\u200d🚀"


class Pseudo:
    """A language in which every translated text stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"⟦{one if number == 1 else many}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.mark.parametrize("name", ALL)
def test_no_text_escapes_translation(name: str) -> None:
    words = Words("de", Pseudo(), Formats.of("en"))  # type: ignore[arg-type]
    story = ALL[name]()
    page = Page(html.page(campaign_blocks(story, words), words))
    given = {
        story.name,
        "WhatsApp",
        "Meta, September",
        "12 hours at €40",
        "not on WhatsApp 3,110 · quality limit 1,180",
        *("Germany", "Brazil", "India"),  # by CLDR
    }
    loose = [text for text in page.texts if "⟦" not in text and re.search("[^\\W\\d_]", text) and text not in given]
    dates = re.compile(r"[\d–]+ \w+ 2026(, \d\d:\d\d UTC)?|[€$]?[\d.,]+M")
    assert [text for text in loose if not dates.fullmatch(text)] == []
