"""What a survey was answered: distributions with their intervals, scores, who answered at all, and words with their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.survey import SCALES, WORDS_SUFFIX, Question, Survey
from earnest.definitions.survey_tags import Tagging
from earnest.incrementality.intervals import wilson_limits
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.period import moment_of
from earnest.kpis.catalogue import find as find_kpi
from earnest.kpis.kpi import Scope, evaluate
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.kpi_scopes import scope_over
from earnest.usecases.survey_counted import NONE, bind_counted, late_replies
from earnest.usecases.survey_undeclared import Undeclared, told_undeclared
from earnest.usecases.surveys import find_survey
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

FEWEST = 30
"""Below so many answers a share is told as its range alone."""
SCORES = {"csat": "csat", "nps": "nps"}
"""Kind of question → its KPI."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer that can be given, and how often it was. `low`, `high`: Wilson's limits of its share."""

    answer: str
    text: str
    count: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote. `answer_key` is its name in `survey tag`."""

    answer_key: int
    at_us: int
    words: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        return name_of(self.answer_key)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answers.

    Args:
        score: CSAT or NPS; None for choices and words. naming: share that names the campaign's channels, of `heard` questions.
        bounds: where that share would lie had everybody invited answered, whatever they had said.
        unreadable: answers that are none to this question (imported ones).
    """

    question: Question
    n: int
    lines: tuple[Line, ...]
    score: Figure | None
    naming: Figure | None
    bounds: tuple[float, float] | None
    words: tuple[Words, ...]
    tags: dict[str, int]
    unreadable: int


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """A survey, answered.

    Args:
        invited, responded: codes given, and those of them that were answered with. people: how many persons that were, as far as they are known
            to be the same. late: taps in chat that count for nothing.
        undeclared: answers to questions of this survey, or to surveys, that are not declared.
    """

    survey: Survey
    campaign: str | None
    invited: int
    responded: int
    people: int
    response: Figure
    late: int
    asked: tuple[Asked, ...]
    undeclared: tuple[Undeclared, ...]


def survey_answers(workspace: Workspace, name: str, *, campaign: str | None = None, limit: int = 50) -> SurveyAnswers:
    """What a survey was answered, of one campaign or in all.

    Args:
        limit: words to list of each question, the latest first.

    Raises:
        NotFound: `no-such-survey`, `no-such-campaign`.
    """
    with open_tables(workspace) as tables:
        survey = find_survey(tables.state, name)
        if campaign is not None:
            check_met(campaigns_met(tables), campaign)
        bind_counted(tables)
        tables.con.execute(
            "CREATE OR REPLACE TEMP TABLE mine AS SELECT * FROM survey_counted WHERE survey = $1 AND ($2 IS NULL OR campaign = $2)",
            [name, campaign],
        )
        scope = _scope(tables, name, campaign)
        invited = duck.scalar(
            tables.con,
            "SELECT COALESCE(sum(asked), 0) FROM survey_round WHERE survey = $1 AND ($2 IS NULL OR campaign = $2)",
            [name, campaign],
        )
        responded = duck.scalar(
            tables.con,
            "SELECT count(*) FROM survey_responded WHERE survey = $1 AND ($2 IS NULL OR campaign = $2)",
            [name, campaign],
        )
        people = duck.scalar(tables.con, _PEOPLE, [name, campaign])
        tagging = tables.state.tagging.get(name, Tagging())
        return SurveyAnswers(
            survey,
            campaign,
            invited,
            responded,
            people,
            _response(scope, name, campaign, {"invited": invited, "responded": responded}),
            late_replies(tables, name),
            tuple(_asked(tables, one, scope, tagging, limit=limit) for one in survey.questions),
            tuple(one for one in told_undeclared(tables) if one.survey == name or one.code == "no-such-survey"),
        )


_PEOPLE = """SELECT count(DISTINCT COALESCE(i.person_key, r.told_key)) FROM survey_responded AS r
    LEFT JOIN identity AS i ON i.contact_key = r.told_key WHERE r.survey = $1 AND ($2 IS NULL OR r.campaign = $2)"""


def _response(scope: Scope, survey: str, campaign: str | None, counts: dict[str, int]) -> Figure:
    people = f"people invited to {survey}" + (f" for {campaign}" if campaign else "")
    return evaluate(find_kpi("survey_response_rate"), dict(NONE) | counts, replace(scope, population=people))


def name_of(answer_key: int) -> str:
    """How an answer is named in commands: 16 hex digits."""
    return f"{answer_key & (1 << 64) - 1:016x}"


def _scope(tables: Tables, survey: str, campaign: str | None) -> Scope:
    population = f"answers to {survey}" + (f" of {campaign}" if campaign else "")
    level = float(tables.state.setting("level", tables.day) or 0.95)
    return scope_over(tables, population, frozenset({"survey_answer"}), level=level)


def _asked(tables: Tables, question: Question, scope: Scope, tagging: Tagging, *, limit: int) -> Asked:
    rows = tables.con.execute(
        "SELECT answer_key, at_us, answer, round, asked, named, weight FROM mine WHERE question = $1 ORDER BY at_us DESC, answer_key",
        [question.id],
    ).fetchall()
    good = [row for row in rows if question.kind == "text" or question.allows(str(row[2]))]
    counts = Counter(str(row[2]) for row in good)
    beside = tables.con.execute(
        "SELECT answer_key, at_us, answer FROM mine WHERE question = $1 ORDER BY at_us DESC, answer_key",
        [f"{question.id}{WORDS_SUFFIX}"],
    ).fetchall()
    written = [
        Words(key, at, words, tagging.tags_of(key, words)) for key, at, words in (good_words(question, good) or beside)
    ]
    heard = [row for row in good if row[6] is not None]
    measures = _measures(question, counts, heard)
    kpi = SCORES.get(question.kind)
    return Asked(
        question,
        len(good),
        () if question.kind == "text" else _lines(question, counts, len(good), scope.level),
        evaluate(find_kpi(kpi), measures, scope) if kpi else None,
        evaluate(find_kpi("survey_attributed_share"), measures, scope) if heard else None,
        _bounds(heard) if heard else None,
        tuple(written[:limit]),
        dict(Counter(tag for one in written for tag in one.tags).most_common()),
        len(rows) - len(good),
    )


def good_words(question: Question, rows: Sequence[Any]) -> list[tuple[int, int, str]]:
    """(key, instant, words) of a question that is answered in words."""
    return [(row[0], row[1], str(row[2])) for row in rows] if question.kind == "text" else []


def _lines(question: Question, counts: Counter[str], n: int, level: float) -> tuple[Line, ...]:
    said = {choice.code: next(iter(choice.texts.values())) for choice in question.choices}
    found = []
    for answer in question.options:
        low, high = wilson_limits(counts[answer], n, level) if n else (0.0, 1.0)
        found.append(Line(answer, said.get(answer, answer), counts[answer], low, high))
    return tuple(found)


def _measures(question: Question, counts: Counter[str], heard: Sequence[Any]) -> dict[str, int]:
    """As `survey_counted.survey_measures`, of one question."""
    found = dict(NONE)
    if question.kind in SCALES:
        scores = {int(answer): count for answer, count in counts.items()}
        total = sum(scores.values())
        best = sum(count for score, count in scores.items() if score >= 9)
        worst = sum(count for score, count in scores.items() if score <= 6)
        if question.kind == "nps":
            found |= {"nps_answers": total, "nps_net": best - worst, "nps_poles": best + worst}
        else:
            satisfied = sum(count for score, count in scores.items() if score >= 4)
            found |= {"answers": total, "satisfied": satisfied}
    found["heard_weight"] = sum(row[6] for row in heard)
    found["named_weight"] = sum(row[6] for row in heard if row[5])
    found["heard_weight_squares"] = sum(row[6] ** 2 for row in heard)
    return found


def _bounds(heard: Sequence[Any]) -> tuple[float, float]:
    """Had all invited answered: none of the silent named it, or all did."""
    asked = {row[3]: row[4] for row in heard}
    named = sum(1 for row in heard if row[5])
    invited = max(sum(asked.values()), len(heard))
    return named / invited, (named + invited - len(heard)) / invited


def shown(figure: Figure, fewest: int = FEWEST) -> dict[str, Any]:
    """A figure as JSON; of too few answers its range alone."""
    body = figure.to_json()
    if isinstance(figure, Estimate) and (figure.n or 0) < fewest:
        return body | {"value": None, "too_few": True}
    return body


def answers_json(found: SurveyAnswers) -> dict[str, Any]:
    """Everything found, as commands and requests print it."""
    return {
        "survey": found.survey.id,
        "version": found.survey.version,
        "campaign": found.campaign,
        "invited": found.invited,
        "responded": found.responded,
        "people": found.people,
        "response_rate": shown(found.response, find_kpi("survey_response_rate").minimum_n),
        "late_replies": found.late,
        "undeclared": [one.to_json() for one in found.undeclared],
        "questions": [_asked_json(one) for one in found.asked],
    }


def _asked_json(one: Asked) -> dict[str, Any]:
    few = one.n < FEWEST
    lines = [
        {"answer": line.answer, "text": line.text, "count": line.count, "share": None if few else line.count / one.n, "low": line.low, "high": line.high}
        for line in one.lines
    ]  # fmt: skip
    words = [
        {"id": said.name, "at": moment_of(said.at_us).isoformat(timespec="seconds"), "words": said.words, "tags": list(said.tags)}
        for said in one.words
    ]  # fmt: skip
    body: dict[str, Any] = {"question": one.question.id, "kind": one.question.kind, "n": one.n, "answers": lines, "words": words, "tags": one.tags}  # fmt: skip
    if one.score is not None:
        body[SCORES[one.question.kind]] = shown(one.score)
    if one.naming is not None and one.bounds is not None:
        body |= {"naming": shown(one.naming), "naming_bounds": list(one.bounds)}
    return body | {"unreadable": one.unreadable}
