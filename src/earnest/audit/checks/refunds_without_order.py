"""Refunds of orders that nobody has told of: they reduce no figure."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable

STRAY = """SELECT DISTINCT r.event_key, r.occurred_us, r.refund_minor FROM event_refund AS r
    LEFT JOIN conversion AS o ON r.order_key = o.order_key LEFT JOIN conversion AS c ON r.conversion_key = c.order_key
    WHERE o.order_key IS NULL AND c.order_key IS NULL"""
"""Refunds that name neither a known order nor a known conversion."""


def _share_credited(ground: Ground, rows: str) -> Effects | Unavailable:
    """At most all of them were on credited orders that are known under another id; at least none."""
    found = ground.con.execute(
        f"SELECT l.campaign, sum(c.credit_minor) / (SELECT sum(net_minor) FROM conversion) * (SELECT sum(amount_minor) FROM {rows})"
        " FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()
    scale = ground.minor_per_major
    return Effects(
        {str(name): Change(attributed=Range.between(0, float(part or 0) / scale)) for name, part in found}, "bounds"
    )


CHECK = Check(
    code="refunds-without-order",
    part=Part.COMPLETENESS,
    severity="warns",
    question="Is the order of every refund known?",
    threshold=0.0,
    reason="a refund without its order reduces nothing",
    kpis=("attributed_revenue", "roas", "roi", "incremental_return"),
    remedy="Import the orders they belong to, with the same --source.",
    tested="refunds",
    offending=f"""SELECT 'refund' AS kind, event_key AS key, occurred_us AS at_us, refund_minor AS amount_minor, 'no such order' AS why
        FROM ({STRAY})""",
    effect=_share_credited,
    found_by="suspected",
)
