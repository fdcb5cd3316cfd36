"""Numbers that failed for reasons of their own: every further message to them is lost, and lowers the sender's quality."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.events.failure import failure_reasons
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step

_LEAST_SHARE = 0.01
_LEAST = 10


def find(ground: Ground) -> Iterator[Step]:
    """One step, where at least one message in a hundred failed by its number."""
    codes = [key for key, reason in failure_reasons().items() if reason.counts_as_bad_number]
    wanted = " OR ".join(f"(l.channel = '{channel}' AND m.error_code = '{code}')" for channel, code in codes)
    ((messages, bad, people, again, micro),) = ground.rows(_BAD.format(wanted=wanted or "1 = 0"))
    if not messages or bad < _LEAST or bad < _LEAST_SHARE * messages:
        return
    currency = ground.tables.state.currency
    spent = Money.from_micro(int(micro or 0), currency)
    charged = spent.decimal > 0
    yield Step(
        code="remove-bad-numbers",
        campaign=None,
        action=f"Take {people:,} numbers off the list that failed by their own fault and never got a message.",
        why=(
            f"{bad:,} of {messages:,} messages ({bad / messages:.1%}) failed because the number is wrong or not on the channel.",
            f"{again:,} of them went to numbers that had failed so before.",
        ),
        value=ground.money(spent, population="messages to such numbers", definition="bad_number_cost@1")
        if charged
        else Unavailable(
            "value-unknown",
            f"no charge (in {currency}, of {MICRO_PER_MAJOR:,} millionths) is on record for them",
            "Nothing to do.",
        ),
        value_means="charged for messages to such numbers" if charged else "value unknown",
        certainty="counted" if charged else "unknown",
        effort="hours",
        evidence=("earnest number check FILE", "earnest campaign list"),
    )


_BAD = """
WITH failed AS (
    SELECT m.message_key, m.contact_key, m.send_us, m.cost_micro FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
    LEFT JOIN (SELECT DISTINCT contact_key FROM message WHERE delivered_us IS NOT NULL) AS d ON m.contact_key = d.contact_key
    WHERE m.failed_us IS NOT NULL AND m.delivered_us IS NULL AND d.contact_key IS NULL AND ({wanted})
), numbered AS (
    SELECT contact_key, cost_micro, row_number() OVER (PARTITION BY contact_key ORDER BY send_us, message_key) AS place FROM failed
)
SELECT (SELECT count(*) FROM message), count(*), count(DISTINCT contact_key), count(*) FILTER (WHERE place > 1), CAST(sum(cost_micro) AS BIGINT)
FROM numbered
"""

RULE = Rule("remove-bad-numbers", "at least 1 % of messages failed because of the number", find, of_campaigns=False)
