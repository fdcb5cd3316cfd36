"""Marketing messages to people whose consent is told as refused, or not told where it is told of most."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="consent-missing",
    part=Part.CONSENT,
    severity="warns",
    question="Does everybody who gets a campaign's message have a consent on record?",
    threshold=0.0,
    reason="asked only where the consent of at least half of the recipients is on record: else nobody keeps it here",
    kpis=("opt_in_rate", "messages_delivered", "attributed_revenue"),
    remedy="Import the consents (earnest import run FILE --as contacts), or leave these people out of the audience.",
    tested="messages",
    offending="""WITH told AS (
            SELECT COALESCE(i.person_key, e.contact_key) AS person, e.occurred_us, e.value
            FROM event_contact AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
            WHERE e.attribute = 'consent' AND e.contact_key IS NOT NULL
        ), first AS (SELECT person, min(occurred_us) AS since_us FROM told GROUP BY person
        ), sends AS (
            SELECT m.message_key, m.contact_key, m.send_us, t.value FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
            JOIN audit_campaign AS k ON l.campaign = k.campaign AND k.purpose <> 'service'
            ASOF LEFT JOIN told AS t ON m.contact_key = t.person AND m.send_us >= t.occurred_us
            WHERE m.contact_key IS NOT NULL AND COALESCE(l.category, 'marketing') = 'marketing'
        ), kept AS (SELECT count(*) FILTER (WHERE value IS NOT NULL) >= 0.5 * count(*) AS kept FROM sends)
        SELECT 'message' AS kind, s.message_key AS key, s.send_us AS at_us,
            CASE WHEN s.value = 'out' THEN 'consent refused' ELSE 'no consent on record' END AS why
        FROM sends AS s CROSS JOIN kept AS k LEFT JOIN first AS f ON s.contact_key = f.person
        WHERE s.value = 'out' OR (s.value IS NULL AND k.kept AND (f.since_us IS NULL OR f.since_us > s.send_us))""",
    effect=left_out,
)
