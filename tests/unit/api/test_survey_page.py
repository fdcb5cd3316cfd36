"""The survey page by itself: every language whole, every text escaped, forms sealed, answers checked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
from dataclasses import replace
from importlib import resources

import pytest

from earnest.api.survey_form import Seal, Sent, Token, answers_of, sent_form
from earnest.api.survey_page import Form, chosen_language, form_page, policy, said_page, thanks_page, words_of
from earnest.definitions.survey import LANGUAGES, Choice, Question, Survey
from earnest.definitions.survey_templates import template, templates

POLYGLOTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</style></title><script>alert(1)//",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
    "{{7*7}}${7*7}<%= 7*7 %>",
)
SAID = ("already", "closed", "unknown", "slow", "later")


def test_every_language_says_everything_the_page_says() -> None:
    known = set(words_of("en"))
    for language in LANGUAGES:
        words = words_of(language)
        assert set(words) == known
        assert all(text.strip() for text in words.values())
        holes = re.compile(r"%\(\w+\)s")
        assert all(holes.findall(words[name]) == holes.findall(words_of("en")[name]) for name in known)
        assert language == "en" or sum(words[name] == words_of("en")[name] for name in known) == 0
    files = resources.files("earnest.api.survey_page").joinpath("words")
    assert {one.name for one in files.iterdir()} == {f"{language}.json" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", templates())
def test_a_form_says_its_language_labels_its_fields_and_needs_nothing_from_elsewhere(name: str, language: str) -> None:
    page = form_page(template(name), language, Form("token")).decode()
    assert f'<html lang="{language}">' in page
    assert template(name).title[language] in page
    assert "<script" not in page
    assert "http" not in page
    assert "style=" not in page
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<fieldset") == page.count("<legend") == sum(q.kind != "text" for q in template(name).questions)
    assert all(f'for="{one}"' in page for one in re.findall(r'<textarea id="([^"]+)"', page))
    assert 'method="post"' in page


def test_the_policy_lets_the_style_of_the_page_in_and_nothing_else() -> None:
    page = form_page(template("csat"), "en", Form("token")).decode()
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy()
    assert policy().startswith("default-src 'none';")
    assert "unsafe" not in policy()


@pytest.mark.parametrize("text", POLYGLOTS)
def test_no_text_of_a_survey_or_an_answer_becomes_markup(text: str) -> None:
    texts = dict.fromkeys(LANGUAGES, text)
    asked = (
        Question("q", "choice", texts, choices=(Choice("c", texts),), other="c"),
        Question("s", "csat", texts, low=texts, high=texts),
        Question("t", "text", texts),
    )
    survey = Survey("s", texts, asked, LANGUAGES, texts, texts)
    filled = {"a.q": text, "a.q.words": text, "a.t": text}
    pages = [
        form_page(survey, "en", Form(text, filled, {"q": text, "t": text}, text)),
        thanks_page(survey, "en", {"q": "c", "q.words": text, "t": text}, change=True),
    ]
    for page in pages:
        clean = re.sub(r"<style>.*?</style>", "", page.decode(), count=1, flags=re.DOTALL)
        assert "<script" not in clean
        assert "<img" not in clean
        assert "<svg" not in clean
        assert "49" not in re.sub(r"7\*7", "", clean)
        assert clean.count("</textarea>") == clean.count("<textarea")


def test_pages_that_only_say_something() -> None:
    for language in LANGUAGES:
        for what in SAID:
            assert words_of(language)[what] in said_page(language, what).decode()


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, "", "en"),
        (None, "fr", "en"),
        (None, "de-AT,de;q=0.9,en;q=0.8", "de"),
        (None, "fr;q=1, pt;q=0.5, es;q=0.4", "pt-BR"),
        (None, "en;q=0, ru;q=0.1", "ru"),
        (None, "ru;q=x, es;q=0.2", "es"),
        ("pt-br", "de", "pt-BR"),
        ("xx", "de", "de"),
        (None, "," * 400, "en"),
    ],
)
def test_the_language_that_is_spoken(asked: str | None, accepted: str, chosen: str) -> None:
    assert chosen_language(asked, accepted, LANGUAGES) == chosen


def test_a_survey_speaks_what_it_has() -> None:
    assert chosen_language(None, "ru", ("de", "es")) == "de"


def test_a_token_is_of_one_code_instant_and_version() -> None:
    seal = Seal(bytes(32))
    token = Token(1_790_000_000_000_000, 1)
    text = seal.write("code", token)
    assert seal.read("code", text) == token
    assert seal.read("other", text) is None
    assert Seal(b"x" * 32).read("code", text) is None
    issued, version, said = text.split(".")
    for forged in (
        f"{int(issued) - 1}.{version}.{said}",
        f"{issued}.0.{said}",
        f"{issued}.{version}.",
        "",
        ".",
        "..",
        "a.b.c",
        "٣.٣.x",
        text + "é",
    ):
        assert seal.read("code", forged) is None


def send(**fields: str) -> Sent:
    sent = sent_form(urllib.parse.urlencode(fields).encode())
    assert sent is not None
    return sent


def test_answers_are_those_that_the_survey_asks_for() -> None:
    survey = template("csat")
    words = words_of("en")
    good = answers_of(
        survey, send(**{"a.satisfaction": "4", "a.reason": " ok\r\nyes ", "a.strange": "1", "x": "2"}), words
    )
    assert (dict(good.given), dict(good.faults)) == ({"satisfaction": "4", "reason": "ok\nyes"}, {})
    assert answers_of(survey, send(), words).faults == {"satisfaction": words["choose"]}
    assert answers_of(survey, send(**{"a.satisfaction": "6"}), words).faults == {"satisfaction": words["choose"]}
    long = answers_of(survey, send(**{"a.satisfaction": "1", "a.reason": "x" * 2001}), words)
    assert list(long.faults) == ["reason"]
    twice = sent_form(b"a.satisfaction=1&a.satisfaction=5")
    assert twice is not None
    assert list(answers_of(survey, twice, words).faults) == ["satisfaction"]


def test_words_beside_a_choice() -> None:
    survey, words = template("heard"), words_of("en")
    assert answers_of(survey, send(**{"a.heard.words": "a fair"}), words).given == {
        "heard": "other",
        "heard.words": "a fair",
    }
    assert answers_of(survey, send(**{"a.heard": "ad", "a.heard.words": "a fair"}), words).given == {"heard": "ad"}
    assert list(answers_of(survey, send(**{"a.heard": "other", "a.heard.words": "x" * 201}), words).faults) == ["heard"]


def test_a_form_without_any_answer_is_none() -> None:
    survey = template("csat")
    free = replace(survey, questions=tuple(replace(one, required=False) for one in survey.questions))
    assert answers_of(free, send(), words_of("en")).faults == {"satisfaction": words_of("en")["answer_one"]}


def test_the_trap_and_what_is_no_form() -> None:
    assert send(topic=" ").trapped is False
    assert send(topic="http://buy.example").trapped is True
    assert sent_form("ä".encode()) is None
    assert sent_form(b"&".join(b"a=1" for _ in range(200))) is None


def test_control_characters_are_left_out() -> None:
    sent = send(**{"a.satisfaction": "5", "a.reason": "a\u202eb\x00c\x1b[31m\ud7ffd"})
    given = answers_of(template("csat"), sent, words_of("en")).given
    assert given["reason"].startswith("abc[31m")
    json.dumps(given).encode()


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr; q=0.9, de; q=0.8", "de"), ("de ; q=0.2,es;Q=0.3", "es"), ("de;level=1;q=0, en;q=0.1", "en"), ("fr", "en")],
)
def test_blanks_in_the_languages_that_a_browser_wants_mean_nothing(header: str, language: str) -> None:
    assert chosen_language(None, header, LANGUAGES) == language
