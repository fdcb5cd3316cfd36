"""Messages by what was done with them in more than one way: clicked and read, tapped, clicked or answered, complained about."""

from earnest.kpis.measures.measure import Measure

_KEYS = "r.label_key AS label_key, r.contact_key AS contact_key, r.response_key AS response_key, r.message_key AS message_key"
_COUNTED = f"SELECT {_KEYS}, r.send_day AS day, r.occurred_us AS at_us, 1 AS amount FROM response AS r"
_WINDOW_US = 72 * 3_600_000_000


def _told(kind: str, which: str, columns: str) -> str:
    """Answers of a kind within 72 hours of their message, with what the event beside them says."""
    return (
        f"SELECT {_KEYS}, r.send_day AS day, r.occurred_us AS at_us, {columns}, 1 AS amount FROM response AS r"
        f" JOIN event_{kind} AS e ON r.response_key = e.event_key JOIN message AS m ON r.message_key = m.message_key"
        f" WHERE {which} AND r.occurred_us >= m.send_us AND r.occurred_us < m.send_us + {_WINDOW_US}"
    )


MEASURES = (
    Measure(
        id="clicked_read",
        meaning="messages with a read receipt and a click of a person",
        rows=f"{_COUNTED} JOIN message AS m ON r.message_key = m.message_key"
        " WHERE r.response_kind = 'click' AND r.counted = 1 AND m.read_us IS NOT NULL",
        day="send",
    ),
    Measure(
        id="engaged",
        meaning="messages with a click of a person, or an answer within 72 hours",
        rows=f"{_COUNTED} WHERE r.response_kind IN ('click', 'reply') AND r.counted = 1",
        day="send",
        once_by="message_key",
    ),
    Measure(
        id="tapped",
        meaning="messages with a tap on one of their buttons or list rows within 72 hours",
        rows=_told(
            "reply",
            "r.response_kind = 'reply' AND e.payload IS NOT NULL",
            "e.reply_type AS reply_type, e.payload AS payload",
        ),
        day="send",
        once_by="message_key",
    ),
    Measure(
        id="complained",
        meaning="delivered messages with a complaint within 72 hours",
        rows=_told(
            "opt",
            "r.response_kind = 'opt_out' AND e.door = 'complaint' AND m.delivered_us IS NOT NULL",
            "e.door AS door",
        ),
        day="send",
        once_by="message_key",
    ),
)
