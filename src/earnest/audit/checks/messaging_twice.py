"""A messaging line beside messages that carry prices: the same fees may be counted twice."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _the_smaller(ground: Ground, rows: str) -> Effects | Unavailable:
    """Exact, if the line is the bill of these messages: the charges stand in the cost beside it."""
    found = ground.con.execute(
        f"SELECT campaign, CAST(sum(cost_micro) AS BIGINT) FROM {rows} GROUP BY ALL ORDER BY 1"
    ).fetchall()
    return Effects({str(name): Change(cost=Range.exact(int(micro) / 1e6)) for name, micro in found})


CHECK = Check(
    code="messaging-counted-twice",
    part=Part.COST,
    severity="blocks-loss",
    question="Are message fees counted once, by price or by bill?",
    threshold=0.0,
    reason="a bill for messages that carry prices doubles their cost",
    kpis=("total_cost", "cost_per_order", "roas", "roi", "incremental_return"),
    remedy="If the line is the bill for these messages, give it covers_messaging (or --covers messaging).",
    tested="cost lines",
    told=("messaging-counted-twice",),
    offending="""SELECT 'cost' AS kind, g.line AS key, COALESCE(g.description, g.cost_kind) AS id, g.campaign, g.from_us AS at_us,
            CASE WHEN row_number() OVER (PARTITION BY g.campaign ORDER BY g.line) = 1 THEN c.charges_micro ELSE 0 END AS cost_micro,
            'a messaging line beside charges' AS why
        FROM audit_ledger AS g JOIN audit_campaign AS c ON g.campaign = c.campaign
        WHERE g.cost_kind = 'messaging' AND g.covers = 0 AND c.charges_micro > 0""",
    effect=_the_smaller,
)
