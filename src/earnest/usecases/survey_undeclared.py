"""Answers to surveys and questions that nobody has declared: kept, counted nowhere, and told aloud wherever somebody may look.

They count as soon as the survey or the question is declared, so files and declarations may come in either order.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from earnest.definitions.state import State
from earnest.definitions.survey import WORDS_SUFFIX
from earnest.kernel.errors import closest
from earnest.kernel.words import count
from earnest.usecases.doctor_case import Case, Symptom
from earnest.usecases.tables import Tables
from earnest.warehouse import duck, received


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Answers to one question that is not declared.

    Args:
        code: `no-such-survey` or `no-such-question`. answers: how many of them. like: `; did you mean …?`, or nothing.
    """

    code: str
    survey: str
    question: str
    answers: int
    like: str

    @property
    def sentence(self) -> str:
        """What is not declared, and how many answers wait for it."""
        wait = count(self.answers, "answer names", "answers name")
        what = f"survey '{self.survey}'"
        if self.code == "no-such-question":
            what = f"question '{self.question}' of survey '{self.survey}'"
        return f"{wait} {what}, which is not declared: kept, but counted nowhere until it is ({self.code}){self.like or '.'}"

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        del told["like"]
        return told


def imported_undeclared(con: duckdb.DuckDBPyConnection, state: State) -> tuple[Undeclared, ...]:
    """Of the file that was just checked."""
    return _undeclared(con, "accepted WHERE answer IS NOT NULL", state)


def told_undeclared(tables: Tables) -> tuple[Undeclared, ...]:
    """Of all answers in the tables."""
    return _undeclared(tables.con, "event_survey_answer", tables.state)


def answers_undeclared(case: Case) -> Iterator[Symptom]:
    """Of all answers that were imported or received, without making the tables."""
    case.need_journal()
    chunks = received.load(case.workspace.events).chunks
    kept = [segment for one in case.state.active_imports for segment in one.segments]
    kept += [segment for chunk in chunks for segment in chunk.segments]
    files = [case.workspace.events / segment.path for segment in kept if segment.kind == "survey_answer"]
    if not files:
        return
    with contextlib.closing(duck.connect()) as con:
        found = _undeclared(con, duck.parquet(files), case.state)
    for one in found:
        remedy = (
            "Declare it (earnest survey add), or import the file again with the right names and undo the first import."
        )
        yield Symptom(one.sentence.rstrip("."), remedy)


def _undeclared(con: duckdb.DuckDBPyConnection, rows: str, state: State) -> tuple[Undeclared, ...]:
    told = con.execute(
        f"SELECT survey, question, count(*) FROM {rows} GROUP BY survey, question ORDER BY ALL"
    ).fetchall()
    return tuple(_judged(((str(survey), str(question), int(answers)) for survey, question, answers in told), state))


def _judged(told: Iterable[tuple[str, str, int]], state: State) -> Iterator[Undeclared]:
    strange: dict[str, int] = {}
    for survey, question, answers in told:
        if survey not in state.surveys:
            strange[survey] = strange.get(survey, 0) + answers
            continue
        known = {one.id for one in state.surveys[survey].questions}
        if question.removesuffix(WORDS_SUFFIX) not in known:
            yield Undeclared("no-such-question", survey, question, answers, closest(question, known))
    for survey, answers in strange.items():
        yield Undeclared("no-such-survey", survey, "", answers, closest(survey, state.surveys))
