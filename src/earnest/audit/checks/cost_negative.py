"""A campaign whose cost lines add up to less than nothing: a reversal of what was never there."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

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
    effect=left_out,
)
