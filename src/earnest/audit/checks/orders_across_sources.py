"""Orders that two systems tell under different ids: same customer, same amount, ten minutes apart at most.

Only proposed: people do buy the same thing twice. How many such pairs chance alone makes is counted where nothing else can make
them, 10 to 70 minutes apart, and taken off the effect.
"""

from earnest.audit.check import Check, Part
from earnest.audit.rules import less_chance

_PAIRS = """SELECT {columns} FROM conversion AS c JOIN (SELECT order_key, min(source) AS source FROM event_order GROUP BY order_key) AS s
        ON c.order_key = s.order_key
    JOIN conversion AS d ON c.contact_key = d.contact_key AND c.before_refunds_minor = d.before_refunds_minor AND c.order_key <> d.order_key
    JOIN (SELECT order_key, min(source) AS source FROM event_order GROUP BY order_key) AS t ON d.order_key = t.order_key AND s.source <> t.source
    WHERE c.cancelled = 0 AND d.cancelled = 0 AND c.before_refunds_minor > 0 AND {apart}"""
_LATER = "(s.source > t.source)"

CHECK = Check(
    code="orders-across-sources",
    part=Part.VALIDITY,
    severity="warns",
    question="Does no order stand in two systems under two ids?",
    threshold=0.005,
    reason="0.5 % of coincidences make no figure wrong",
    kpis=("orders", "attributed_revenue", "conversion_rate", "roas", "roi", "incremental_return"),
    remedy="Import from one of the systems only; or declare one id for both (--source equal) if they share their order ids.",
    tested="matched orders",
    offending=_PAIRS.format(
        columns="DISTINCT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor,"
        " s.source || ' and ' || t.source || ' both tell it' AS why",
        apart=f"abs(c.ordered_us - d.ordered_us) <= 600000000 AND {_LATER}",
    ),
    effect=less_chance(
        _PAIRS.format(
            columns="count(DISTINCT c.order_key), 6",
            apart=f"abs(c.ordered_us - d.ordered_us) > 600000000 AND abs(c.ordered_us - d.ordered_us) <= 4200000000 AND {_LATER}",
        )
    ),
    found_by="suspected",
)
