"""Customers by the day of their first order, what became of them, and the revenue of all orders, credited or not.

A cohort stands with the message that last touch credits the first order to; where it is nobody's, the label is null.
"""

from earnest.kernel.period import DAY_US
from earnest.kpis.measures.measure import Measure

NEWEST_ORDER = "(SELECT max(ordered_us) FROM conversion WHERE cancelled = 0)"
ORDERS = (
    "(SELECT v.contact_key, v.order_key, v.order_day, v.ordered_us, row_number() OVER (PARTITION BY v.contact_key"
    " ORDER BY v.ordered_us, v.order_key) AS place, max(v.ordered_us) OVER (PARTITION BY v.contact_key ORDER BY v.ordered_us, v.order_key"
    " ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before_us FROM conversion AS v WHERE v.cancelled = 0 AND v.contact_key IS NOT NULL) AS o"
    " LEFT JOIN (SELECT order_key, max(label_key) AS label_key FROM credit WHERE model = 'last_touch' GROUP BY order_key) AS c"
    " ON o.order_key = c.order_key"
)
"""Orders `o` with their `place` among those of the contact, and the label `c` of the message that last touch credits."""


def _cohort(name: str, meaning: str, which: str = "1 = 1") -> Measure:
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT c.label_key AS label_key, o.contact_key AS contact_key, o.order_key AS order_key, o.order_day AS day,"
        f" o.ordered_us AS at_us, 1 AS amount FROM {ORDERS} WHERE o.place = 1 AND {which}",
        day="order",
    )


def _again(within_days: int | None) -> str:
    """Whether another order followed the first one."""
    until = f" AND a.ordered_us < o.ordered_us + {within_days * DAY_US}" if within_days is not None else ""
    return (
        "EXISTS (SELECT 1 FROM conversion AS a WHERE a.contact_key = o.contact_key AND a.cancelled = 0"
        f" AND a.order_key <> o.order_key AND a.ordered_us >= o.ordered_us{until})"
    )


_AGED = f"o.ordered_us <= {NEWEST_ORDER} - {90 * DAY_US}"

MEASURES = (
    _cohort("new_customers", "customers, by the day of their first order"),
    _cohort("repeat_customers", "of them those who ordered again", _again(None)),
    _cohort("aged_90", "customers whose first order is 90 days older than the newest order", _AGED),
    _cohort("retained_90", "of them those who ordered again within 90 days", f"{_AGED} AND {_again(90)}"),
    Measure(
        id="reactivated",
        meaning="customers who ordered again after 180 days or more without an order",
        rows="SELECT c.label_key AS label_key, o.contact_key AS contact_key, o.order_key AS order_key, o.order_day AS day,"
        f" o.ordered_us AS at_us, 1 AS amount FROM {ORDERS} WHERE o.place > 1 AND o.ordered_us - o.before_us >= {180 * DAY_US}",
        day="order",
        once_by="contact_key",
    ),
    Measure(
        id="net_revenue_micro",
        meaning="net revenue of all orders, credited or not",
        rows="SELECT v.contact_key AS contact_key, v.order_key AS order_key, v.order_day AS day,"
        " v.ordered_us AS at_us, v.net_minor * {minor} AS amount FROM conversion AS v WHERE v.cancelled = 0",
        day="order",
    ),
)
