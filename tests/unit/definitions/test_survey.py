"""Surveys: templates are whole in every language, files are refused with their place, what is read is what was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from earnest.definitions.survey import LANGUAGES, Survey, read_survey
from earnest.definitions.survey_tags import Tagging, checked_tag, checked_word
from earnest.definitions.survey_templates import template, templates
from earnest.kernel.errors import UsageError

BOTH = {"en": "Well?", "de": "Nun?"}


def body() -> dict[str, Any]:
    return {
        "title": dict(BOTH),
        "questions": [
            {"id": "how", "kind": "csat", "texts": dict(BOTH), "answers_from_reply": {"good": "5", "bad": "1"}},
            {
                "id": "why", "kind": "choice", "texts": dict(BOTH), "required": False, "other": "else",
                "choices": [{"code": "price", "texts": dict(BOTH)}, {"code": "else", "texts": dict(BOTH)}],
            },
            {"id": "more", "kind": "text", "texts": dict(BOTH)},
        ],
    }  # fmt: skip


def texts_of(survey: Survey) -> list[Any]:
    found: list[Any] = [survey.title, survey.intro, survey.thanks]
    for question in survey.questions:
        found += [question.texts, *(choice.texts for choice in question.choices)]
        found += [end for end in (question.low, question.high) if end]
    return found


def test_five_templates_come_with_earnest() -> None:
    assert set(templates()) == {"csat", "nps", "heard", "decided", "product-feedback"}
    with pytest.raises(UsageError, match="did you mean 'csat'"):
        template("csatt")


@pytest.mark.parametrize("name", templates())
def test_a_template_speaks_every_language_and_each_its_own(name: str) -> None:
    survey = template(name)
    assert survey.languages == LANGUAGES
    for texts in texts_of(survey):
        assert set(texts) == set(LANGUAGES)
        assert all(text.strip() for text in texts.values())
        assert texts["ru"] != texts["en"] != texts["de"]
        assert any("а" <= letter <= "я" for letter in texts["ru"].lower())


@pytest.mark.parametrize("name", templates())
def test_the_journal_gives_back_what_it_got(name: str) -> None:
    survey = template(name)
    assert Survey.from_json(json.loads(json.dumps(survey.to_json()))) == survey


def test_scales_hold_their_numbers_and_nothing_else() -> None:
    how, why, more = read_survey(body(), "s").questions
    assert [answer for answer in ("0", "1", "5", "6", "05", "٣", "1.0", "", " 1") if how.allows(answer)] == ["1", "5"]
    assert [answer for answer in ("price", "else", "Price", "") if why.allows(answer)] == ["price", "else"]
    assert more.allows("x" * 2000)
    assert not more.allows("x" * 2001)
    nps = template("nps").questions[0]
    assert (nps.options[0], nps.options[-1], len(nps.options)) == ("0", "10", 11)


Spoil = Callable[[dict[str, Any]], Any]
SPOILT: list[tuple[str, Spoil, str]] = [
    ("no-title", lambda s: s.pop("title"), "the survey has no title"),
    ("strange", lambda s: s.update(titel="x"), "has 'titel'"),
    ("no-questions", lambda s: s.update(questions=[]), "questions is no list"),
    ("language", lambda s: s["title"].update(fr="Bien ?"), "languages is no list"),
    ("untranslated", lambda s: s["questions"][0]["texts"].pop("de"), r"questions\[0\].texts has not one text"),
    ("empty", lambda s: s["questions"][0]["texts"].update(de=" "), r"questions\[0\].texts.de is no text"),
    ("kind", lambda s: s["questions"][0].update(kind="stars"), r"questions\[0\].kind is none of"),
    ("id", lambda s: s["questions"][0].update(id="How?"), r"questions\[0\].id is not made of"),
    ("twice", lambda s: s["questions"][1].update(id="how"), "has the question 'how' twice"),
    ("choices", lambda s: s["questions"][1].pop("choices"), r"questions\[1\].choices are given for"),
    ("other", lambda s: s["questions"][1].update(other="none"), r"questions\[1\].other is no code"),
    ("reply", lambda s: s["questions"][0]["answers_from_reply"].update(x="6"), "gives '6'"),
    ("not-an-object", lambda s: s["questions"].append(7), r"questions\[3\] is no object"),
]


@pytest.mark.parametrize(("spoil", "said"), [one[1:] for one in SPOILT], ids=[one[0] for one in SPOILT])
def test_a_survey_that_is_none_is_refused_with_its_place(spoil: Spoil, said: str) -> None:
    spoilt = body()
    spoil(spoilt)
    with pytest.raises(UsageError, match=said) as refused:
        read_survey(spoilt, "s")
    assert refused.value.code == "bad-survey"


@pytest.mark.parametrize(
    "strange", [None, 7, "x", [], {}, {"title": 1, "questions": 2}, {"title": {}, "questions": [{}]}]
)
def test_anything_at_all_is_refused_in_words(strange: Any) -> None:
    with pytest.raises(UsageError):
        read_survey(strange, "s")


def test_a_rule_finds_whole_words_in_any_case_and_script() -> None:
    tagging = Tagging().and_({"word": "late", "tag": "late"}).and_({"word": "достав*", "tag": "shipping"})
    assert tagging.tags_of(1, "It came LATE.") == ("late",)
    assert tagging.tags_of(1, "plates, latest") == ()
    assert tagging.tags_of(1, "Доставка опоздала") == ("shipping",)


def test_what_is_done_by_hand_overrules_rules_until_it_is_undone() -> None:
    tagging = Tagging().and_({"word": "late", "tag": "late"}).and_({"answer": 1, "tag": "late", "has": False})
    assert tagging.tags_of(1, "late") == ()
    assert tagging.tags_of(2, "late") == ("late",)
    assert tagging.and_({"answer": 1, "tag": "late", "has": True}).tags_of(1, "late") == ("late",)
    assert tagging.and_({"word": "late", "tag": None}).tags_of(2, "late") == ()


@pytest.mark.parametrize("word", ["", "*", "a*b", "x" * 61])
def test_no_word_to_look_for(word: str) -> None:
    with pytest.raises(UsageError):
        checked_word(word)


def test_tags_are_kept_in_lower_case() -> None:
    assert checked_tag(" Late Delivery ") == "late delivery"
    with pytest.raises(UsageError):
        checked_tag("<b>")
