"""Days without a single order in a shop that has some every such day: most likely an export or webhook that failed."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _as_the_days_around(ground: Ground, rows: str) -> Effects | Unavailable:
    """What the nearest days on both sides brought: their mean, from the smaller to the larger, and the chance of single orders."""
    z = float(stats.norm.ppf((1 + ground.level) / 2))
    scale = ground.minor_per_major
    effects: dict[str, Change] = {}
    for name, before, after, square in ground.con.execute(_AROUND.format(rows=rows)).fetchall():
        spread = z * math.sqrt(float(square) / 2)
        day = Range(-(before + after) / 2, -max(before, after) - spread, -min(before, after) + spread).times(1 / scale)
        effects[str(name)] = Change(attributed=effects.get(str(name), Change()).attributed + day)
    return Effects(effects, "prediction")


_AROUND = """WITH days AS (SELECT DISTINCT order_day AS day FROM conversion), near AS (
    SELECT r.key AS missing, max(d.day) FILTER (WHERE d.day < r.key) AS before, min(d.day) FILTER (WHERE d.day > r.key) AS after
    FROM {rows} AS r CROSS JOIN days AS d GROUP BY r.key
), credited AS (
    SELECT l.campaign, c.order_day AS day, CAST(sum(c.credit_minor) AS DOUBLE) AS y, sum(CAST(c.credit_minor AS DOUBLE) * c.credit_minor) AS square
    FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY ALL
)
SELECT k.campaign, COALESCE(b.y, 0), COALESCE(a.y, 0), COALESCE(b.square, 0) + COALESCE(a.square, 0)
FROM near AS n CROSS JOIN (SELECT DISTINCT campaign FROM credited) AS k
LEFT JOIN credited AS b ON n.before = b.day AND k.campaign = b.campaign LEFT JOIN credited AS a ON n.after = a.day AND k.campaign = a.campaign
ORDER BY k.campaign, n.missing"""

CHECK = Check(
    code="source-gaps",
    part=Part.COMPLETENESS,
    severity="blocks-gain",
    question="Does every day have orders on which this shop usually has them?",
    threshold=0.0,
    reason="a day counts only where the same weekday of the eight weeks around had 12 orders on average: by chance none come once in 160,000 days",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="Export these days again and import them: earnest import run FILE --as orders.",
    tested="SELECT DISTINCT order_day AS key, 'day' AS kind FROM conversion",
    offending="""WITH counted AS (SELECT order_day AS day, count(*) AS orders FROM conversion GROUP BY ALL), span AS (
            SELECT unnest(range(min(day), max(day) + 1)) AS day FROM counted
        ), around AS (
            SELECT s.day, count(c.orders) AS weeks, avg(COALESCE(c.orders, 0)) AS usual FROM span AS s
            CROSS JOIN (SELECT unnest([-4, -3, -2, -1, 1, 2, 3, 4]) AS w) AS w
            LEFT JOIN counted AS c ON c.day = s.day + 7 * w.w
            WHERE s.day + 7 * w.w BETWEEN (SELECT min(day) FROM counted) AND (SELECT max(day) FROM counted) GROUP BY s.day
        )
        SELECT 'day' AS kind, a.day AS key, CAST(DATE '1970-01-01' + CAST(a.day AS INTEGER) AS VARCHAR) AS id,
            'no order; the same weekday usually has ' || round(a.usual) AS why
        FROM around AS a ANTI JOIN counted AS c ON a.day = c.day WHERE a.usual >= 12 AND a.weeks >= 2""",
    effect=_as_the_days_around,
    found_by="suspected",
)
