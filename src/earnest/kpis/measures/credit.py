"""What a rule credits messages with, by day of the order. Attributed: bookkeeping, not evidence of cause."""

from earnest.kpis.measures.measure import Measure

_ORDERS = (
    "SELECT c.label_key AS label_key, v.contact_key AS contact_key, c.order_key AS order_key, c.message_key AS message_key,"
    " c.order_day AS day, v.ordered_us AS at_us, 1 AS amount FROM {credit} AS c JOIN conversion AS v ON c.order_key = v.order_key"
    " WHERE c.model = '{model}' AND c.label_key IS NOT NULL AND v.cancelled = 0"
)

MEASURES = (
    Measure(
        "converters", "contacts with an order credited to the messages", _ORDERS, day="order", once_by="contact_key"
    ),
    Measure("credited_orders", "orders credited to the messages", _ORDERS, day="order", once_by="order_key"),
    Measure(
        id="attributed_micro",
        meaning="net revenue credited to the messages",
        rows="SELECT c.label_key AS label_key, c.order_key AS order_key, c.message_key AS message_key, c.order_day AS day,"
        " c.touch_us AS touch_us, c.rung AS rung, c.credit_minor * {minor} AS amount FROM {credit} AS c"
        " WHERE c.model = '{model}' AND c.label_key IS NOT NULL AND c.credit_minor <> 0",
        day="order",
        cell=("credit_cell", "credit_minor * {minor}"),
    ),
)
