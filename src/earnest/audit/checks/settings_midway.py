"""A margin or look-back window that changed while a campaign ran: its figures mix two rules."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="settings-midway",
    part=Part.CONSISTENCY,
    severity="informs",
    question="Did the rules stay the same while the campaign ran?",
    threshold=0.0,
    reason="what changed on a day between the first send and the end of the last window holds for a part of the orders only",
    kpis=("attributed_revenue", "roas", "roi", "incremental_return"),
    remedy="Let a new rule begin between campaigns: earnest setting list.",
    tested="campaigns",
    offending="""SELECT 'setting' AS kind, c.campaign, s.name AS id, s.since_us AS at_us,
            s.name || ' became ' || s.value || COALESCE(' (before ' || s.before || ')', '') || ' while it ran' AS why
        FROM audit_setting AS s JOIN audit_campaign AS c ON s.since_us > c.first_us
        CROSS JOIN (SELECT COALESCE(max(window_us), 0) AS window_us FROM lookback) AS w
        WHERE (s.name = 'margin' OR starts_with(s.name, 'lookback_')) AND s.before IS NOT NULL AND s.value <> s.before
            AND s.since_us < c.last_us + w.window_us""",
    effect=no_money("two-rules", "both rules are right for their own days", "Compare campaigns of one rule only."),
)
