"""Answers given on Earnest's own survey page, as the page keeps them: one body a sent form.

    {"survey": "csat", "round": 3, "recipient": 17, "version": 0, "at": µs, "answers": [{"question": …, "answer": …}, …]}

`version` is 0 as first sent, 1 … as changed later. A form marked (`"marked": "honeypot"`) was filled in by a machine: its code
is used up, and it tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.told import AnswerTold, Party, Rejected, Told, shown_value
from earnest.importers.emit import MAIL_WITHIN, PHONE_WITHIN
from earnest.importers.parsing import EARLIEST_US, LATEST_US

_MOST = 1 << 31
_PHONE, _MAIL = re.compile(PHONE_WITHIN), re.compile(MAIL_WITHIN)


def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    """What one form tells: a value an answer."""
    if not isinstance(payload, dict) or not isinstance(payload.get("answers"), list):
        yield Rejected("not-an-envelope", "")
        return
    survey, at = payload.get("survey"), payload.get("at")
    numbers = [_number(payload.get(name)) for name in ("round", "recipient", "version")]
    if not isinstance(survey, str) or not survey:
        yield Rejected("id-missing", "survey")
        return
    if type(at) is not int or not EARLIEST_US <= at < LATEST_US:
        yield Rejected("time-missing" if at is None else "time-unreadable", "at")
        return
    round_, recipient, version = numbers
    if round_ is None or recipient is None or version is None:
        yield Rejected("id-missing", "round")
        return
    if payload.get("marked"):
        return
    for place, one in enumerate(payload["answers"]):
        where = f"answers[{place}]"
        if not isinstance(one, dict):
            yield Rejected("shape-unknown", where)
        elif not isinstance(one.get("question"), str) or not one["question"]:
            yield Rejected("id-missing", f"{where}.question")
        elif not isinstance(one.get("answer"), str) or not one["answer"]:
            yield Rejected("shape-unknown", f"{where}.answer", _shown(one.get("answer")))
        else:
            yield AnswerTold(
                answer_id=f"{round_}:{recipient}",
                occurred_us=at,
                party=Party(contact=f"recipient:{recipient}"),
                survey=survey,
                question=one["question"],
                answer=without_people(one["answer"]),
                round=round_,
                version=version,
            )


def without_people(words: str) -> str:
    """Words without phones and mail addresses.

    >>> without_people("Call +49 151 12345678 or kim@example.org, order 1234")
    'Call ••• or •••, order 1234'
    """
    freed = _MAIL.sub(lambda found: "•••" + found[0][len(found[0].rstrip(".,;:!?")) :], words)
    return _PHONE.sub("•••", freed)


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST else None


def _shown(value: object) -> str | None:
    return shown_value(value) if isinstance(value, str) and value else None


CHANNEL = Channel(
    code="surveys",
    label="Earnest survey page",
    docs="docs/surveys.md",
    read="2026-11",
    signature="token",
    kinds=(Kind("form", "survey_answer", "a form of the survey page was sent, or changed within a day"),),
    parse=parse,
    connects=("survey_answer",),
    built_in="earnest.surveys",
)
