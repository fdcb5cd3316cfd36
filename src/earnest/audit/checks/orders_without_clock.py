"""Orders that only tell a day: all stand at midnight, before whatever was clicked that day."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import changes, sides
from earnest.kernel.estimate import Unavailable


def _until_evening(ground: Ground, rows: str) -> Effects | Unavailable:
    """Between each order at midnight, as it stands, and at the end of its day: some gain a touch on the way, some leave a window."""
    changes(ground, rows)
    scale = ground.minor_per_major
    found = sides(ground).items()
    return Effects({name: Change(Range.between(down / scale, up / scale)) for name, (down, up) in found}, "bounds")


CHECK = Check(
    code="orders-without-clock",
    part=Part.CONSISTENCY,
    severity="warns",
    question="Do orders tell the time of the day?",
    threshold=0.05,
    reason="by chance one in 86,400 is placed at midnight sharp; what was clicked on the same day cannot be credited",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi"),
    remedy="Export the orders with their time, and import them again.",
    tested="orders",
    offending="""SELECT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor, d.end_us - 1 AS corrected_us,
            'at midnight sharp' AS why
        FROM conversion AS c JOIN audit_day AS d ON c.order_day = d.day WHERE c.ordered_us = d.start_us AND c.cancelled = 0""",
    effect=_until_evening,
    found_by="suspected",
)
