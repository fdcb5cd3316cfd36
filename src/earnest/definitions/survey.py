"""A survey: its questions in each of its languages, and which chat replies answer them.

    Survey ── Question ── Choice        texts are {language: words}; every text is there in every language of the survey

A survey that is declared again is its next version; answers keep the ids of questions and choices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.round_recipients import Recipients
from earnest.kernel.errors import UsageError

KINDS = ("csat", "nps", "choice", "text")
"""csat: 1 to 5. nps: 0 to 10. choice: one of several. text: words."""
SCALES = {"csat": (1, 5), "nps": (0, 10)}
LANGUAGES = ("en", "ru", "de", "es", "pt-BR")
"""Languages that the page itself speaks; a survey has one or more of them."""
MOST_QUESTIONS, MOST_CHOICES, MOST_TEXT = 20, 30, 500
MOST_WORDS = 2_000
"""Characters of an answer in words."""
WORDS_SUFFIX = ".words"
"""What somebody writes beside a choice is the answer to QUESTION.words."""

Texts = Mapping[str, str]
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to choose from.

    Args:
        code: what is kept. texts: what is shown.
        channels: the channels whose messages this answer names (`heard` questions); empty: none.
    """

    code: str
    texts: Texts
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        kind: see `KINDS`. low, high: words at the ends of a scale, or empty.
        other: code of the choice beside which words can be written; None for none.
        answers_from_reply: payload (or title) of a button in chat → the answer it gives.
    """

    id: str
    kind: str
    texts: Texts
    required: bool = True
    choices: tuple[Choice, ...] = ()
    other: str | None = None
    low: Texts | None = None
    high: Texts | None = None
    answers_from_reply: Mapping[str, str] | None = None

    def allows(self, answer: str) -> bool:
        """Whether a text is an answer to this question."""
        if self.kind in SCALES:
            low, high = SCALES[self.kind]
            return answer.isascii() and answer.isdigit() and str(int(answer)) == answer and low <= int(answer) <= high
        if self.kind == "choice":
            return any(choice.code == answer for choice in self.choices)
        return 0 < len(answer) <= MOST_WORDS

    @property
    def options(self) -> tuple[str, ...]:
        """Every answer there is, in order; none for words."""
        if self.kind in SCALES:
            low, high = SCALES[self.kind]
            return tuple(str(one) for one in range(low, high + 1))
        return tuple(choice.code for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Survey:
    """A declared survey.

    Args:
        id: name in commands. thanks: words of the page after answering.
        until_us: from then on nothing is asked nor taken; None is for ever. enabled: False likewise.
        version: 1, then one more each time it is declared again.
    """

    id: str
    title: Texts
    questions: tuple[Question, ...]
    languages: tuple[str, ...]
    intro: Texts
    thanks: Texts
    until_us: int | None = None
    enabled: bool = True
    version: int = 1

    def question(self, name: str) -> Question | None:
        return next((one for one in self.questions if one.id == name), None)

    def open_at(self, now_us: int) -> bool:
        """Whether it takes answers at an instant."""
        return self.enabled and (self.until_us is None or now_us < self.until_us)

    def disabled(self) -> Survey:
        """The same survey, asking nobody any more."""
        return replace(self, enabled=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "enabled": self.enabled,
            "until_us": self.until_us,
            "languages": list(self.languages),
            "title": dict(self.title),
            "intro": dict(self.intro),
            "thanks": dict(self.thanks),
            "questions": [_question_json(one) for one in self.questions],
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Survey:
        """Read what was journalled.

        Raises:
            UsageError: `bad-survey`, as `read_survey`.
        """
        return read_survey(body, body["id"])


@dataclass(frozen=True, slots=True)
class Round:
    """A round of invitations: everybody in it was asked once.

    Args:
        number: in its codes, from 1, never used again. name: told apart by it from other rounds of the same survey.
        campaign: declared campaign it is of; None for none. within: which messages carry the invitation (`template=ask`).
        first_us: when the first was invited. asked: how many were. parts: journal entries it is made of.
        recipients: their numbers, one part a journal entry.
    """

    number: int
    survey: str
    name: str
    campaign: str | None
    within: str | None
    first_us: int
    asked: int
    recipients: Recipients

    @property
    def parts(self) -> int:
        return len(self.recipients)

    def and_(self, body: dict[str, Any]) -> Round:
        """With more people in it."""
        return replace(self, asked=self.asked + body["asked"], recipients=self.recipients.and_(body["recipients"]))

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Round:
        names = ("number", "survey", "name", "campaign", "within", "asked")
        return cls(
            **{name: body[name] for name in names}, first_us=body["at_us"], recipients=Recipients((body["recipients"],))
        )


def read_survey(body: Any, name: str) -> Survey:
    """Read a survey as files and the journal have it.

    Raises:
        UsageError: `bad-survey`: the place in the file, and what is expected there.
    """
    known = {"id", "version", "enabled", "until_us", "languages", "title", "intro", "thanks", "questions"}
    _keys(body, known, {"title", "questions"}, "the survey")
    languages = _languages(body.get("languages"), body["title"])
    empty = dict.fromkeys(languages, "")
    questions = body["questions"]
    if not isinstance(questions, list) or not 1 <= len(questions) <= MOST_QUESTIONS:
        raise _bad("questions", f"is no list of 1 to {MOST_QUESTIONS} questions")
    read = tuple(_question(one, languages, f"questions[{place}]") for place, one in enumerate(questions))
    _once([one.id for one in read], "questions", "question")
    _once([payload for one in read for payload in one.answers_from_reply or ()], "questions", "reply")
    return Survey(
        name,
        _texts(body["title"], languages, "title"),
        read,
        languages,
        _texts(body.get("intro") or empty, languages, "intro", empty=True),
        _texts(body.get("thanks") or empty, languages, "thanks", empty=True),
        body.get("until_us"),
        body.get("enabled", True),
        body.get("version", 1),
    )


def _question(body: Any, languages: tuple[str, ...], at: str) -> Question:
    known = {"id", "kind", "texts", "required", "choices", "other", "low", "high", "answers_from_reply"}
    _keys(body, known, {"id", "kind", "texts"}, at)
    if not isinstance(body["id"], str) or not _CODE.fullmatch(body["id"]):
        raise _bad(f"{at}.id", "is not made of lower-case letters, digits, - and _ (at most 40)")
    if body["kind"] not in KINDS:
        raise _bad(f"{at}.kind", f"is none of {', '.join(KINDS)}")
    if not isinstance(body.get("required", True), bool):
        raise _bad(f"{at}.required", "is neither true nor false")
    choices = _choices(body.get("choices") or [], languages, f"{at}.choices")
    if (body["kind"] == "choice") != bool(choices):
        raise _bad(f"{at}.choices", "are given for questions of kind choice, and for no others")
    ends = {end: _texts(body[end], languages, f"{at}.{end}") if body.get(end) else None for end in ("low", "high")}
    other = body.get("other")
    if other is not None and other not in [choice.code for choice in choices]:
        raise _bad(f"{at}.other", "is no code of a choice")
    texts = _texts(body["texts"], languages, f"{at}.texts")
    question = Question(body["id"], body["kind"], texts, body.get("required", True), choices, other, **ends)
    return replace(question, answers_from_reply=_replies(body.get("answers_from_reply"), question, at))


def _choices(body: Any, languages: tuple[str, ...], at: str) -> tuple[Choice, ...]:
    if not isinstance(body, list) or len(body) > MOST_CHOICES:
        raise _bad(at, f"is no list of at most {MOST_CHOICES} choices")
    found = []
    for place, one in enumerate(body):
        here = f"{at}[{place}]"
        _keys(one, {"code", "texts", "channels"}, {"code", "texts"}, here)
        if not isinstance(one["code"], str) or not _CODE.fullmatch(one["code"]):
            raise _bad(f"{here}.code", "is not made of lower-case letters, digits, - and _ (at most 40)")
        channels = one.get("channels") or []
        if not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
            raise _bad(f"{here}.channels", "is no list of channels")
        found.append(Choice(one["code"], _texts(one["texts"], languages, f"{here}.texts"), tuple(channels)))
    _once([choice.code for choice in found], at, "code")
    return tuple(found)


def _replies(body: Any, question: Question, at: str) -> dict[str, str] | None:
    if not body:
        return None
    at = f"{at}.answers_from_reply"
    if question.kind == "text" or not isinstance(body, dict):
        raise _bad(at, "maps the payload of a button to one of the answers, of scales and choices only")
    for answer in body.values():
        if not isinstance(answer, str) or not question.allows(answer):
            raise _bad(at, f"gives '{answer}', which is no answer to {question.id}")
    return dict(body)


def _languages(given: Any, title: Any) -> tuple[str, ...]:
    listed = given if given is not None else list(title) if isinstance(title, dict) else []
    if not isinstance(listed, list) or not listed or any(one not in LANGUAGES for one in listed):
        raise _bad("languages", f"is no list of {', '.join(LANGUAGES)}")
    return tuple(one for one in LANGUAGES if one in listed)


def _texts(body: Any, languages: tuple[str, ...], at: str, *, empty: bool = False) -> dict[str, str]:
    if not isinstance(body, dict) or set(body) != set(languages):
        raise _bad(at, f"has not one text for each of {', '.join(languages)}")
    for language, text in body.items():
        if not isinstance(text, str) or len(text) > MOST_TEXT or not (text.strip() or empty):
            raise _bad(f"{at}.{language}", f"is no text of 1 to {MOST_TEXT} characters")
    return {language: body[language] for language in languages}


def _keys(body: Any, known: set[str], needed: set[str], at: str) -> None:
    if not isinstance(body, dict):
        raise _bad(at, "is no object")
    if missing := sorted(needed - set(body)):
        raise _bad(at, f"has no {missing[0]}")
    if strange := sorted(set(body) - known):
        raise _bad(at, f"has '{strange[0]}', which is none of {', '.join(sorted(known))}")


def _once(names: list[str], at: str, what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _bad(at, f"has the {what} '{twice[0]}' twice")


def _bad(at: str, what: str) -> UsageError:
    return UsageError(
        "bad-survey", f"{at} {what}", hint="`earnest survey show NAME --json` prints a survey as a file has it.", at=at
    )


def _question_json(question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "required": question.required,
        "texts": dict(question.texts),
    }
    if question.choices:
        body["choices"] = [
            {"code": one.code, "texts": dict(one.texts)} | ({"channels": list(one.channels)} if one.channels else {})
            for one in question.choices
        ]
    for name in ("other", "low", "high", "answers_from_reply"):
        value = getattr(question, name)
        if value is not None:
            body[name] = value if isinstance(value, str) else dict(value)
    return body
