"""Orders in another currency than the workspace's: they are kept out of every sum, and wait in quarantine."""

import math

from scipy import stats

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _as_the_others(ground: Ground, rows: str) -> Effects | Unavailable:
    """As much credit each as a known order brings on average; the interval holds the chance of either, and half a credited order.

    Assumes: orders in another currency are credited as often, and worth as much, as those that are known.
    """
    row = ground.con.execute(
        f"SELECT count(*), (SELECT count(*) FROM conversion WHERE cancelled = 0) FROM {rows} WHERE id = 'orders'"
    ).fetchone()
    assert row is not None
    refused, known = int(row[0]), int(row[1])
    if not refused or not known:
        return Unavailable(
            "no-orders",
            "no order of the workspace's currency tells what the others would bring",
            "Import them converted.",
        )
    z, times = float(stats.norm.ppf((1 + ground.level) / 2)) / ground.minor_per_major, refused / known
    effects = {}
    for name, credited, square, one in ground.con.execute(_CREDITED).fetchall():
        middle = -float(credited) * times / ground.minor_per_major
        spread = z * math.sqrt(float(square) * times * (1 + times) + float(one) / 2)
        effects[str(name)] = Change(Range.exact(middle).wider(spread))
    return Effects(effects, "prediction")


_CREDITED = """SELECT l.campaign, sum(y), sum(y * y), avg(y * y) FROM (
    SELECT label_key, CAST(credit_minor AS DOUBLE) AS y FROM credit WHERE model = 'last_touch' AND message_key IS NOT NULL
) AS c JOIN label_campaign AS l ON c.label_key = l.label_key GROUP BY l.campaign ORDER BY l.campaign"""

CHECK = Check(
    code="orders-other-currency",
    part=Part.COMPLETENESS,
    severity="warns",
    question="Are all orders in the workspace's currency, or converted to it?",
    threshold=0.0,
    reason="one order in another currency is revenue that is in no figure",
    kpis=("attributed_revenue", "average_order_value", "roas", "roi", "incremental_return"),
    remedy="Tell the rate of the order's day (earnest fx set) and import the file again; or keep that market in a workspace of its own.",
    tested="imported rows",
    offending="""SELECT 'import' AS kind, seq AS key, kind AS id, 'refused: ' || reason AS why
        FROM audit_import, range(refused) WHERE reason IN ('currency-differs', 'unknown-currency', 'no-rate')""",
    effect=_as_the_others,
    found_by="suspected",
)
