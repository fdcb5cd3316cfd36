"""Messages told as read and never as delivered, from sources that tell deliveries: statuses were lost on the way."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="read-undelivered",
    part=Part.CONSISTENCY,
    severity="informs",
    question="Was every message that was read told as delivered too?",
    threshold=0.02,
    reason="a read implies a delivery and is counted so; above 2 % the source loses statuses, and deliveries without a read are lost as well",
    kpis=("delivery_rate", "read_rate"),
    remedy="Subscribe to all message events at the provider; see earnest doctor gaps.",
    tested="""SELECT e.message_key AS key, 'message' AS kind FROM event_message AS e
        WHERE e.source IN (SELECT source FROM event_message WHERE status = 3) GROUP BY e.message_key HAVING max(e.status = 4)""",
    offending="""SELECT 'message' AS kind, message_key AS key, min(occurred_us) AS at_us, 'read, never delivered' AS why
        FROM event_message WHERE source IN (SELECT source FROM event_message WHERE status = 3) GROUP BY message_key
        HAVING max(status = 4) AND NOT max(status = 3)""",
    effect=no_money("counted-already", "a read message counts as delivered", "Nothing to do for money."),
)
