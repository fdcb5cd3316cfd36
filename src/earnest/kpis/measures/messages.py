"""Messages and how far they came, by day of the send."""

from earnest.kpis.measures.measure import Measure


def _reached(name: str, meaning: str, at: str) -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day,"
        f" m.{at} AS at_us, 1 AS amount FROM message AS m WHERE m.{at} IS NOT NULL",
        day="send",
        cell=("funnel_cell", name),
    )


MEASURES = (
    _reached("messages", "messages met", "send_us"),
    _reached("sent", "messages sent", "sent_us"),
    _reached("delivered", "messages delivered", "delivered_us"),
    _reached("was_read", "messages with a read receipt", "read_us"),
    Measure(
        id="unseen",
        meaning="messages delivered and not read, to contacts who never sent a read receipt",
        rows="SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day,"
        " m.delivered_us AS at_us, 1 AS amount FROM message AS m"
        " LEFT JOIN (SELECT DISTINCT contact_key FROM message WHERE read_us IS NOT NULL) AS r ON m.contact_key = r.contact_key"
        " WHERE m.delivered_us IS NOT NULL AND m.read_us IS NULL AND r.contact_key IS NULL",
        day="send",
    ),
)
