"""What a survey form sends: when it was given out, whether by a person, and what it answers.

A form carries a token, `issued.version.seal`: the seal is a keyed hash of the code, the instant and the version that the answers
will be. So a form is good for one code and one version, and its age is known without anything being kept.
"""

from __future__ import annotations

import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

from earnest.api.survey_page import ANSWER, MOST_BESIDE, TRAP, Words
from earnest.definitions.survey import MOST_WORDS, WORDS_SUFFIX, Question, Survey

LEAST_US = 2_000_000
"""Nobody reads and answers a question faster than this."""
MOST_US = 7 * 86_400_000_000
"""A form given out longer ago must be loaded anew."""
MOST_FIELDS = 100
_SEAL_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What a form's token says.

    Args:
        issued_us: when the form was given out. version: of the answers it makes: 0, or 1 … for a change.
    """

    issued_us: int
    version: int


class Seal:
    """Writes and reads the tokens of one workspace's forms.

    Example:
        >>> seal = Seal(bytes(32))
        >>> seal.read("code", seal.write("code", Token(5, 0))), seal.read("other", seal.write("code", Token(5, 0)))
        (Token(issued_us=5, version=0), None)
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(b"survey-form", key=key, digest_size=32).digest()

    def write(self, code: str, token: Token) -> str:
        return f"{token.issued_us}.{token.version}.{self._of(code, token)}"

    def read(self, code: str, text: str) -> Token | None:
        """The token of a text; None if it was not given out for this code."""
        issued, _, rest = text.partition(".")
        version, _, said = rest.partition(".")
        if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in (issued, version)):
            return None
        token = Token(int(issued), int(version))
        return token if hmac.compare_digest(said.encode(), self._of(code, token).encode()) else None

    def _of(self, code: str, token: Token) -> str:
        said = f"{code}.{token.issued_us}.{token.version}".encode()
        return hashlib.blake2b(said, key=self._key, digest_size=_SEAL_DIGITS // 2).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came in.

    Args:
        filled: field name → text, of the form's own fields. twice: fields given more than once.
        trapped: a field was filled in that nobody sees.
    """

    filled: Mapping[str, str]
    twice: frozenset[str]
    trapped: bool
    token: str
    language: str | None


def sent_form(body: bytes) -> Sent | None:
    """Read a form; None if it is none."""
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"
        )
    except (UnicodeDecodeError, ValueError):
        return None
    filled: dict[str, str] = {}
    twice: set[str] = set()
    for name, text in pairs:
        if name in filled:
            twice.add(name)
        filled[name] = text
    own = {name: text for name, text in filled.items() if name.startswith(ANSWER)}
    return Sent(own, frozenset(twice), bool(filled.get(TRAP, "").strip()), filled.get("form", ""), filled.get("lang"))


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a form, and what is wrong with it: question → sentence."""

    given: Mapping[str, str]
    faults: Mapping[str, str]


def answers_of(survey: Survey, sent: Sent, words: Words) -> Answers:
    """Check every question; nothing is taken that the survey does not ask."""
    given: dict[str, str] = {}
    faults: dict[str, str] = {}
    for question in survey.questions:
        name = f"{ANSWER}{question.id}"
        text = _plain(sent.filled.get(name, ""))
        beside = _plain(sent.filled.get(f"{name}{WORDS_SUFFIX}", "")) if question.other else ""
        if beside and not text and question.other:
            text = question.other  # words without a choice are the choice beside which they stand
        fault = words["choose"] if name in sent.twice else _fault(question, text, beside, words)
        if fault:
            faults[question.id] = fault
        elif text:
            given[question.id] = text
            if beside and text == question.other:
                given[f"{question.id}{WORDS_SUFFIX}"] = beside
    if not given and not faults:
        faults[survey.questions[0].id] = words["answer_one"]
    return Answers(given, faults)


def _fault(question: Question, text: str, beside: str, words: Words) -> str | None:
    if len(beside) > MOST_BESIDE:
        return words["too_long"] % {"most": MOST_BESIDE}
    if not text:
        return words["write" if question.kind == "text" else "choose"] if question.required else None
    if question.kind == "text" and len(text) > MOST_WORDS:
        return words["too_long"] % {"most": MOST_WORDS}
    return None if question.allows(text) else words["choose"]


def _plain(text: str) -> str:
    """A text without blanks around it, and without characters that cannot be shown."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(one for one in lines if one.isprintable() or one == "\n")
