"""Orders below nothing before any refund: corrections or returns that were told as orders."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="orders-negative",
    part=Part.VALIDITY,
    severity="warns",
    question="Was something paid for every order?",
    threshold=0.0,
    reason="nobody buys for less than nothing: it is a correction, and belongs to the order it corrects",
    kpis=("orders", "attributed_revenue", "average_order_value", "roas", "roi"),
    remedy="Import returns as refunds of their order: earnest import run FILE --as refunds.",
    tested="orders",
    offending="""SELECT 'order' AS kind, order_key AS key, ordered_us AS at_us, net_minor AS amount_minor, 'below nothing before refunds' AS why
        FROM conversion WHERE before_refunds_minor < 0""",
    effect=left_out,
)
