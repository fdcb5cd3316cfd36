"""Coupons redeemed by people they were not meant for: their orders are no evidence of the campaign."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="coupons-leaked",
    part=Part.VALIDITY,
    severity="warns",
    question="Are coupons redeemed by those they were given to?",
    threshold=0.0,
    reason="an order by an outsider was brought by the discount's leak, not by the message",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi"),
    remedy="See who: earnest coupon leaks. Mint codes of their own for recipients: earnest coupon mint.",
    tested="SELECT order_key AS key, 'order' AS kind FROM audit_redeemed",
    offending="""SELECT 'order' AS kind, o.order_key AS key, o.coupon AS id, c.ordered_us AS at_us, c.net_minor AS amount_minor,
            'coupon ' || o.coupon || ', redeemed by somebody outside' AS why
        FROM audit_redeemed AS o JOIN conversion AS c ON o.order_key = c.order_key WHERE o.outside""",
    effect=left_out,
)
