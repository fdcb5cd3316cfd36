"""Days without a single order in a shop that has some every such day: most likely an export or webhook that failed."""

from earnest.audit.check import Check, Part
from earnest.audit.missing_days import of_missing_days

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
    effect=of_missing_days,
    found_by="suspected",
)
