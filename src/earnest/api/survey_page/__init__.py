"""The survey page: HTML of a form, of thanks, and of why there is none. No script, nothing from elsewhere, every text escaped.

Survey, what was filled in ── page.html.j2 ──> HTML      words/<language>.json: what the page itself says
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from earnest.definitions.survey import LANGUAGES, MOST_WORDS, WORDS_SUFFIX, Question, Survey

TRAP = "topic"
"""Name of the field that nobody sees and only machines fill in."""
MOST_BESIDE = 200
"""Characters of the words beside a choice."""
ANSWER = "a."
"""Prefix of the names of form fields."""

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows.

    Args:
        alert: why the form comes back. errors: (id, question, what is wrong). answered: (question, answer).
        change: whether the answers can still be changed. changing: whether this form changes them.
    """

    language: str
    title: str
    lead: Sequence[str] = ()
    alert: str | None = None
    errors: Sequence[tuple[str, str, str]] = ()
    answered: Sequence[tuple[str, str]] | None = None
    change: bool = False
    changing: bool = False
    fields: Sequence[Field] = ()
    token: str = ""
    languages: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form, with what was filled in."""

    id: str
    name: str
    kind: str
    text: str
    required: bool
    options: Sequence[tuple[str, str, str]] = ()
    ends: bool = False
    value: str = ""
    words_name: str = ""
    words: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is filled in: field name → text; question → what is wrong with it."""

    token: str
    filled: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    alert: str | None = None
    changing: bool = False


def form_page(survey: Survey, language: str, form: Form) -> bytes:
    """The questions of a survey."""
    words = words_of(language)
    fields = [_field(place, one, language, form) for place, one in enumerate(survey.questions)]
    faulty = [(one.id, one.text, one.error) for one in fields if one.error]
    lead = [words["replaces"]] if form.changing else [survey.intro[language]]
    return render(
        Page(
            language,
            survey.title[language],
            [text for text in lead if text],
            alert=form.alert,
            errors=faulty,
            changing=form.changing,
            fields=fields,
            token=form.token,
            languages=[(code, words_of(code)["own_name"]) for code in survey.languages],
        )
    )


def thanks_page(survey: Survey, language: str, answers: Mapping[str, str], *, change: bool) -> bytes:
    """Thanks, with what was answered."""
    words = words_of(language)
    answered = [(one.texts[language], _said(one, answers, language)) for one in survey.questions]
    lead = [text for text in (survey.thanks[language],) if text]
    return render(Page(language, words["thanks"], lead, answered=answered, change=change))


def said_page(language: str, what: str, *, change: bool = False) -> bytes:
    """A page that only says something: `already`, `closed`, `unknown`, `slow`, `later`."""
    words = words_of(language)
    return render(Page(language, words[what], [words[f"{what}_text"]], change=change))


def render(page: Page) -> bytes:
    """A page as HTML."""
    template = _environment().get_template("page.html.j2")
    words = words_of(page.language)
    known = {"style": Markup(_style()), "trap": TRAP, "most": MOST_WORDS, "most_words": MOST_BESIDE}  # noqa: S704 -- package data
    return template.render(page=page, words=words, **known).encode()


@functools.cache
def policy() -> str:
    """The content security policy of every page."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@functools.cache
def words_of(language: str) -> Words:
    """What the page itself says in a language."""
    assert language in LANGUAGES
    text = resources.files(__name__).joinpath("words", f"{language}.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def chosen_language(asked: str | None, accepted: str, offered: Sequence[str]) -> str:
    """The language to speak: the one asked for, else the best of the Accept-Language header, else the first offered.

    >>> chosen_language(None, "fr, pt;q=0.8, de ; q=0.9", ("en", "de", "pt-BR"))
    'de'
    """
    by_name = {one.lower(): one for one in offered} | {one.lower().partition("-")[0]: one for one in reversed(offered)}
    if asked and asked.lower() in by_name:
        return by_name[asked.lower()]
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, *more = (one.strip().lower() for one in part.split(";"))
        wanted.append((-_weight(more), place, tag))
    for weight_, _place, tag in sorted(wanted):
        found = by_name.get(tag) or by_name.get(tag.partition("-")[0])
        if found and weight_ < 0:
            return found
    return offered[0]


def _weight(parameters: Sequence[str]) -> float:
    said = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return min(max(float(said), 0.0), 1.0)
    except ValueError:
        return 0.0


def _field(place: int, question: Question, language: str, form: Form) -> Field:
    name = f"{ANSWER}{question.id}"
    low = question.low[language] if question.low else ""
    high = question.high[language] if question.high else ""
    return Field(
        f"q{place + 1}",
        name,
        question.kind,
        question.texts[language],
        question.required,
        _options(question, language, low, high),
        bool(low and high),
        form.filled.get(name, ""),
        f"{name}{WORDS_SUFFIX}" if question.other else "",
        form.filled.get(f"{name}{WORDS_SUFFIX}", ""),
        form.faults.get(question.id, ""),
    )


def _options(question: Question, language: str, low: str, high: str) -> list[tuple[str, str, str]]:
    """(value, text, what is read aloud where it is more) of each answer."""
    if question.kind == "choice":
        return [(one.code, one.texts[language], "") for one in question.choices]
    values = question.options
    spoken = dict.fromkeys(values, "")
    if low and high and values:
        spoken |= {values[0]: f"{values[0]}: {low}", values[-1]: f"{values[-1]}: {high}"}
    return [(value, value, spoken[value]) for value in values]


def _said(question: Question, answers: Mapping[str, str], language: str) -> str:
    answer = answers.get(question.id, "")
    said = next((one.texts[language] for one in question.choices if one.code == answer), answer)
    beside = answers.get(f"{question.id}{WORDS_SUFFIX}")
    return f"{said}: {beside}" if beside else said


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("earnest.api.survey_page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _style() -> str:
    return resources.files(__name__).joinpath("page.css").read_text("utf-8")
