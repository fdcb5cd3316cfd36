"""Orders that name nobody: no campaign can be credited for them, and no experiment counts them."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import predicted_credit

CHECK = Check(
    code="orders-unmatched",
    part=Part.IDENTITY,
    severity="warns",
    question="Does every order name its customer, by phone, mail or id?",
    threshold=0.05,
    reason="a few guests order without either; the credit they take away stays within rounding up to 5 %",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="Map the order file's phone or mail column: earnest import fields orders.",
    tested="orders",
    offending="""SELECT 'order' AS kind, order_key AS key, ordered_us AS at_us, net_minor AS amount_minor, 'no customer' AS why
        FROM conversion WHERE contact_key IS NULL AND cancelled = 0""",
    effect=predicted_credit,
)
