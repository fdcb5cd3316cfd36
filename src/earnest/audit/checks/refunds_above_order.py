"""Refunds that give back more than was paid: the order then counts as a loss that nobody had."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="refunds-above-order",
    part=Part.VALIDITY,
    severity="warns",
    question="Is no more given back on an order than was paid for it?",
    threshold=0.0,
    reason="at most what was paid can be given back; the rest is tax, shipping or a refund told twice",
    kpis=("attributed_revenue", "average_order_value", "roas", "roi", "incremental_return"),
    remedy="Import refunds less tax and shipping, as orders are; and give every refund its id, so that it counts once.",
    tested="refunds",
    offending="""SELECT 'order' AS kind, order_key AS key, ordered_us AS at_us, net_minor AS amount_minor, 0 AS corrected_minor,
            'paid ' || before_refunds_minor || ', given back ' || refund_minor || ' (minor units)' AS why
        FROM conversion WHERE refund_minor > before_refunds_minor AND before_refunds_minor >= 0 AND cancelled = 0""",
    effect=left_out,
)
