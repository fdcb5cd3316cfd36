"""Persons made of too many identities: evidence that joins strangers, so that orders of one are credited to messages of another."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="persons-large",
    part=Part.IDENTITY,
    severity="warns",
    question="Is every person known by a plausible number of phones and addresses?",
    threshold=0.0,
    reason="people have two phones and three mail addresses; five of a kind are an office, a shop's till or an error",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="See why they are one: earnest contact show ID. If the evidence is wrong, cut it: earnest contact cut.",
    tested="contacts",
    offending="""WITH known AS (
            SELECT COALESCE(i.person_key, e.contact_key) AS person, e.scheme, count(DISTINCT e.contact_key) AS identities
            FROM event_identity AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
            WHERE e.scheme IN ('tel', 'mailto') GROUP BY ALL HAVING count(DISTINCT e.contact_key) >= 5
        ), persons AS (SELECT person, string_agg(identities || ' of ' || scheme, ', ' ORDER BY scheme) AS words FROM known GROUP BY person)
        SELECT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor,
            'its customer is known by ' || p.words AS why
        FROM persons AS p JOIN conversion AS c ON p.person = c.contact_key WHERE c.cancelled = 0
        UNION ALL BY NAME
        SELECT 'contact' AS kind, p.person AS key, 'known by ' || p.words AS why FROM persons AS p
        ANTI JOIN (SELECT contact_key FROM conversion WHERE cancelled = 0) AS c ON p.person = c.contact_key""",
    effect=at_most,
    found_by="suspected",
)
