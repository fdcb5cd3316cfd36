"""Tag what people wrote: a rule for a word, or one answer by hand. Every decision is journalled and can be taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from earnest.definitions.state import State
from earnest.definitions.survey_tags import checked_tag, checked_word
from earnest.kernel.errors import NotFound, UsageError
from earnest.usecases.survey_counted import bind_counted
from earnest.usecases.surveys import find_survey
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace

_NAME = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A decision: a rule for `word`, or about one `answer`; `tag` None takes the rule away, `has` False the tag."""

    word: str | None = None
    answer: str | None = None
    tag: str | None = None
    has: bool = True


def set_rule(workspace: Workspace, survey: str, word: str, tag: str | None) -> Tagged:
    """Give every answer with a word a tag, those to come too; without a tag the rule goes.

    Raises:
        NotFound: `no-such-survey`, `no-such-rule`. UsageError: `bad-word`, `bad-tag`.
    """
    state = workspace.state()
    find_survey(state, survey)
    kept = checked_word(word)
    if tag is None and kept not in _rules(state, survey):
        raise NotFound(
            "no-such-rule", f"no rule of '{survey}' looks for '{kept}'", hint="See `earnest survey show NAME`."
        )
    given = checked_tag(tag) if tag is not None else None
    workspace.record("survey.tag", {"survey": survey, "word": kept, "tag": given})
    return Tagged(word=kept, tag=given)


def set_tag(workspace: Workspace, survey: str, answer: str, tag: str, *, has: bool) -> Tagged:
    """Give one answer a tag, or take it away, whatever the rules say.

    Raises:
        NotFound: `no-such-survey`, `no-such-answer`. UsageError: `bad-tag`, `bad-answer`.
    """
    find_survey(workspace.state(), survey)
    given = checked_tag(tag)
    key = key_of(answer)
    with open_tables(workspace) as tables:
        bind_counted(tables)
        row = tables.con.execute(
            "SELECT count(*) FROM survey_counted WHERE survey = $1 AND answer_key = $2", [survey, key]
        ).fetchone()
    if row is None or not row[0]:
        raise NotFound(
            "no-such-answer", f"'{survey}' has no answer {answer}", hint=f"See `earnest survey answers {survey}`."
        )
    workspace.record("survey.tag", {"survey": survey, "answer": key, "tag": given, "has": has})
    return Tagged(answer=answer, tag=given, has=has)


def key_of(answer: str) -> int:
    """The key of an answer by its name in commands.

    Raises:
        UsageError: `bad-answer`.
    """
    if not _NAME.fullmatch(answer):
        raise UsageError(
            "bad-answer", f"'{answer}' names no answer", hint="16 hex digits, as `earnest survey answers` prints."
        )
    number = int(answer, 16)
    return number - (1 << 64) if number >> 63 else number


def _rules(state: State, survey: str) -> dict[str, str]:
    tagging = state.tagging.get(survey)
    return dict(tagging.rules) if tagging else {}
