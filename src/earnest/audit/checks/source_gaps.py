"""Days without a single order in a shop that has some every such day: most likely an export or webhook that failed."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _as_the_days_around(ground: Ground, rows: str) -> Effects | Unavailable:
    """What the nearest days on both sides brought, on average; as far off as that is of days that are known.

    Every known day is left out in turn and told from its own neighbours. How far that misses, in standard deviations of orders
    that come by chance (amounts of mean square over mean a, so variance a · credit), is how far it may miss the missing days.

    The interval may reach above 0, though missing orders take nothing but credit away: ends cut off at 0 by campaign would not add
    up in squares over campaigns.

    Assumes: days fail whatever was sent on them, so that misses at the rise and the fall of a campaign cancel.
    Source: leave-one-out residuals, Barber et al., Predictive inference with the jackknife+, Ann. Statist. 49 (2021).
    """
    known = sorted(float(row[0]) for row in ground.con.execute(_LEFT_OUT).fetchall())
    times = _miss(known, ground.level) / ground.minor_per_major
    effects: dict[str, Change] = {}
    for name, days, mean, amount in ground.con.execute(_MISSING.format(rows=rows)).fetchall():
        run = Range.exact(-days * mean / ground.minor_per_major).wider(
            days * times * math.sqrt(amount * (mean + amount))
        )
        before = effects.get(str(name), Change()).attributed
        value, (down, up) = before.value + run.value, map(math.hypot, before.sides, run.sides)
        effects[str(name)] = Change(Range(value, value - down, value + up))
    return Effects(effects, "prediction")


def _miss(known: list[float], level: float) -> float:
    """The miss that a share `level` of days stays under: by those known; where they are too few to tell, at least what chance makes."""
    place = math.ceil((len(known) + 1) * level)
    if place <= len(known):
        return known[place - 1]
    chance = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(1.5)  # of the day itself, and of the mean of two
    return max([chance, *known])


_CREDITED = """credited AS (
    SELECT l.campaign, c.order_day AS day, CAST(c.credit_minor AS DOUBLE) AS y FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL
), alive AS (
    SELECT campaign, min(day) AS first, max(day) AS last, sum(y * y) / sum(abs(y)) AS amount FROM credited
    GROUP BY campaign HAVING sum(abs(y)) > 0
), daily AS (SELECT campaign, day, sum(y) AS y FROM credited GROUP BY ALL), days AS (SELECT DISTINCT order_day AS day FROM conversion)"""

_TOLD = """SELECT k.campaign, n.day, k.amount, n.days, COALESCE(d.y, 0) AS y, greatest((COALESCE(b.y, 0) + COALESCE(a.y, 0)) / 2, 0) AS mean
    FROM near AS n CROSS JOIN alive AS k LEFT JOIN daily AS d ON n.day = d.day AND k.campaign = d.campaign
    LEFT JOIN daily AS b ON n.before = b.day AND k.campaign = b.campaign LEFT JOIN daily AS a ON n.after = a.day AND k.campaign = a.campaign
    WHERE n.day BETWEEN k.first AND k.last OR b.y IS NOT NULL OR a.y IS NOT NULL"""

_LEFT_OUT = f"""WITH {_CREDITED}, near AS (
    SELECT day, 1 AS days, lag(day) OVER (ORDER BY day) AS before, lead(day) OVER (ORDER BY day) AS after FROM days
    QUALIFY before IS NOT NULL AND after IS NOT NULL
) SELECT abs(y - mean) / sqrt(amount * (mean + amount)) FROM ({_TOLD}) AS t"""

_MISSING = f"""WITH {_CREDITED}, sides AS (
    SELECT r.key AS day, max(d.day) FILTER (WHERE d.day < r.key) AS before, min(d.day) FILTER (WHERE d.day > r.key) AS after
    FROM {{rows}} AS r CROSS JOIN days AS d GROUP BY r.key
), near AS (
    SELECT before, after, min(day) AS day, count(*) AS days FROM sides GROUP BY ALL
) SELECT campaign, days, mean, amount FROM ({_TOLD}) AS t ORDER BY campaign, day"""

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
