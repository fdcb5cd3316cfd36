"""Other campaigns that reach one arm more than the other: the difference is then theirs too."""

from earnest.audit.arms import arms_differ
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
    offending=arms_differ(
        """JOIN message AS m ON u.contact_key = m.contact_key
                JOIN label_campaign AS l ON m.label_key = l.label_key JOIN audit_campaign AS k ON l.campaign = k.campaign
                WHERE k.purpose IN ('marketing', 'sales', 'brand') AND k.declared AND l.campaign <> u.campaign
                    AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.until_us""",
        "got another campaign",
    ),
    effect=no_money(
        "two-causes", "the difference is that of both campaigns together", "Repeat it without the other campaign."
    ),
)
