"""Delivered messages without a price: the cost is a lower bound, so a gain cannot be proven."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import missing_cost

CHECK = Check(
    code="messages-unrated",
    part=Part.COST,
    severity="blocks-gain",
    question="Does every delivered message have a price?",
    threshold=0.0,
    reason="one unknown price makes the cost a lower bound",
    kpis=("total_cost", "cost_per_order", "roas", "roi", "incremental_return"),
    remedy="Map the messages' cost, or add the provider's bill: earnest cost add --kind messaging --amount … --from FIRST-DAY --covers messaging.",
    tested="delivered",
    told=("unrated-messages",),
    offending="""SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us, 'delivered, without a price' AS why
        FROM message AS m JOIN audit_price AS p ON m.message_key = p.message_key JOIN label_campaign AS l ON m.label_key = l.label_key
        JOIN audit_campaign AS c ON l.campaign = c.campaign
        WHERE m.delivered_us IS NOT NULL AND p.price_micro IS NULL AND p.covered = 0 AND c.unrated > 0""",
    effect=missing_cost(
        "SELECT l.campaign, l.channel, p.price_micro FROM audit_price AS p JOIN message AS m ON p.message_key = m.message_key"
        " JOIN label_campaign AS l ON m.label_key = l.label_key WHERE p.price_micro IS NOT NULL AND m.delivered_us IS NOT NULL"
    ),
)
