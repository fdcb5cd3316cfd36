"""People who are messaged on and on and never showed a sign of life: ask them once whether they still want it."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import Money
from earnest.kernel.period import DAY_US
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step

_DAYS = 180
_MESSAGES = 5
_LEAST_SHARE = 0.02
_LEAST = 20


def find(ground: Ground) -> Iterator[Step]:
    """One step, where at least 2 % of the people messaged got five messages in half a year and did nothing."""
    since_us = ground.tables.as_of_us - _DAYS * DAY_US
    ((people, silent, messages, micro),) = ground.rows(_SILENT, since_us, _MESSAGES)
    if silent < _LEAST or silent < _LEAST_SHARE * people:
        return
    spent = Money.from_micro(int(micro or 0), ground.tables.state.currency)
    charged = spent.decimal > 0
    yield Step(
        code="re-permission",
        campaign=None,
        action=f"Ask {silent:,} silent people once whether they still want messages, and stop where they do not answer.",
        why=(
            f"{silent:,} of {people:,} people messaged in {_DAYS} days got {_MESSAGES} or more and neither read, clicked, replied nor bought.",
            f"They got {messages:,} messages. Reads are a lower bound: some of them read with receipts off.",
        ),
        value=ground.money(spent, population=f"messages to them in {_DAYS} days", definition="silent_cost@1")
        if charged
        else Unavailable("value-unknown", "their messages carry no price", "Map the messages' cost."),
        value_means="charged for messages to them in half a year" if charged else "value unknown",
        certainty="counted" if charged else "unknown",
        effort="days",
        evidence=("earnest fatigue show --days 30", "earnest segment list"),
    )


_SILENT = """
WITH messaged AS (
    SELECT m.contact_key, count(*) AS messages, max(CASE WHEN m.read_us IS NULL THEN 0 ELSE 1 END) AS was_read,
        sum(COALESCE(CASE WHEN COALESCE(t.silent, 1) = 1 THEN m.cost_micro WHEN t.own_currency = 1 THEN c.charge_micro END, 0)) AS micro
    FROM message AS m
    LEFT JOIN charge AS c ON m.message_key = c.message_key
    LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key
    WHERE m.delivered_us IS NOT NULL AND m.send_us >= $1 AND m.contact_key IS NOT NULL
    GROUP BY m.contact_key
)
SELECT count(*), count(*) FILTER (WHERE quiet), CAST(COALESCE(sum(messages) FILTER (WHERE quiet), 0) AS BIGINT),
    CAST(COALESCE(sum(micro) FILTER (WHERE quiet), 0) AS BIGINT)
FROM (
    SELECT m.messages, m.micro, m.messages >= $2 AND m.was_read = 0 AND r.contact_key IS NULL AND v.contact_key IS NULL AS quiet
    FROM messaged AS m
    LEFT JOIN (SELECT DISTINCT contact_key FROM response WHERE occurred_us >= $1 AND (human = 1 OR response_kind = 'reply')) AS r
        ON m.contact_key = r.contact_key
    LEFT JOIN (SELECT DISTINCT contact_key FROM conversion WHERE cancelled = 0 AND ordered_us >= $1) AS v ON m.contact_key = v.contact_key
)
"""

RULE = Rule(
    "re-permission", "at least 2 % of people got five messages in half a year and did nothing", find, of_campaigns=False
)
