"""Answers that count, by day of the answer, and people asked, by the day their round began; see `usecases/survey_counted`.

Rows are a campaign's: `survey_counted`, `survey_round` and `survey_responded` are made when they are asked for, and
`zone_offset` says which business day an instant falls on.
"""

from earnest.kpis.measures.measure import Measure


def _answers(name: str, meaning: str, which: str, amount: str = "1") -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT a.campaign AS campaign, a.person_key AS contact_key, a.answer_key AS answer_key, a.survey AS survey,"
        " a.question AS question, a.round AS round, a.message_key AS message_key, (a.at_us + z.offset_us) // 86400000000 AS day,"
        f" a.at_us AS at_us, a.answer AS answer, {amount} AS amount FROM survey_counted AS a"
        f" JOIN zone_offset AS z ON a.at_us >= z.from_us AND a.at_us < z.until_us WHERE a.campaign IS NOT NULL AND {which}",
        day="answer",
    )


_ROUND_DAY = "(s.first_us + z.offset_us) // 86400000000 AS day"
_ROUND_ZONE = "JOIN zone_offset AS z ON s.first_us >= z.from_us AND s.first_us < z.until_us"

MEASURES = (
    _answers("answers", "answers to satisfaction questions", "a.kind = 'csat' AND a.score IS NOT NULL"),
    _answers("satisfied", "answers of 4 or 5 to satisfaction questions", "a.kind = 'csat' AND a.score >= 4"),
    _answers("nps_answers", "answers to the recommendation question", "a.kind = 'nps' AND a.score IS NOT NULL"),
    _answers(
        "nps_net",
        "promoters (9, 10) less detractors (0–6)",
        "a.kind = 'nps' AND (a.score >= 9 OR a.score <= 6)",
        "CASE WHEN a.score >= 9 THEN 1 ELSE -1 END",
    ),
    _answers("nps_poles", "promoters and detractors", "a.kind = 'nps' AND (a.score >= 9 OR a.score <= 6)"),
    _answers("heard_weight", "people that answers to 'how did you hear' stand for", "a.weight IS NOT NULL", "a.weight"),
    _answers("named_weight", "of them those that name the channel", "a.weight IS NOT NULL AND a.named", "a.weight"),
    _answers(
        "heard_weight_squares",
        "squares of the weights of 'how did you hear'",
        "a.weight IS NOT NULL",
        "CAST(a.weight AS HUGEINT) * a.weight",
    ),
    Measure(
        id="invited",
        meaning="people asked",
        rows=f"SELECT s.campaign AS campaign, s.round AS round, s.survey AS survey, {_ROUND_DAY}, s.asked AS amount"
        f" FROM survey_round AS s {_ROUND_ZONE} WHERE s.campaign IS NOT NULL",
        day="round",
    ),
    Measure(
        id="responded",
        meaning="people who answered with their code",
        rows=f"SELECT r.campaign AS campaign, r.round AS round, r.survey AS survey, r.told_key AS contact_key, {_ROUND_DAY},"
        " r.at_us AS at_us, 1 AS amount FROM survey_responded AS r JOIN survey_round AS s ON r.round = s.round"
        f" {_ROUND_ZONE} WHERE r.campaign IS NOT NULL",
        day="round",
    ),
)
