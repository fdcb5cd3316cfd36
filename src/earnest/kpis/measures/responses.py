"""What contacts did with messages: clicks, replies, opt-outs by day of the message's send, conversations by day of the reply."""

from earnest.kernel.period import DAY_US
from earnest.kpis.measures.measure import Measure

_KEYS = "r.label_key AS label_key, r.contact_key AS contact_key, r.response_key AS response_key, r.message_key AS message_key"


def _first(name: str, meaning: str, kind: str) -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows=f"SELECT {_KEYS}, r.send_day AS day, r.occurred_us AS at_us, r.counted AS amount FROM response AS r"
        f" WHERE r.response_kind = '{kind}' AND r.counted = 1",
        day="send",
        cell=("funnel_cell", name),
    )


def _clicks(name: str, meaning: str, which: str) -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows=f"SELECT {_KEYS}, r.send_day AS day, r.occurred_us AS at_us, r.link AS link, r.click_class AS click_class,"
        f" r.class_reason AS class_reason, 1 AS amount FROM response AS r"
        f" WHERE r.response_kind = 'click' AND r.message_key IS NOT NULL AND {which}",
        day="send",
        cell=("funnel_cell", name),
    )


MEASURES = (
    _first("clicked", "messages with a click of a person", "click"),
    _first("replied", "messages replied to within 72 hours", "reply"),
    _first("opted_out", "delivered messages followed by an opt-out within 72 hours", "opt_out"),
    _clicks("all_clicks", "clicks of the messages, machines included", "r.click_class IS NOT NULL"),
    _clicks("human_clicks", "clicks of people, repeated ones left out", "r.human = 1"),
    _clicks(
        "machine_clicks", "clicks of previews, prefetches and bots", "r.click_class IN ('preview', 'prefetch', 'bot')"
    ),
    Measure(
        id="conversations",
        meaning="replies to messages that open a conversation: none of the contact's in the 24 hours before",
        rows=f"""SELECT w.label_key AS label_key, w.message_key AS message_key, w.response_key AS response_key, w.contact_key AS contact_key,
            w.response_day AS day, w.occurred_us AS at_us, 1 AS amount
        FROM (SELECT r.response_key, r.contact_key, r.message_key, r.label_key, r.response_day, r.occurred_us,
                SUM(r.occurred_us) OVER (PARTITION BY r.contact_key ORDER BY r.occurred_us, r.response_key
                    ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before_us
            FROM response AS r WHERE r.response_kind = 'reply') AS w
        WHERE w.label_key IS NOT NULL AND (w.before_us IS NULL OR w.occurred_us - w.before_us >= {DAY_US})""",
        day="answer",
    ),
)
