"""Messages read or delivered before they were sent: clocks of two systems, or ids used twice."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="status-order",
    part=Part.CONSISTENCY,
    severity="warns",
    question="Does every message reach its states in their order?",
    threshold=0.01,
    reason="clocks of a provider's machines differ by a second or two, which is tolerated; above 1 % beyond that something is wrong",
    kpis=("delivery_rate", "read_rate", "attributed_revenue"),
    remedy="See one: earnest message show ID. Check the time zones of the columns, and whether ids are used again.",
    tested="messages",
    offending="""SELECT 'message' AS kind, message_key AS key, sent_us AS at_us,
            'told ' || CASE WHEN read_us IS NOT NULL AND read_us < sent_us - 2000000 THEN 'read' ELSE 'delivered' END || ' before it was sent' AS why
        FROM (
            SELECT message_key, min(occurred_us) FILTER (WHERE status <= 2) AS sent_us, min(occurred_us) FILTER (WHERE status = 3) AS delivered_us,
                min(occurred_us) FILTER (WHERE status = 4) AS read_us
            FROM event_message GROUP BY message_key
        ) WHERE delivered_us < sent_us - 2000000 OR read_us < sent_us - 2000000""",
    effect=no_money(
        "folded",
        "the earliest instant of each state is taken, and no credit depends on the send",
        "Nothing to do for money.",
    ),
)
