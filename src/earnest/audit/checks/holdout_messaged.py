"""Held-out people who got the campaign all the same: the difference to the treated is smaller than the campaign's effect."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import arms, incremental
from earnest.kernel.estimate import Unavailable


def _diluted(ground: Ground, rows: str) -> Effects | Unavailable:
    """A share s of the hold-out was treated, so the difference is (1 − s) of the effect: difference − difference / (1 − s).

    The interval holds the difference's own error, and the chance by which the messaged ones bought (the variance that being treated adds).
    """
    counted = ground.con.execute(
        f"SELECT u.campaign, count(r.key), count(*) FROM audit_unit AS u LEFT JOIN {rows} AS r ON u.contact_key = r.key AND u.campaign = r.campaign"
        " WHERE u.held_out GROUP BY u.campaign ORDER BY u.campaign"
    ).fetchall()
    known, sides = incremental(ground), arms(ground)
    z = float(stats.norm.ppf((1 + ground.level) / 2))
    found = {}
    for name, messaged, units in counted:
        if 0 < messaged < units and name in known:
            side, factor = sides[name], 1 - 1 / (1 - messaged / units)
            bought = messaged * max(0.0, side.treated_variance - side.held_out_variance)
            spread = z * math.hypot(factor * side.error, side.treated / units * math.sqrt(bought))
            middle = known[name] * factor
            told = Range(middle, middle - spread, middle + spread).times(1 / ground.minor_per_major)
            found[str(name)] = Change(incremental=told)
    return Effects(found, "prediction")


CHECK = Check(
    code="hold-out-messaged",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Did nobody of the hold-out get the campaign's messages?",
    threshold=0.0,
    reason="up to 1 % are shown with a warning; above, the comparison is not shown",
    kpis=("incremental_return",),
    remedy="Find out how they got on the list; leave the hold-out out where the send is made.",
    tested="SELECT contact_key AS key, 'unit' AS kind, campaign FROM audit_unit WHERE held_out",
    told=("hold-out-messaged",),
    offending="""SELECT 'unit' AS kind, u.contact_key AS key, u.experiment AS id, u.campaign, min(m.delivered_us) AS at_us,
            any_value(u.revenue_minor) AS amount_minor, 'held out, and messaged' AS why
        FROM audit_unit AS u JOIN message AS m ON u.contact_key = m.contact_key AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.until_us
        JOIN label_campaign AS l ON m.label_key = l.label_key AND l.campaign = u.campaign
        WHERE u.held_out GROUP BY u.contact_key, u.experiment, u.campaign""",
    effect=_diluted,
)
