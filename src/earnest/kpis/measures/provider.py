"""What the provider charges delivered messages, by day of the send."""

from earnest.kpis.measures.measure import Measure


def _charged(name: str, meaning: str, which: str, column: str) -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT c.label_key AS label_key, c.message_key AS message_key, c.send_day AS day, c.card_row AS card_row,"
        f" c.reason AS reason, c.charge_micro AS charge_micro, 1 AS amount FROM charge AS c WHERE {which}",
        day="send",
        cell=("charge_cell", column),
    )


MEASURES = (
    _charged("charged", "delivered messages with a charge above 0", "c.charge_micro > 0", "charged"),
    _charged("rated", "delivered messages whose charge is known", "c.charge_micro IS NOT NULL", "priced"),
    Measure(
        id="unpriced",
        meaning="delivered messages without a price in the workspace's currency",
        rows="SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day, 1 AS amount"
        " FROM message AS m LEFT JOIN charge AS c ON m.message_key = c.message_key"
        " LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key"
        " WHERE (m.terms_key IS NULL AND m.delivered_us IS NOT NULL AND m.cost_micro IS NULL)"
        " OR (c.message_key IS NOT NULL AND (t.own_currency = 0 OR c.charge_micro IS NULL))",
        day="send",
        cell=("funnel_cell", "unpriced"),
    ),
)
