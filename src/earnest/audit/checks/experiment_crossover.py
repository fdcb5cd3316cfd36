"""Other campaigns that reach one arm more than the other: the difference is then theirs too."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="arms-messaged-differently",
    part=Part.EXPERIMENT,
    severity="warns",
    question="Do other marketing campaigns reach both arms alike?",
    threshold=0.0,
    reason="two-sided z test at p < 0.001 of the share that another campaign reached in the window: chance alone fails it once in a thousand",
    kpis=("incremental_return",),
    remedy="Send other campaigns to both arms, or to neither, until the window has closed.",
    tested="units",
    offending="""WITH reached AS (
            SELECT u.experiment, u.campaign, u.held_out, count(*) AS units, count(b.contact_key) AS other
            FROM audit_unit AS u LEFT JOIN (
                SELECT u.experiment, u.contact_key FROM audit_unit AS u JOIN message AS m ON u.contact_key = m.contact_key
                JOIN label_campaign AS l ON m.label_key = l.label_key JOIN audit_campaign AS k ON l.campaign = k.campaign
                WHERE k.purpose IN ('marketing', 'sales', 'brand') AND k.declared AND l.campaign <> u.campaign
                    AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.until_us GROUP BY ALL
            ) AS b ON u.experiment = b.experiment AND u.contact_key = b.contact_key
            GROUP BY ALL
        ), pooled AS (
            SELECT t.experiment, t.campaign, t.units AS nt, t.other / t.units AS pt, h.units AS nh, h.other / h.units AS ph,
                (t.other + h.other) / (t.units + h.units) AS p
            FROM reached AS t JOIN reached AS h ON t.experiment = h.experiment AND NOT t.held_out AND h.held_out
        )
        SELECT 'unit' AS kind, campaign, experiment AS id,
            round(100 * pt, 1) || ' % of the treated got another campaign, ' || round(100 * ph, 1) || ' % of the hold-out' AS why
        FROM pooled WHERE p > 0 AND p < 1 AND abs(pt - ph) > 3.2905 * sqrt(p * (1 - p) * (1.0 / nt + 1.0 / nh))""",
    effect=no_money(
        "two-causes", "the difference is that of both campaigns together", "Repeat it without the other campaign."
    ),
)
