"""A source whose orders come mostly at night: its times were most likely read in the wrong zone."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import changes, sides
from earnest.kernel.estimate import Unavailable

HOURS = (-12, -9, -6, -3, 3, 6, 9, 12)
"""Zones by which the source's clock may be off."""


def _in_another_zone(ground: Ground, rows: str) -> Effects | Unavailable:
    """Between the most that orders gain and the most that they lose if the source's clock were off by any of the zones."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for hours in HOURS:
        ground.con.execute(_MOVED.format(rows=rows, us=hours * 3_600_000_000))
        changes(ground, "audit_moved")
        for name, (down, up) in sides(ground).items():
            low[name], high[name] = min(low.get(name, 0.0), down), max(high.get(name, 0.0), up)
    scale = ground.minor_per_major
    return Effects(
        {name: Change(Range.between(low[name] / scale, high[name] / scale)) for name in sorted(low)}, "bounds"
    )


_MOVED = """CREATE OR REPLACE TEMP TABLE audit_moved AS SELECT 'order' AS kind, c.order_key AS key, CAST(NULL AS BIGINT) AS corrected_minor,
    c.ordered_us + {us} AS corrected_us, CAST(NULL AS BIGINT) AS cost_micro, CAST(NULL AS VARCHAR) AS campaign
FROM conversion AS c JOIN (SELECT order_key, min(source) AS source FROM event_order GROUP BY order_key) AS e ON c.order_key = e.order_key
WHERE e.source IN (SELECT id FROM {rows})"""

CHECK = Check(
    code="orders-shifted",
    part=Part.CONSISTENCY,
    severity="warns",
    question="Are orders placed when people are awake?",
    threshold=0.0,
    reason="a quarter of the day would hold 25 % of them if nobody slept: above 40 % between 0 and 6 o'clock of 200 and more the clock is wrong",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi"),
    remedy="Import the source's files again with the zone they are written in: --timezone.",
    tested="orders",
    offending="""WITH placed AS (
            SELECT c.order_key, c.ordered_us, c.net_minor, e.source, c.ordered_us - d.start_us AS within
            FROM conversion AS c JOIN audit_day AS d ON c.order_day = d.day
            JOIN (SELECT order_key, min(source) AS source FROM event_order GROUP BY order_key) AS e ON c.order_key = e.order_key
            WHERE c.ordered_us > d.start_us AND c.cancelled = 0
        )
        SELECT 'order' AS kind, p.order_key AS key, p.source AS id, p.ordered_us AS at_us, p.net_minor AS amount_minor,
            'at night, as ' || round(100 * s.night / s.orders) || ' % of this source' AS why
        FROM placed AS p JOIN (
            SELECT source, count(*) AS orders, count(*) FILTER (WHERE within < 21600000000) AS night FROM placed GROUP BY source
        ) AS s ON p.source = s.source
        WHERE s.orders >= 200 AND s.night > 0.4 * s.orders AND p.within < 21600000000""",
    effect=_in_another_zone,
    found_by="suspected",
)
