"""A campaign whose cost lines add up to less than nothing: a reversal of what was never there."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _reversed_too_much(ground: Ground, rows: str) -> Effects | Unavailable:
    """At least what is missing to nothing; at most every line below nothing was wrong."""
    found = ground.con.execute(
        f"""SELECT r.campaign, CAST(sum(r.cost_micro) AS BIGINT), any_value(g.reversed) FROM {rows} AS r JOIN (
            SELECT campaign, CAST(sum(amount_micro) AS BIGINT) AS reversed FROM audit_ledger
            WHERE cost_kind <> 'discount' AND amount_micro < 0 GROUP BY campaign
        ) AS g ON r.campaign = g.campaign GROUP BY ALL ORDER BY 1"""
    ).fetchall()
    return Effects(
        {str(name): Change(cost=Range.between(int(least) / 1e6, int(most) / 1e6)) for name, least, most in found},
        "bounds",
    )


CHECK = Check(
    code="cost-negative",
    part=Part.COST,
    severity="blocks",
    question="Does every campaign cost something, or nothing?",
    threshold=0.0,
    reason="less than nothing is no cost",
    kpis=("total_cost", "roas", "roi", "incremental_return"),
    remedy="Correct the reversing line: earnest cost list.",
    tested="campaigns",
    told=("cost-negative",),
    offending="""SELECT 'cost' AS kind, min(g.line) AS key, c.campaign, c.charges_micro + CAST(sum(g.amount_micro) AS BIGINT) AS cost_micro,
            'the lines add up to less than nothing' AS why
        FROM audit_campaign AS c JOIN audit_ledger AS g ON c.campaign = g.campaign WHERE g.cost_kind <> 'discount'
        GROUP BY c.campaign, c.charges_micro HAVING c.charges_micro + sum(g.amount_micro) < 0""",
    effect=_reversed_too_much,
)
