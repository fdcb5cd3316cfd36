"""Campaigns without a gross margin: revenue cannot be turned into profit."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="margin-missing",
    part=Part.COST,
    severity="blocks",
    question="Is a gross margin known for every campaign that is judged by money?",
    threshold=0.0,
    reason="nobody can guess a margin, and every return rests on it",
    kpis=("incremental_return",),
    remedy="earnest setting set margin 0.38 --from 2026-01-01 (with your own margin)",
    tested="campaigns",
    offending="""SELECT 'campaign' AS kind, campaign, first_us AS at_us, 'no margin on its first day' AS why
        FROM audit_campaign WHERE margin IS NULL AND purpose IN ('marketing', 'sales') AND delivered > 0""",
    effect=no_money("margin-unknown", "without a margin no effect on profit can be told", "Set the margin."),
)
