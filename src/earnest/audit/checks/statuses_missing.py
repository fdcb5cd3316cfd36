"""Messages that were sent and of which nothing was heard: they may have arrived, been paid for, been read."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _unheard_charges(ground: Ground, rows: str) -> Effects | Unavailable:
    """What the unheard cost: nothing if none arrived, the mean price of an arrived one each if all did."""
    found = ground.con.execute(
        f"""SELECT l.campaign, r.messages, avg(p.price_micro) FILTER (WHERE m.delivered_us IS NOT NULL)
        FROM (SELECT campaign, count(*) AS messages FROM {rows} WHERE campaign IS NOT NULL GROUP BY ALL) AS r
        JOIN label_campaign AS l ON r.campaign = l.campaign JOIN message AS m ON m.label_key = l.label_key
        JOIN audit_price AS p ON m.message_key = p.message_key
        GROUP BY ALL ORDER BY 1"""
    ).fetchall()
    cost = {str(name): Range.between(0, -int(messages) * float(price or 0) / 1e6) for name, messages, price in found}
    return Effects({name: Change(cost=amount) for name, amount in cost.items()}, "bounds")


CHECK = Check(
    code="statuses-missing",
    part=Part.COMPLETENESS,
    severity="warns",
    question="Was something heard of every message three days after its send: delivered, read or failed?",
    threshold=0.05,
    reason="phones are off for days: up to 5 % are usual on every channel",
    kpis=("delivery_rate", "failure_rate", "read_rate", "total_cost"),
    remedy="See by day and account: earnest doctor gaps. Then repair the webhook, or import the provider's delivery report.",
    tested="SELECT message_key AS key, 'message' AS kind FROM message WHERE send_us < {now_us} - 259200000000",
    offending="""SELECT 'message' AS kind, message_key AS key, send_us AS at_us, 'nothing was heard after the send' AS why
        FROM message WHERE send_us < {now_us} - 259200000000 AND delivered_us IS NULL AND failed_us IS NULL AND read_us IS NULL""",
    effect=_unheard_charges,
    found_by="suspected",
)
