"""One customer who places a large part of all orders: a till, a marketplace or a test account under one identity."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="buyer-dominant",
    part=Part.IDENTITY,
    severity="warns",
    question="Does nobody place more than one in fifty orders?",
    threshold=0.0,
    reason="of 500 orders and more 2 % by one person are a shop's own account; they would all be credited to whatever it was sent",
    kpis=("attributed_revenue", "conversion_rate", "average_order_value", "incremental_return"),
    remedy="See who it is: earnest contact show ID. Leave the account's phone or mail out of the order file.",
    tested="matched orders",
    offending="""WITH counted AS (SELECT contact_key, count(*) AS orders FROM conversion WHERE cancelled = 0 AND contact_key IS NOT NULL GROUP BY ALL),
        whole AS (SELECT count(*) AS orders FROM conversion WHERE cancelled = 0)
        SELECT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor, 'one of ' || k.orders || ' of one customer' AS why
        FROM conversion AS c JOIN counted AS k ON c.contact_key = k.contact_key CROSS JOIN whole AS w
        WHERE c.cancelled = 0 AND w.orders >= 500 AND k.orders > 0.02 * w.orders""",
    effect=at_most,
    found_by="suspected",
)
