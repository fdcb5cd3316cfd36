"""Treated people whom no message of the campaign reached, and messages that went to others."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="treatment-elsewhere",
    part=Part.EXPERIMENT,
    severity="blocks-loss",
    question="Did the campaign's messages go to the treated, and nearly all of them?",
    threshold=0.0,
    reason="cost and effect must be of the same people: 1 % of the messages may go elsewhere",
    kpis=("total_cost", "incremental_return"),
    remedy="Give the experiment a campaign of its own; import contacts that hold both ids.",
    tested="delivered",
    told=("cost-beyond-experiment", "treatment-not-delivered"),
    offending="""SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us, 'not to a treated unit within its window' AS why
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
        JOIN (SELECT DISTINCT campaign FROM audit_unit) AS e ON l.campaign = e.campaign
        LEFT JOIN audit_unit AS u ON u.campaign = l.campaign AND NOT u.held_out AND m.contact_key = u.contact_key
            AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.until_us
        WHERE m.delivered_us IS NOT NULL AND u.contact_key IS NULL AND EXISTS (
            SELECT 1 FROM audit_finding AS f WHERE f.code = 'cost-beyond-experiment' AND f.campaign = l.campaign)""",
    effect=left_out,
)
