"""The same message told by two files, without an id by which it would count once: it is paid for twice."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="messages-across-files",
    part=Part.VALIDITY,
    severity="warns",
    question="Does no message without an id stand in two files?",
    threshold=0.0,
    reason="same contact, campaign and instant in two files is one message told twice",
    kpis=("messages_delivered", "delivery_rate", "click_through_rate", "total_cost", "roas", "roi"),
    remedy="Undo one of the imports (earnest import undo ID), or map the message's id.",
    tested="messages",
    offending="""WITH told AS (
            SELECT message_key, contact_key, label_key, source, min(occurred_us) AS send_us, min(segment_key) AS segment_key
            FROM event_message WHERE message_id IS NULL AND contact_key IS NOT NULL GROUP BY ALL
        )
        SELECT 'message' AS kind, t.message_key AS key, t.send_us AS at_us, 'another file tells it too' AS why
        FROM told AS t JOIN told AS f ON t.contact_key = f.contact_key AND t.label_key = f.label_key AND t.source = f.source
            AND t.send_us = f.send_us AND f.segment_key < t.segment_key
        GROUP BY ALL""",
    effect=left_out,
)
