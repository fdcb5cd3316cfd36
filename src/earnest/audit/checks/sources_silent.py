"""Sources that deliver of themselves, and have been silent for longer than they ever are."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="sources-silent",
    part=Part.TIMELINESS,
    severity="warns",
    question="Has every source told something as lately as it usually does?",
    threshold=0.0,
    reason="longer than ever in 30 days, or than twice what 99 % of the moments see",
    kpis=("messages_delivered", "delivery_rate", "click_through_rate", "attributed_revenue"),
    remedy="See what is usual: earnest doctor gaps. Then look at the provider's log of deliveries.",
    tested="sources",
    offending="""SELECT 'source' AS kind, source AS id, 'silent for ' || (silent_us // 3600000000) || ' hours' AS why
        FROM audit_source WHERE alarming""",
    effect=no_money(
        "not-told", "what a silent source would have told is not known", "Have the provider deliver it again."
    ),
)
