"""Messages to people who had opted out before they were sent."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="consent-withdrawn",
    part=Part.CONSENT,
    severity="warns",
    question="Does nobody get a campaign's message after opting out?",
    threshold=0.0,
    reason="one message after an opt-out is one too many; an hour is given to the systems to tell each other",
    kpis=("opt_out_rate", "messages_delivered", "attributed_revenue"),
    remedy="Feed opt-outs back to the sending tool; see one: earnest contact show ID.",
    tested="messages",
    offending="""WITH told AS (
            SELECT COALESCE(i.person_key, o.contact_key) AS person, o.occurred_us, o.direction
            FROM event_opt AS o LEFT JOIN identity AS i ON o.contact_key = i.contact_key WHERE o.contact_key IS NOT NULL
        )
        SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us, 'sent after an opt-out' AS why
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
            JOIN audit_campaign AS k ON l.campaign = k.campaign AND k.purpose <> 'service'
        ASOF JOIN told AS t ON m.contact_key = t.person AND m.send_us >= t.occurred_us + 3600000000
        WHERE t.direction = 'out' AND COALESCE(l.category, 'marketing') = 'marketing'""",
    effect=left_out,
)
