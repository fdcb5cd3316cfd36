"""No order for longer than usual while messages go out: what they earned is not here yet."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="orders-stale",
    part=Part.TIMELINESS,
    severity="blocks-gain",
    question="Do the orders reach as far as the messages?",
    threshold=0.0,
    reason="longer than 2 days and than three times the usual distance of days with orders",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi"),
    remedy="Import the latest orders: earnest import run FILE --as orders.",
    tested="campaigns",
    offending="""WITH told AS (SELECT max(ordered_us) AS last_us, (max(order_day) - min(order_day) + 1) / count(DISTINCT order_day) AS usual FROM conversion
            HAVING count(DISTINCT order_day) >= 14)
        SELECT 'campaign' AS kind, c.campaign, c.last_us AS at_us,
            'its last message went out ' || ((c.last_us - t.last_us) // 86400000000) || ' days after the last order' AS why
        FROM audit_campaign AS c CROSS JOIN told AS t
        WHERE least(c.last_us + 86400000000, {now_us}) - t.last_us > greatest(2, 3 * t.usual) * 86400000000""",
    effect=no_money("not-told", "the orders of these days are not known yet", "Import the latest orders."),
)
