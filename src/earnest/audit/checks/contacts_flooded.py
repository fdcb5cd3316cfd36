"""People who got more messages in a week than anybody should: a loop in an automation, or the sender's own test phone."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="contacts-flooded",
    part=Part.VALIDITY,
    severity="warns",
    question="Does nobody get more than 20 messages of campaigns in 7 days?",
    threshold=0.0,
    reason="20 in a week are three a day: no plan sends that, loops and test phones do",
    kpis=("messages_delivered", "opt_out_rate", "click_through_rate", "total_cost"),
    remedy="See one: earnest contact show ID. Cap the automation's frequency; leave the team's own phones out of lists.",
    tested="messages",
    offending="""SELECT 'message' AS kind, message_key AS key, send_us AS at_us, 'beyond 20 to one contact within 7 days' AS why
        FROM (
            SELECT m.message_key, m.send_us, count(*) OVER (PARTITION BY m.contact_key ORDER BY m.send_us
                RANGE BETWEEN 604800000000 PRECEDING AND CURRENT ROW) AS recent
            FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
            WHERE m.contact_key IS NOT NULL AND COALESCE(l.category, 'marketing') NOT IN ('service', 'authentication', 'utility')
        ) WHERE recent > 20""",
    effect=left_out,
)
