"""One phone or address that many customer numbers give: a family's, an office's, or the shop's own."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="phones-shared",
    part=Part.IDENTITY,
    severity="informs",
    question="Does every phone and address belong to few customer numbers?",
    threshold=0.0,
    reason="a family shares a phone among two or three; from five customer numbers on it is nobody's own",
    kpis=("attributed_revenue", "conversion_rate", "incremental_return"),
    remedy="See whom it joins: earnest contact show ID. Leave the shop's own number out of the files.",
    tested="contacts",
    offending="""WITH ties AS (
            SELECT contact_key AS one, other_key AS other FROM event_identity_link UNION SELECT other_key, contact_key FROM event_identity_link
        ), shared AS (
            SELECT t.one, min(a.shown) AS shown, count(DISTINCT t.other) AS numbers FROM ties AS t
            JOIN event_identity AS a ON t.one = a.contact_key AND a.scheme IN ('tel', 'mailto')
            JOIN event_identity AS b ON t.other = b.contact_key AND b.scheme = 'ext'
            GROUP BY t.one HAVING count(DISTINCT t.other) >= 5
        )
        , persons AS (SELECT s.*, COALESCE(i.person_key, s.one) AS person FROM shared AS s LEFT JOIN identity AS i ON s.one = i.contact_key)
        SELECT 'order' AS kind, c.order_key AS key, s.shown AS id, c.ordered_us AS at_us, c.net_minor AS amount_minor,
            'its customer shares a phone or address with ' || s.numbers || ' customer numbers' AS why
        FROM persons AS s JOIN conversion AS c ON c.contact_key = s.person WHERE c.cancelled = 0
        UNION ALL BY NAME
        SELECT 'contact' AS kind, s.one AS key, s.shown AS id, 'belongs to ' || s.numbers || ' customer numbers' AS why FROM persons AS s
        ANTI JOIN (SELECT contact_key FROM conversion WHERE cancelled = 0) AS c ON s.person = c.contact_key""",
    effect=at_most,
    found_by="suspected",
)
