"""Surveys: declare, disable, look up. Each declaration is a journal entry; earlier versions stay in the journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from earnest.definitions.campaign import check_id
from earnest.definitions.state import State
from earnest.definitions.survey import Round, Survey, read_survey
from earnest.kernel.declared import look_up
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.usecases.workspace import Workspace

_LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Declared:
    """A survey as it is now. `unasked`: button payloads left out, as another survey counts them."""

    survey: Survey
    unasked: tuple[str, ...] = ()


def add_survey(
    workspace: Workspace, survey: Survey, *, replacing: bool = False, from_template: bool = False
) -> Declared:
    """Declare a survey, or its next version.

    Args:
        from_template: payloads of its buttons that another survey has already are left out, not refused.

    Raises:
        UsageError: `bad-id`. Conflict: `survey-exists`, `reply-taken`.
    """
    check_id(survey.id, "a survey")
    state = workspace.state()
    before = state.surveys.get(survey.id)
    if before is not None and before.enabled and not replacing:
        raise Conflict(
            "survey-exists", f"survey '{survey.id}' is declared already", hint="Give --replace to change it."
        )
    taken = _taken(state, survey)
    if taken and not from_template:
        payload, other = next(iter(taken.items()))
        raise Conflict(
            "reply-taken",
            f"the reply '{payload}' answers survey '{other}' already",
            hint="Give the button another payload, or disable the other survey.",
        )
    survey = replace(_without_replies(survey, set(taken)), version=before.version + 1 if before else 1)
    workspace.record("survey.set", survey.to_json())
    return Declared(survey, tuple(taken))


def disable_survey(workspace: Workspace, name: str) -> Survey:
    """Ask nobody any more; its codes lead to a page that says so.

    Raises:
        NotFound: `no-such-survey`.
    """
    survey = find_survey(workspace.state(), name).disabled()
    workspace.record("survey.set", survey.to_json())
    return survey


def find_survey(state: State, name: str) -> Survey:
    """Look up a survey.

    Raises:
        NotFound: `no-such-survey`.
    """
    return look_up(
        state.surveys, name, what="survey", hint="See `earnest survey list`.", refusal=(NotFound, "no-such-survey")
    )


def rounds_of(state: State, name: str) -> list[Round]:
    """The rounds of a survey, oldest first."""
    return [one for _, one in sorted(state.rounds.items()) if one.survey == name]


def survey_of_file(path: Path, name: str) -> Survey:
    """Read a survey that somebody wrote.

    Raises:
        UsageError: `bad-survey`.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UsageError("bad-survey", f"{path.name} is larger than a survey can be", hint="At most 1 MB.")
        body: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            "bad-survey", f"{path.name} is no JSON that can be read: {error}", hint="docs/surveys.md shows one."
        ) from error
    survey = read_survey(body, name)
    return replace(survey, enabled=True)


def _taken(state: State, survey: Survey) -> dict[str, str]:
    """Payload → the other survey that it answers."""
    mine = {payload for question in survey.questions for payload in question.answers_from_reply or ()}
    return {
        payload: other.id
        for other in state.surveys.values()
        if other.id != survey.id and other.enabled
        for question in other.questions
        for payload in question.answers_from_reply or ()
        if payload in mine
    }


def _without_replies(survey: Survey, payloads: set[str]) -> Survey:
    questions = tuple(
        replace(
            question,
            answers_from_reply={k: v for k, v in (question.answers_from_reply or {}).items() if k not in payloads}
            or None,
        )
        for question in survey.questions
    )
    return replace(survey, questions=questions)
