"""Every measure as the rows whose `amount` adds up to it: what `earnest kpi explain` prints.

Each text selects from the tables and from `campaign_label(label_key)`, the labels of the campaign asked for.
Money is in micro units.
"""

from __future__ import annotations

from collections.abc import Iterable

from earnest.events.failure import FailureClass, failure_reasons

_MESSAGE = (
    "SELECT m.message_key AS message_key, m.send_day AS send_day, m.{at} AS at_us, 1 AS amount"
    " FROM message AS m JOIN campaign_label AS l ON m.label_key = l.label_key WHERE m.{at} IS NOT NULL"
)
_RESPONSE = (
    "SELECT r.response_key AS response_key, r.message_key AS message_key, r.occurred_us AS at_us, r.counted AS amount"
    " FROM response AS r JOIN campaign_label AS l ON r.label_key = l.label_key WHERE r.response_kind = '{kind}' AND r.counted = 1"
)
_CLICK = (
    "SELECT r.response_key AS response_key, r.message_key AS message_key, r.occurred_us AS at_us, r.link AS link, r.click_class AS click_class,"
    " r.class_reason AS class_reason, 1 AS amount FROM response AS r JOIN campaign_label AS l ON r.label_key = l.label_key"
    " WHERE r.response_kind = 'click' AND {which}"
)
_CREDIT = "FROM credit AS c JOIN campaign_label AS l ON c.label_key = l.label_key WHERE c.model = 'last_touch'"
_DAY_US = 86_400_000_000

_FAILED = (
    "SELECT m.message_key AS message_key, m.send_day AS send_day, m.error_code AS error_code, 1 AS amount"
    " FROM message AS m JOIN campaign_label AS l ON m.label_key = l.label_key JOIN label_campaign AS x ON m.label_key = x.label_key"
    " WHERE m.failed_us IS NOT NULL AND m.delivered_us IS NULL AND ({codes})"
)
_CHARGED = (
    "SELECT c.message_key AS message_key, c.send_day AS send_day, c.card_row AS card_row, c.reason AS reason, c.charge_micro AS charge_micro,"
    " 1 AS amount FROM charge AS c JOIN campaign_label AS l ON c.label_key = l.label_key WHERE {which}"
)


def _codes(wanted: Iterable[tuple[str, str]]) -> str:
    return " OR ".join(f"(x.channel = '{channel}' AND m.error_code = '{code}')" for channel, code in wanted)


_REASONS = failure_reasons()
_CAPPED = _codes(key for key, reason in _REASONS.items() if reason.failure_class is FailureClass.CAPPED_BY_META)
_BAD_NUMBER = _codes(key for key, reason in _REASONS.items() if reason.counts_as_bad_number)

_ANSWER = (
    "SELECT answer_key, survey, question, round, message_key, at_us, answer, {amount} AS amount FROM survey_counted"
    " WHERE campaign = (SELECT campaign FROM survey_campaign) AND {which}"
)
_SURVEY = {
    "answers": _ANSWER.format(amount="1", which="kind = 'csat' AND score IS NOT NULL"),
    "satisfied": _ANSWER.format(amount="1", which="kind = 'csat' AND score >= 4"),
    "nps_answers": _ANSWER.format(amount="1", which="kind = 'nps' AND score IS NOT NULL"),
    "nps_net": _ANSWER.format(amount="CASE WHEN score >= 9 THEN 1 ELSE -1 END", which="kind = 'nps' AND (score >= 9 OR score <= 6)"),
    "heard_weight": _ANSWER.format(amount="weight", which="weight IS NOT NULL"),
    "named_weight": _ANSWER.format(amount="weight", which="weight IS NOT NULL AND named"),
    "invited": "SELECT round, survey, asked AS amount FROM survey_round WHERE campaign = (SELECT campaign FROM survey_campaign)",
    "responded": "SELECT round, survey, told_key AS contact_key, at_us, 1 AS amount FROM survey_responded"
    " WHERE campaign = (SELECT campaign FROM survey_campaign)",
}  # fmt: skip
"""Over `survey_counted` and `survey_round`; `survey_campaign` holds the campaign asked for."""

ROWS: dict[str, str] = {
    "failed": _FAILED.format(codes="1 = 1"),
    "capped": _FAILED.format(codes=_CAPPED),
    "bad_number": _FAILED.format(codes=_BAD_NUMBER),
    "charged": _CHARGED.format(which="c.charge_micro > 0"),
    "rated": _CHARGED.format(which="c.charge_micro IS NOT NULL"),
    "unseen": "SELECT m.message_key AS message_key, m.send_day AS send_day, m.delivered_us AS at_us, 1 AS amount"
    " FROM message AS m JOIN campaign_label AS l ON m.label_key = l.label_key"
    " LEFT JOIN (SELECT DISTINCT contact_key FROM message WHERE read_us IS NOT NULL) AS r ON m.contact_key = r.contact_key"
    " WHERE m.delivered_us IS NOT NULL AND m.read_us IS NULL AND r.contact_key IS NULL",
    "messages": _MESSAGE.format(at="send_us"),
    "sent": _MESSAGE.format(at="sent_us"),
    "delivered": _MESSAGE.format(at="delivered_us"),
    "was_read": _MESSAGE.format(at="read_us"),
    "all_clicks": _CLICK.format(which="r.message_key IS NOT NULL"),
    "human_clicks": _CLICK.format(which="r.human = 1"),
    "machine_clicks": _CLICK.format(which="r.click_class IN ('preview', 'prefetch', 'bot')"),
    "clicked": _RESPONSE.format(kind="click"),
    "replied": _RESPONSE.format(kind="reply"),
    "opted_out": _RESPONSE.format(kind="opt_out"),
    "conversations": f"""SELECT w.response_key AS response_key, w.contact_key AS contact_key, w.occurred_us AS at_us, 1 AS amount
        FROM (SELECT r.response_key, r.contact_key, r.label_key, r.occurred_us,
                SUM(r.occurred_us) OVER (PARTITION BY r.contact_key ORDER BY r.occurred_us, r.response_key
                    ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before_us
            FROM response AS r WHERE r.response_kind = 'reply') AS w
        JOIN campaign_label AS l ON w.label_key = l.label_key
        WHERE w.before_us IS NULL OR w.occurred_us - w.before_us >= {_DAY_US}""",
    "converters": "SELECT v.contact_key AS contact_key, MIN(v.ordered_us) AS at_us, 1 AS amount"
    " FROM credit AS c JOIN campaign_label AS l ON c.label_key = l.label_key JOIN conversion AS v ON c.order_key = v.order_key"
    " WHERE c.model = 'last_touch' AND v.cancelled = 0 GROUP BY v.contact_key",
    "credited_orders": "SELECT c.order_key AS order_key, c.message_key AS message_key, v.ordered_us AS at_us, 1 AS amount"
    " FROM credit AS c JOIN campaign_label AS l ON c.label_key = l.label_key JOIN conversion AS v ON c.order_key = v.order_key"
    " WHERE c.model = 'last_touch' AND v.cancelled = 0",
    "attributed_micro": "SELECT c.order_key AS order_key, c.message_key AS message_key, c.touch_us AS touch_us, c.rung AS rung,"
    f" c.credit_minor * {{minor}} AS amount {_CREDIT} AND c.credit_minor <> 0",
    "cost_micro": "SELECT cost_kind, description, evidence, amount FROM campaign_cost",
    **_SURVEY,
    "attributed_less_cost_micro": "SELECT 'attributed' AS part, c.order_key AS order_key, c.credit_minor * {minor} AS amount"
    f" {_CREDIT} AND c.credit_minor <> 0"
    " UNION ALL SELECT 'cost' AS part, CAST(NULL AS BIGINT) AS order_key, -amount AS amount FROM campaign_cost",
}
"""Measure → SELECT; `{minor}` is micro units per minor unit of the currency. Sums over `amount` are the measure."""
