"""Refunds of orders that nobody has told of: they reduce no figure."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable

STRAY = """SELECT DISTINCT r.event_key, r.occurred_us, r.refund_minor FROM event_refund AS r
    LEFT JOIN conversion AS o ON r.order_key = o.order_key LEFT JOIN conversion AS c ON r.conversion_key = c.order_key
    WHERE o.order_key IS NULL AND c.order_key IS NULL"""
"""Refunds that name neither a known order nor a known conversion."""


def _share_credited(ground: Ground, rows: str) -> Effects | Unavailable:
    """As large a share of the refunded was credited as of all revenue; which refunds those are is chance.

    Assumes: refunds lose their order at random.
    """
    found = ground.con.execute(_SHARES.format(rows=rows)).fetchall()
    z = float(stats.norm.ppf((1 + ground.level) / 2)) / ground.minor_per_major
    effects = {}
    for name, credited, whole, refunded, square in found:
        share = min(1.0, max(0.0, float(credited) / float(whole)))
        spread = z * math.sqrt(float(square) * share * (1 - share))
        effects[str(name)] = Change(Range.exact(share * float(refunded) / ground.minor_per_major).wider(spread))
    return Effects(effects, "prediction")


_SHARES = """SELECT l.campaign, sum(c.credit_minor), any_value(w.minor), any_value(r.minor), any_value(r.square)
FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key
CROSS JOIN (SELECT sum(net_minor) AS minor FROM conversion HAVING sum(net_minor) > 0) AS w
CROSS JOIN (SELECT sum(amount_minor) AS minor, sum(CAST(amount_minor AS DOUBLE) * amount_minor) AS square FROM {rows}) AS r
WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY l.campaign ORDER BY l.campaign"""

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
