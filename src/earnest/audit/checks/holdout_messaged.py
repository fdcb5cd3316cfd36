"""Held-out people who got the campaign all the same: the difference to the treated is smaller than the campaign's effect."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import arms, incremental
from earnest.kernel.estimate import Unavailable


def _diluted(ground: Ground, rows: str) -> Effects | Unavailable:
    """Of the treated a share p was reached and of the hold-out a share s, so the difference is (p − s) / p of the effect.

    The interval holds the difference's own error and the chance by which the messaged bought: whoever buys by chance, for `weight`
    each (Σ revenue² ÷ Σ revenue), varies by the mean × `weight`. The mean they bought more is taken as large as its own error allows.

    Assumes: the messaged of the hold-out react as the treated do.
    Source: Wald, The fitting of straight lines if both variables are subject to error, Ann. Math. Statist. 11 (1940).
    """
    known, sides, weights = incremental(ground), arms(ground), _weights(ground)
    z = float(stats.norm.ppf((1 + ground.level) / 2)) / ground.minor_per_major
    found = {}
    for name, messaged, units, reached, treated in ground.con.execute(_REACHED.format(rows=rows)).fetchall():
        if not messaged or name not in known:
            continue
        if reached * units <= messaged * treated:
            return _no_contrast(str(name))
        side, factor = sides[name], 1 - 1 / (1 - messaged * treated / (units * reached))
        more = math.hypot(known[name], side.error) * (1 - factor) / reached
        bought = side.treated / units * (1 - factor) * math.sqrt(messaged * more * weights[name])
        told = Range.exact(known[name] * factor / ground.minor_per_major)
        found[str(name)] = Change(incremental=told.wider(z * math.hypot(factor * side.error, bought)))
    return Effects(found, "prediction")


def _weights(ground: Ground) -> dict[str, float]:
    rows = ground.con.execute(
        "SELECT campaign, sum(CAST(revenue_minor AS DOUBLE) * revenue_minor) / nullif(sum(abs(revenue_minor)), 0) FROM audit_unit GROUP BY ALL"
    ).fetchall()
    return {str(name): float(weight or 0) for name, weight in rows}


def _no_contrast(campaign: str) -> Unavailable:
    return Unavailable(
        "no-contrast",
        f"'{campaign}' reached as large a share of its hold-out as of the treated, so there is nothing to compare",
        "Find out how they got on the list; hold people out anew.",
    )


_REACHED = """WITH messaged AS (
    SELECT DISTINCT u.campaign, u.contact_key FROM audit_unit AS u JOIN message AS m ON u.contact_key = m.contact_key
        AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.until_us
    JOIN label_campaign AS l ON m.label_key = l.label_key AND l.campaign = u.campaign
)
SELECT u.campaign, count(r.key) FILTER (WHERE u.held_out), count(*) FILTER (WHERE u.held_out), count(g.contact_key) FILTER (WHERE NOT u.held_out),
    count(*) FILTER (WHERE NOT u.held_out)
FROM audit_unit AS u LEFT JOIN {rows} AS r ON u.contact_key = r.key AND u.campaign = r.campaign
LEFT JOIN messaged AS g ON u.contact_key = g.contact_key AND u.campaign = g.campaign GROUP BY u.campaign ORDER BY u.campaign"""

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
