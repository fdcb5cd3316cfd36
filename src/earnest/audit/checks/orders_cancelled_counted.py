"""Orders that one telling cancels and another, no later one, counts: the versions do not say which holds."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="orders-cancelled-counted",
    part=Part.VALIDITY,
    severity="warns",
    question="Does every cancelled order count for nothing?",
    threshold=0.0,
    reason="an order that was cancelled earned nothing, in whatever order the files came",
    kpis=("orders", "attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="Map the column that tells when a row was updated (updated_at), so that the latest version is in force.",
    tested="orders",
    offending="""SELECT 'order' AS kind, c.order_key AS key, any_value(e.order_id) AS id, any_value(c.ordered_us) AS at_us,
            any_value(c.net_minor) AS amount_minor, 'cancelled in another telling that is no older' AS why
        FROM conversion AS c
        JOIN (SELECT order_key, order_id, cancelled, updated_us FROM event_order
            UNION ALL SELECT order_key, order_id, cancelled, updated_us FROM event_conversion) AS e ON c.order_key = e.order_key
        WHERE c.cancelled = 0 AND e.order_key IN (
            SELECT order_key FROM (SELECT order_key, cancelled FROM event_order UNION ALL SELECT order_key, cancelled FROM event_conversion) WHERE cancelled)
        GROUP BY c.order_key
        HAVING max(COALESCE(e.updated_us, 0)) FILTER (WHERE e.cancelled) >= max(COALESCE(e.updated_us, 0)) FILTER (WHERE NOT e.cancelled)""",
    effect=left_out,
)
