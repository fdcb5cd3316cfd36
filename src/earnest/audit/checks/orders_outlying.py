"""Orders so large that a few of them decide the result: a decimal point lost, or a wholesale order among retail ones."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="orders-outlying",
    part=Part.VALIDITY,
    severity="informs",
    question="Is every order within ten times of what all but one in a hundred cost?",
    threshold=0.0,
    reason="amounts of a shop spread, but ten times the 99th percentile does not come by itself; needs 200 orders to tell",
    kpis=("attributed_revenue", "average_order_value", "roas", "roi", "incremental_return"),
    remedy="Check these orders in the shop: is a decimal point lost, or a wholesale order among those of people?",
    tested="orders",
    offending="""SELECT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor,
            'above ten times the 99th percentile (' || q.usual || ' minor units)' AS why
        FROM conversion AS c CROSS JOIN (
            SELECT CAST(quantile_disc(net_minor, 0.99) AS BIGINT) AS usual FROM conversion WHERE cancelled = 0 AND net_minor > 0 HAVING count(*) >= 200
        ) AS q WHERE c.cancelled = 0 AND c.net_minor > 10 * q.usual""",
    effect=at_most,
    found_by="suspected",
)
