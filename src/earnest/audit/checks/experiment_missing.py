"""Arms of which different shares can be matched with orders: what is missing is then missing of one side."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="arms-missing-differently",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Can as many units of each arm be matched with what they bought before?",
    threshold=0.0,
    reason="two-sided z test at p < 0.001 of the share with an order before the assignment: chance alone fails it once in a thousand",
    kpis=("incremental_return",),
    remedy="Import the same identities for both arms: phones or mail addresses of held-out people are often left out.",
    tested="units",
    offending="""WITH matched AS (
            SELECT u.experiment, u.campaign, u.held_out, count(*) AS units, count(b.contact_key) AS known
            FROM audit_unit AS u LEFT JOIN (
                SELECT u.experiment, u.contact_key FROM audit_unit AS u JOIN conversion AS c ON u.contact_key = c.contact_key
                WHERE c.ordered_us < u.assigned_us GROUP BY ALL
            ) AS b ON u.experiment = b.experiment AND u.contact_key = b.contact_key
            GROUP BY ALL
        ), pooled AS (
            SELECT t.experiment, t.campaign, t.units AS nt, t.known / t.units AS pt, h.units AS nh, h.known / h.units AS ph,
                (t.known + h.known) / (t.units + h.units) AS p
            FROM matched AS t JOIN matched AS h ON t.experiment = h.experiment AND NOT t.held_out AND h.held_out
        )
        SELECT 'unit' AS kind, campaign, experiment AS id,
            round(100 * pt, 1) || ' % of the treated ordered before, ' || round(100 * ph, 1) || ' % of the hold-out' AS why
        FROM pooled WHERE p > 0 AND p < 1 AND abs(pt - ph) > 3.2905 * sqrt(p * (1 - p) * (1.0 / nt + 1.0 / nh))""",
    effect=no_money("not-comparable", "what the missing units bought is not known", "Import the missing identities."),
)
