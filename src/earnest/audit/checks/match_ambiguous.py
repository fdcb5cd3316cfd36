"""Messages that the rules of two campaigns claim: they are left to neither."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="match-ambiguous",
    part=Part.VALIDITY,
    severity="warns",
    question="Does at most one campaign claim each message?",
    threshold=0.0,
    reason="nobody can say whose they are",
    kpis=("messages_delivered", "attributed_revenue", "total_cost"),
    remedy="Make the match rules of the campaigns disjoint: earnest campaign add ID … --replace.",
    tested="messages",
    offending="""SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us, COALESCE(l.template, l.tag) AS id, 'claimed by two campaigns' AS why
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.how = 'ambiguous'""",
    effect=no_money("counted-in-total", "totals hold them; whose they are is not known", "Make the rules disjoint."),
)
