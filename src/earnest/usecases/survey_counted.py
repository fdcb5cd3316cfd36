"""The answers of surveys that count: `survey_counted`, a table made from the events when it is asked for.

    page ──── the latest version of each code's answers ──┐
    chat ──── buttons that a survey maps to an answer, ───┼─ once a person, question and asking ─> survey_counted
              within 72 hours of the message              │
    files ─── imported answers ───────────────────────────┘

An asking is the round of the page's code, else the message that an answer answers, else the answer itself. The message that brought
somebody to the page is one asking with the round. Whoever answers the same asking twice is counted once, with the latest answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow

from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.state import State
from earnest.definitions.survey import SCALES, Round, Survey
from earnest.kernel.period import HOUR_US
from earnest.usecases.tables import Tables
from earnest.warehouse import duck

REPLY_WINDOW_US = 72 * HOUR_US
WEIGHT = 1_000_000
"""Weights of answers are millionths: people asked in a round, for each that answered."""

_TEXT, _INT = pyarrow.string(), pyarrow.int64()

_GIVEN = """SELECT a.event_key AS answer_key, min(a.occurred_us) AS at_us, max(COALESCE(i.person_key, a.contact_key)) AS person_key,
        max(a.contact_key) AS told_key, max(a.message_key) AS message_key, max(a.survey) AS survey, max(a.question) AS question,
        max(a.answer) AS answer, max(a.round) AS round, max(COALESCE(a.version, 0)) AS version, max(a.source) AS source
    FROM event_survey_answer AS a LEFT JOIN identity AS i ON a.contact_key = i.contact_key GROUP BY a.event_key"""

_IN_FORCE = f"""SELECT * FROM ({_GIVEN})
    QUALIFY round IS NULL OR version = max(version) OVER (PARTITION BY source, survey, round, told_key)"""
"""Of what came by a code only its latest version."""

_TAPPED = """SELECT r.event_key AS answer_key, min(r.occurred_us) AS at_us, max(x.contact_key) AS person_key, max(x.contact_key) AS told_key,
        max(x.message_key) AS message_key, max(p.survey) AS survey, max(p.question) AS question, max(p.answer) AS answer,
        CAST(NULL AS BIGINT) AS round, 0 AS version, 'reply' AS source
    FROM event_reply AS r JOIN survey_reply AS p ON r.payload = p.payload JOIN response AS x ON x.response_key = r.event_key
    GROUP BY r.event_key"""

_TAPPED_IN_TIME = f"""SELECT t.* FROM ({_TAPPED}) AS t JOIN message AS m ON t.message_key = m.message_key
    WHERE t.at_us >= m.send_us AND t.at_us < m.send_us + {REPLY_WINDOW_US}"""

_ASKING = f"""SELECT f.answer_key, max_by(m.message_key, (m.send_us, m.message_key)) AS asked_by
    FROM ({_GIVEN}) AS f JOIN survey_round AS r ON f.round = r.round JOIN message AS m ON m.contact_key = f.person_key
    JOIN label_campaign AS l ON m.label_key = l.label_key AND l.campaign = r.campaign
    WHERE m.send_us <= f.at_us AND m.send_us > f.at_us - {REPLY_WINDOW_US} GROUP BY f.answer_key"""
"""The message that brought somebody to the page: his latest of the round's campaign, 72 hours before."""

_BROUGHT = f"""SELECT f.survey, f.person_key, q.asked_by, max(f.round) AS round
    FROM ({_GIVEN}) AS f JOIN ({_ASKING}) AS q ON f.answer_key = q.answer_key WHERE f.message_key IS NULL GROUP BY ALL"""
"""The round that somebody answered on the page after a message."""

_ALL = f"""SELECT f.*, COALESCE(f.message_key, q.asked_by) AS asked_by FROM ({_IN_FORCE}) AS f
        LEFT JOIN ({_ASKING}) AS q ON f.answer_key = q.answer_key
    UNION ALL SELECT t.*, t.message_key AS asked_by FROM ({_TAPPED_IN_TIME}) AS t"""

_SCORE = " ".join(
    f"WHEN s.kind = '{kind}' AND TRY_CAST(a.answer AS INTEGER) BETWEEN {low} AND {high} THEN TRY_CAST(a.answer AS INTEGER)"
    for kind, (low, high) in SCALES.items()
)

_COUNTED = f"""SELECT a.answer_key, a.at_us, a.person_key, a.told_key, a.asked_by AS message_key, a.survey, a.question, s.kind, a.answer,
        CASE {_SCORE} END AS score, a.round, a.version, a.source, COALESCE(r.campaign, l.campaign) AS campaign, r.asked AS asked
    FROM ({_ALL}) AS a LEFT JOIN survey_question AS s ON a.survey = s.survey AND a.question = s.question
    LEFT JOIN survey_round AS r ON a.round = r.round LEFT JOIN message AS m ON a.asked_by = m.message_key
    LEFT JOIN label_campaign AS l ON m.label_key = l.label_key AND l.campaign <> '{UNASSIGNED}'
    LEFT JOIN ({_BROUGHT}) AS b ON a.survey = b.survey AND a.person_key = b.person_key AND a.asked_by = b.asked_by
    QUALIFY row_number() OVER (PARTITION BY a.survey, a.question, COALESCE(a.person_key, a.answer_key),
            CASE WHEN a.round IS NOT NULL AND a.message_key IS NULL THEN 'r' || a.round WHEN b.round IS NOT NULL THEN 'r' || b.round
                WHEN a.asked_by IS NOT NULL THEN 'm' || a.asked_by WHEN a.round IS NOT NULL THEN 'r' || a.round ELSE 'a' || a.answer_key END
        ORDER BY a.at_us DESC, a.version DESC, a.answer_key DESC) = 1"""

_NAMED = f"""SELECT c.*, (EXISTS (SELECT 1 FROM survey_channel AS n WHERE n.survey = c.survey AND n.question = c.question AND n.answer = c.answer
            AND (NOT EXISTS (SELECT 1 FROM label_campaign AS l WHERE l.campaign = c.campaign)
                OR EXISTS (SELECT 1 FROM label_campaign AS l WHERE l.campaign = c.campaign AND l.channel = n.channel)))) AS named,
        CASE WHEN c.asked IS NOT NULL AND EXISTS (SELECT 1 FROM survey_channel AS n WHERE n.survey = c.survey AND n.question = c.question)
            THEN c.asked * {WEIGHT} // count(*) OVER (PARTITION BY c.survey, c.question, c.round) END AS weight
    FROM ({_COUNTED}) AS c"""

_RESPONDED = f"""SELECT f.round, r.survey, r.campaign, f.told_key, min(f.at_us) AS at_us
    FROM ({_IN_FORCE}) AS f JOIN survey_round AS r ON f.round = r.round GROUP BY ALL"""
"""Who answered with his code, whether or not the answer was given again in chat."""


def bind_counted(tables: Tables) -> None:
    """Make `survey_counted`, `survey_round(round, survey, campaign, asked, first_us)`, `survey_responded(round, survey, campaign, told_key, at_us)`.

    Columns of `survey_counted`: answer_key, at_us, person_key, told_key, message_key, survey, question, kind (None: not declared), answer,
    score (None: no answer to that scale), round, version, source, campaign, named (the answer names a channel of the
    campaign), weight (people that the answer stands for, in millionths; None where nobody knows how many were asked).
    """
    state, con = tables.state, tables.con
    questions = [(s.id, q.id, q.kind) for s in state.surveys.values() for q in s.questions]
    _table(tables, "survey_question", ("survey", "question", "kind"), questions)
    _table(tables, "survey_reply", ("payload", "survey", "question", "answer"), replies_of(state.surveys.values()))
    named = [
        (s.id, q.id, c.code, channel)
        for s in state.surveys.values()
        for q in s.questions
        for c in q.choices
        for channel in c.channels
    ]
    _table(tables, "survey_channel", ("survey", "question", "answer", "channel"), named)
    rounds = [
        (one.number, one.survey, campaign_of(tables, one), one.asked, one.first_us) for one in state.rounds.values()
    ]
    columns = ("round", "survey", "campaign", "asked", "first_us")
    _table(tables, "survey_round", columns, rounds, integers=("round", "asked", "first_us"))
    con.execute(f"CREATE OR REPLACE TEMP TABLE survey_counted AS {_NAMED}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE survey_responded AS {_RESPONDED}")


def asks(state: State) -> bool:
    """Whether this workspace asks anybody anything."""
    return bool(state.surveys)


def replies_of(surveys: Iterable[Survey]) -> list[tuple[str, str, str, str]]:
    """(payload, survey, question, answer) of every button that answers; the survey declared last where several do."""
    found = {
        payload: (payload, survey.id, question.id, answer)
        for survey in sorted(surveys, key=lambda one: one.enabled)
        for question in survey.questions
        for payload, answer in (question.answers_from_reply or {}).items()
    }
    return list(found.values())


def campaign_of(tables: Tables, round_: Round) -> str | None:
    """The campaign of a round: its own, else the only one whose messages carry it."""
    if round_.campaign is not None or round_.within is None:
        return round_.campaign
    field, _, value = round_.within.partition("=")
    if field == "campaign":
        return value
    rows = tables.con.execute(
        f"SELECT DISTINCT l.campaign FROM event_label AS e JOIN label_campaign AS l ON e.label_key = l.label_key"
        f" WHERE e.{field} = $1 AND l.campaign <> '{UNASSIGNED}'",
        [value],
    ).fetchall()
    return str(rows[0][0]) if len(rows) == 1 else None


def late_replies(tables: Tables, survey: str) -> int:
    """Taps on a survey's buttons that count for nothing: no known message was sent in the 72 hours before."""
    return duck.scalar(
        tables.con,
        f"SELECT count(*) FROM ({_TAPPED}) WHERE survey = $1 AND answer_key NOT IN (SELECT answer_key FROM ({_TAPPED_IN_TIME}))",
        [survey],
    )


NONE = dict.fromkeys(
    (
        *("answers", "satisfied", "nps_answers", "nps_net", "nps_poles", "invited", "responded"),
        *("heard_weight", "named_weight", "heard_weight_squares"),
    ),
    0,
)
"""The measures of surveys, for a campaign that asked nobody."""

_SUMS = {
    "answers": "count(*) FILTER (WHERE kind = 'csat' AND score IS NOT NULL)",
    "satisfied": "count(*) FILTER (WHERE kind = 'csat' AND score >= 4)",
    "nps_answers": "count(*) FILTER (WHERE kind = 'nps' AND score IS NOT NULL)",
    "nps_net": "count(*) FILTER (WHERE kind = 'nps' AND score >= 9) - count(*) FILTER (WHERE kind = 'nps' AND score <= 6)",
    "nps_poles": "count(*) FILTER (WHERE kind = 'nps' AND (score >= 9 OR score <= 6))",
    "heard_weight": "COALESCE(sum(weight), 0)",
    "named_weight": "COALESCE(sum(weight) FILTER (WHERE named), 0)",
    "heard_weight_squares": "COALESCE(sum(CAST(weight AS HUGEINT) * weight), 0)",
}


def survey_measures(tables: Tables) -> dict[str, dict[str, int]]:
    """Campaign → the measures of its surveys; campaigns that asked nobody are left out."""
    if not asks(tables.state):
        return {}
    bind_counted(tables)
    found: dict[str, dict[str, int]] = {}
    sums = ", ".join(f"{sql} AS {name}" for name, sql in _SUMS.items())
    parts = (
        (tuple(_SUMS), f"SELECT campaign, {sums} FROM survey_counted WHERE campaign IS NOT NULL GROUP BY campaign"),
        (("invited",), "SELECT campaign, sum(asked) FROM survey_round WHERE campaign IS NOT NULL GROUP BY campaign"),
        (
            ("responded",),
            "SELECT campaign, count(*) FROM survey_responded WHERE campaign IS NOT NULL GROUP BY campaign",
        ),
    )
    for names, sql in parts:
        for campaign, *values in tables.con.execute(sql).fetchall():
            found.setdefault(str(campaign), dict(NONE)).update(
                {name: int(value) for name, value in zip(names, values, strict=True)}
            )
    return found


def _table(
    tables: Tables,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    integers: Sequence[str] = (),
) -> None:
    table = pyarrow.table(
        {
            column: pyarrow.array([row[place] for row in rows], _INT if column in integers else _TEXT)
            for place, column in enumerate(columns)
        }
    )
    tables.con.register(f"{name}_given", table)
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_given")
    tables.con.unregister(f"{name}_given")
