"""The same order told by two files, without an id by which it would count once."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="orders-across-files",
    part=Part.VALIDITY,
    severity="warns",
    question="Does no order without an id stand in two files?",
    threshold=0.0,
    reason="same customer, amount and instant in two files is one order told twice",
    kpis=("orders", "attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="Undo one of the imports (earnest import undo ID), or map the order's id.",
    tested="orders",
    offending="""WITH told AS (
            SELECT event_key, order_key, contact_key, occurred_us, net_minor, source, min(segment_key) AS segment_key FROM event_order
            WHERE order_id IS NULL AND NOT cancelled AND contact_key IS NOT NULL GROUP BY ALL
        ), grouped AS (
            SELECT *, dense_rank() OVER g AS file,
                row_number() OVER (PARTITION BY contact_key, occurred_us, net_minor, source, segment_key ORDER BY order_key) AS copy
            FROM told WINDOW g AS (PARTITION BY contact_key, occurred_us, net_minor, source ORDER BY segment_key)
        )
        SELECT 'order' AS kind, g.order_key AS key, g.occurred_us AS at_us, g.net_minor AS amount_minor, 'another file tells it too' AS why
        FROM grouped AS g SEMI JOIN (SELECT order_key FROM conversion WHERE cancelled = 0) AS c ON g.order_key = c.order_key
        WHERE g.file > 1 AND EXISTS (
            SELECT 1 FROM grouped AS f WHERE f.file = 1 AND f.copy = g.copy AND f.contact_key = g.contact_key AND f.occurred_us = g.occurred_us
                AND f.net_minor = g.net_minor AND f.source = g.source)""",
    effect=left_out,
)
