"""Units in two arms, or units of different arms that are one person: their money counts on both sides."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="unit-in-two-arms",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Is everybody in one arm?",
    threshold=0.0,
    reason="up to 1 % are shown with a warning; above, the comparison is not shown",
    kpis=("incremental_return",),
    remedy="Find out how they were mixed; see why two are one person: earnest contact show ID.",
    tested="units",
    told=("unit-in-two-arms", "merged-across-arms"),
    offending="""SELECT 'unit' AS kind, contact_key AS key, experiment AS id, campaign, assigned_us AS at_us, revenue_minor AS amount_minor,
            CASE WHEN own_arms > 1 THEN 'assigned to ' || own_arms || ' arms' ELSE 'identities of ' || arms || ' arms are one person' END AS why
        FROM audit_unit WHERE arms > 1""",
    effect=no_money(
        "first-arm-counts", "such a unit counts in the arm it came to first", "Find out how they were mixed."
    ),
)
