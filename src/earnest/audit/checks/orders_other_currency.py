"""Orders in another currency than the workspace's: they are kept out of every sum, and wait in quarantine."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _as_the_others(ground: Ground, rows: str) -> Effects | Unavailable:
    """As much credit each as a known order brings on average; between nothing and twice that."""
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
    found = ground.con.execute(
        "SELECT l.campaign, sum(c.credit_minor) FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()
    scale = refused / known / ground.minor_per_major
    return Effects(
        {str(name): Change(attributed=Range.between(0, -2 * float(minor) * scale)) for name, minor in found}, "bounds"
    )


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
