"""Messages that belong to no campaign: their cost and their credit stand in no campaign's figures."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="messages-unassigned",
    part=Part.VALIDITY,
    severity="warns",
    question="Does every message belong to a campaign?",
    threshold=0.0,
    reason="a message without a campaign is credited all the same, and nobody's figures show it",
    kpis=("messages_delivered", "attributed_revenue", "total_cost"),
    remedy="Declare the campaign with a match rule: earnest campaign add ID --match template=NAME.",
    tested="messages",
    offending="""SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us, COALESCE(l.template, l.tag) AS id, 'no campaign' AS why
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.campaign = 'unassigned' AND l.how <> 'ambiguous'""",
    effect=no_money(
        "counted-in-total",
        "totals hold them; what their campaign would have is not known before it is declared",
        "Declare it.",
    ),
)
