"""Campaigns of which no cost at all is known: neither prices of messages nor cost lines."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="cost-missing",
    part=Part.COST,
    severity="blocks-gain",
    question="Is anything known of every campaign's cost?",
    threshold=0.0,
    reason="an unknown cost would pass for none",
    kpis=("total_cost", "roas", "roi", "incremental_return"),
    remedy="Add it; if it truly cost nothing, say so: earnest cost add --campaign ID --kind other --amount 0 --from DAY.",
    tested="campaigns",
    offending="""SELECT 'campaign' AS kind, campaign, first_us AS at_us, 'no cost is known' AS why FROM audit_campaign AS c
        WHERE c.declared AND c.delivered > 0 AND c.priced = 0 AND NOT EXISTS (
            SELECT 1 FROM audit_ledger AS g WHERE g.campaign = c.campaign AND g.cost_kind <> 'discount')""",
    told=("cost-missing",),
    effect=no_money("cost-unknown", "nobody knows what it cost", "Add the cost."),
)
