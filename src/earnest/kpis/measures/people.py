"""People behind messages, each once in whatever group is asked for: who was addressed, reached, seen to read, known to the shop."""

from earnest.kpis.measures.measure import Measure


def _people(name: str, meaning: str, which: str, beside: str = "") -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day,"
        f" m.send_us AS at_us, 1 AS amount FROM message AS m {beside} WHERE m.contact_key IS NOT NULL AND {which}",
        day="send",
        once_by="contact_key",
    )


_READERS = (
    "JOIN (SELECT DISTINCT contact_key FROM message WHERE read_us IS NOT NULL) AS r ON m.contact_key = r.contact_key"
)
_BUYERS = "JOIN (SELECT DISTINCT contact_key FROM conversion WHERE cancelled = 0) AS r ON m.contact_key = r.contact_key"

MEASURES = (
    _people("addressed", "contacts with a message", "m.send_us IS NOT NULL"),
    _people("reached", "contacts whom a message reached", "m.delivered_us IS NOT NULL"),
    _people("receipt_people", "of them those who ever sent a read receipt", "m.delivered_us IS NOT NULL", _READERS),
    _people("stitched", "contacts with a message who ever ordered", "m.send_us IS NOT NULL", _BUYERS),
    Measure(
        id="not_failed",
        meaning="messages that did not fail for good",
        rows="SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day,"
        " m.send_us AS at_us, 1 AS amount FROM message AS m WHERE m.failed_us IS NULL OR m.delivered_us IS NOT NULL",
        day="send",
        cell=("funnel_cell", "messages - failed"),
    ),
)
