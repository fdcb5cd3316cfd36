"""Numbers of countries where nearly nothing arrives: most likely national numbers that were read under the wrong country."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="numbers-abroad",
    part=Part.IDENTITY,
    severity="warns",
    question="Do the numbers of every country exist?",
    threshold=0.0,
    reason="where 10 and more messages went to a country and over half failed, beside under a quarter elsewhere, the country is most likely wrong",
    kpis=("failure_rate", "invalid_number_rate", "delivery_rate", "total_cost"),
    remedy="Check the list: earnest number check FILE --region XX; and set the region of the files that hold national numbers.",
    tested="messages",
    offending="""WITH zones AS (
            SELECT recipient_zone AS zone, count(*) AS messages, count(*) FILTER (WHERE failed_us IS NOT NULL AND delivered_us IS NULL) AS failed
            FROM message WHERE recipient_zone IS NOT NULL GROUP BY ALL
        ), whole AS (SELECT arg_max(zone, messages) AS main, sum(messages) AS messages FROM zones)
        SELECT 'message' AS kind, m.message_key AS key, m.send_us AS at_us,
            'calling code ' || z.zone || ': ' || z.failed || ' of ' || z.messages || ' failed' AS why
        FROM message AS m JOIN zones AS z ON m.recipient_zone = z.zone CROSS JOIN whole AS w
        JOIN zones AS h ON h.zone = w.main
        WHERE z.zone <> w.main AND z.messages >= 10 AND z.messages < 0.2 * w.messages AND z.failed > 0.5 * z.messages AND h.failed < 0.25 * h.messages""",
    effect=left_out,
    found_by="suspected",
)
