"""Cost lines that belong to no known campaign: every campaign's return is better than the whole."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="cost-unallocated",
    part=Part.COST,
    severity="warns",
    question="Does every cost line belong to a campaign?",
    threshold=0.0,
    reason="what nobody bears is in nobody's return",
    kpis=("total_cost", "roas", "roi"),
    remedy="Name the campaign in the file's campaign column, or allocate the line: earnest cost list.",
    tested="cost lines",
    offending="""SELECT 'cost' AS kind, g.line AS key, COALESCE(g.description, g.cost_kind) AS id, g.from_us AS at_us, -g.amount_micro AS cost_micro,
            CASE WHEN g.campaign IS NULL THEN 'no campaign' ELSE 'no such campaign: ' || g.campaign END AS why
        FROM audit_ledger AS g LEFT JOIN audit_campaign AS c ON g.campaign = c.campaign WHERE c.campaign IS NULL AND g.cost_kind <> 'discount'""",
    effect=left_out,
)
