"""A bill that is not what the messages it covers cost by their own prices."""

from earnest.audit.check import Check, Part
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.kernel.estimate import Unavailable


def _either(ground: Ground, rows: str) -> Effects | Unavailable:
    """The cost lies between the bill and the prices: nobody knows yet which of them is wrong."""
    found = ground.con.execute(
        f"SELECT campaign, CAST(sum(cost_micro) AS BIGINT) FROM {rows} GROUP BY ALL ORDER BY 1"
    ).fetchall()
    return Effects({str(name): Change(cost=Range.between(0, int(micro) / 1e6)) for name, micro in found}, "bounds")


CHECK = Check(
    code="invoice-differs",
    part=Part.COST,
    severity="warns",
    question="Does every bill agree with the prices of the messages it covers?",
    threshold=0.0,
    reason="rounding and the provider's own day boundaries explain up to 2 %",
    kpis=("total_cost", "cost_per_order", "roas", "roi"),
    remedy="Compare by market and category: earnest rates check; then ask the provider about the difference.",
    tested="SELECT line AS key, 'cost' AS kind, campaign FROM audit_ledger WHERE covers = 1",
    offending="""SELECT 'cost' AS kind, g.line AS key, COALESCE(g.description, g.cost_kind) AS id, g.campaign, g.from_us AS at_us,
            g.amount_micro - p.micro AS cost_micro,
            'billed ' || round(g.amount_micro / 1e6, 2) || ', priced ' || round(p.micro / 1e6, 2) || ' (' || p.messages || ' messages)' AS why
        FROM audit_ledger AS g JOIN (
            SELECT v.line, CAST(sum(v.price_micro) AS BIGINT) AS micro, count(*) AS messages, count(*) FILTER (WHERE v.price_micro IS NULL) AS unpriced
            FROM audit_covered AS v GROUP BY v.line
        ) AS p ON g.line = p.line
        WHERE p.unpriced = 0 AND abs(g.amount_micro - p.micro) > 0.02 * greatest(abs(g.amount_micro), p.micro)""",
    effect=_either,
    found_by="suspected",
)
