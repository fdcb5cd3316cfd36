"""Recompute the figures without a defect: the production SQL over inputs that lack the offending rows, or hold them corrected.

Credit of an order depends on its contact's messages and responses alone, so only contacts that a row touches are computed
again. What the experiment says moves by the money of the units' orders that change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import duckdb

from earnest.attribution.rule import rule_model
from earnest.attribution.split import credit_sql
from earnest.audit.effect import Change, Range
from earnest.audit.ground import Ground, narrowed

MODEL = "last_touch"
"""The rule model whose figures effects are told of."""


def changes(ground: Ground, rows: str) -> dict[str, Change]:
    """What offending rows add to each campaign's figures: as they stand, less without the defect.

    Args:
        rows: table of offending rows, see `audit.check`.
    """
    attributed = _attributed(ground, rows)
    cost = _cost(ground, rows)
    incremental = _incremental(ground, rows)
    found = {}
    for name in sorted({*attributed, *cost, *incremental}):
        extra = incremental.get(name)
        found[name] = Change(
            Range.exact(attributed.get(name, 0) / ground.minor_per_major),
            Range.exact(cost.get(name, 0) / 1_000_000),
            Range.exact(extra / ground.minor_per_major) if extra is not None else None,
        )
    return found


def _attributed(ground: Ground, rows: str) -> dict[str, int]:
    con = ground.con
    con.execute(_CONTACTS.format(rows=rows))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE audit_before AS SELECT * FROM conversion SEMI JOIN audit_contact USING (contact_key)"
    )
    before = _credited(con, "SELECT * FROM credit SEMI JOIN audit_before USING (order_key)")
    con.execute(_CONVERSIONS.format(rows=rows))
    con.execute(_MESSAGES.format(rows=rows))
    con.execute(_RESPONSES.format(rows=rows))
    inputs = {"conversion": "audit_conversion", "message": "audit_message", "response": "audit_response"}
    with narrowed(con, **inputs):
        con.execute(f"CREATE OR REPLACE TEMP TABLE audit_credit AS {credit_sql((rule_model(MODEL),))}")
    after = _credited(con, "SELECT * FROM audit_credit")
    return {name: before.get(name, 0) - after.get(name, 0) for name in {*before, *after}}


def squares(ground: Ground) -> dict[str, float]:
    """Of the effect last computed: the sum of its squares by contact, of each campaign, in minor units squared.

    How much the whole varies if each contact's part holds by chance only.
    """
    found = ground.con.execute(
        f"SELECT campaign, sum(minor * minor) FROM ({_parts('contact_key')}) GROUP BY campaign"
    ).fetchall()
    return {str(name): float(square) for name, square in found}


def sides(ground: Ground) -> dict[str, tuple[float, float]]:
    """Of the effect last computed: what it takes off orders and what it adds to others, of each campaign, in minor units."""
    found = ground.con.execute(
        f"SELECT campaign, sum(least(minor, 0)), sum(greatest(minor, 0)) FROM ({_parts('order_key')}) GROUP BY campaign"
    ).fetchall()
    return {str(name): (float(down), float(up)) for name, down, up in found}


def _parts(by: str) -> str:
    """The effect last computed, by campaign and contact or order."""
    return f"""SELECT l.campaign, v.{by}, CAST(sum(c.minor) AS DOUBLE) AS minor FROM (
            SELECT order_key, label_key, credit_minor AS minor FROM credit SEMI JOIN audit_before USING (order_key)
            WHERE model = '{MODEL}' AND message_key IS NOT NULL
            UNION ALL SELECT order_key, label_key, -credit_minor FROM audit_credit WHERE model = '{MODEL}' AND message_key IS NOT NULL
        ) AS c JOIN audit_before AS v ON c.order_key = v.order_key JOIN label_campaign AS l ON c.label_key = l.label_key GROUP BY ALL"""


def _credited(con: duckdb.DuckDBPyConnection, credits_sql: str) -> dict[str, int]:
    found = con.execute(
        f"SELECT l.campaign, CAST(sum(c.credit_minor) AS BIGINT) FROM ({credits_sql}) AS c"
        f" JOIN label_campaign AS l ON c.label_key = l.label_key WHERE c.model = '{MODEL}' AND c.message_key IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {str(name): int(minor) for name, minor in found}


def _cost(ground: Ground, rows: str) -> dict[str, int]:
    found = ground.con.execute(
        f"""SELECT campaign, CAST(sum(micro) AS BIGINT) FROM (
            SELECT COALESCE(campaign, '') AS campaign, cost_micro AS micro FROM {rows} WHERE cost_micro IS NOT NULL
            UNION ALL
            SELECT l.campaign, p.price_micro FROM (SELECT DISTINCT key FROM {rows} WHERE kind = 'message' AND cost_micro IS NULL) AS r
            JOIN audit_price AS p ON r.key = p.message_key JOIN message AS m ON r.key = m.message_key
            JOIN label_campaign AS l ON m.label_key = l.label_key WHERE p.price_micro IS NOT NULL
        ) GROUP BY campaign"""
    ).fetchall()
    return {str(name): int(micro) for name, micro in found}


def _incremental(ground: Ground, rows: str) -> dict[str, float]:
    """Extra revenue of the treated that the changed orders add: Σ treated − n_treated ÷ n_held-out × Σ held-out."""
    found = ground.con.execute(_EXTRA.format(rows=rows)).fetchall()
    return {str(name): float(extra) for name, extra in found}


@dataclass(frozen=True, slots=True)
class Arms:
    """Units and variance of revenue (minor units squared) of the treated and of the held-out."""

    treated: int
    treated_variance: float
    held_out: int
    held_out_variance: float

    @property
    def error(self) -> float:
        """Standard error of the incremental revenue: n_treated · √(s² ÷ n of the treated + s² ÷ n of the held-out)."""
        return self.treated * math.sqrt(self.treated_variance / self.treated + self.held_out_variance / self.held_out)


def arms(ground: Ground) -> dict[str, Arms]:
    """Both sides of each campaign's experiment, where both have units."""
    rows = ground.con.execute(
        "SELECT campaign, count(*) FILTER (WHERE NOT held_out), var_samp(revenue_minor) FILTER (WHERE NOT held_out), count(*) FILTER (WHERE held_out),"
        " var_samp(revenue_minor) FILTER (WHERE held_out) FROM audit_unit GROUP BY campaign"
    ).fetchall()
    return {str(name): Arms(n, float(s or 0), m, float(r or 0)) for name, n, s, m, r in rows if n > 0 and m > 0}


def baseline(ground: Ground) -> dict[str, int]:
    """Attributed revenue of each campaign as it stands, in minor units."""
    return _credited(ground.con, "SELECT * FROM credit")


def incremental(ground: Ground) -> dict[str, float]:
    """Incremental revenue as it stands, in minor units, of campaigns that an experiment judges."""
    sums: dict[str, dict[bool, tuple[int, int]]] = defaultdict(dict)
    for name, held_out, units, minor in ground.con.execute(
        "SELECT campaign, held_out, count(*), CAST(sum(revenue_minor) AS BIGINT) FROM audit_unit GROUP BY ALL"
    ).fetchall():
        sums[str(name)][bool(held_out)] = (int(units), int(minor))
    return {
        name: arms[False][1] - arms[False][0] / arms[True][0] * arms[True][1]
        for name, arms in sums.items()
        if len(arms) == 2
    }


_CONTACTS = """CREATE OR REPLACE TEMP TABLE audit_contact AS SELECT DISTINCT contact_key FROM (
    SELECT c.contact_key FROM conversion AS c JOIN {rows} AS r ON c.order_key = r.key WHERE r.kind = 'order'
    UNION ALL SELECT m.contact_key FROM message AS m JOIN {rows} AS r ON m.message_key = r.key WHERE r.kind = 'message'
    UNION ALL SELECT s.contact_key FROM response AS s JOIN {rows} AS r ON s.response_key = r.key WHERE r.kind = 'response'
) WHERE contact_key IS NOT NULL"""

_CONVERSIONS = """CREATE OR REPLACE TEMP TABLE audit_conversion AS
    SELECT c.* REPLACE (COALESCE(r.corrected_minor, c.net_minor) AS net_minor, COALESCE(r.corrected_us, c.ordered_us) AS ordered_us)
    FROM audit_before AS c
    LEFT JOIN (SELECT key, any_value(corrected_minor) AS corrected_minor, any_value(corrected_us) AS corrected_us, true AS touched
        FROM {rows} WHERE kind = 'order' GROUP BY key) AS r ON c.order_key = r.key
    WHERE r.touched IS NULL OR r.corrected_minor IS NOT NULL OR r.corrected_us IS NOT NULL"""

_MESSAGES = """CREATE OR REPLACE TEMP TABLE audit_message AS
    SELECT m.* FROM message AS m SEMI JOIN audit_contact USING (contact_key)
    ANTI JOIN (SELECT key FROM {rows} WHERE kind = 'message') AS r ON m.message_key = r.key"""

_RESPONSES = """CREATE OR REPLACE TEMP TABLE audit_response AS
    SELECT s.* REPLACE (COALESCE(r.corrected_us, s.occurred_us) AS occurred_us)
    FROM (SELECT * FROM response SEMI JOIN audit_contact USING (contact_key)) AS s
    LEFT JOIN (SELECT key, any_value(corrected_us) AS corrected_us, true AS touched FROM {rows} WHERE kind = 'response' GROUP BY key) AS r
        ON s.response_key = r.key
    ANTI JOIN (SELECT key FROM {rows} WHERE kind = 'message') AS g ON s.message_key = g.key
    WHERE r.touched IS NULL OR r.corrected_us IS NOT NULL"""

_EXTRA = """WITH sizes AS (
    SELECT campaign, count(*) FILTER (WHERE held_out) AS held, count(*) FILTER (WHERE NOT held_out) AS treated FROM audit_unit GROUP BY campaign
), changed AS (
    SELECT c.contact_key, c.ordered_us, c.net_minor - COALESCE(r.corrected_minor, CASE WHEN r.corrected_us IS NULL THEN 0 ELSE c.net_minor END) AS minor
    FROM conversion AS c JOIN (SELECT key, any_value(corrected_minor) AS corrected_minor, any_value(corrected_us) AS corrected_us
        FROM {rows} WHERE kind = 'order' GROUP BY key) AS r ON c.order_key = r.key
    WHERE c.cancelled = 0
)
SELECT u.campaign, sum(CASE WHEN u.held_out THEN -c.minor * s.treated / s.held ELSE c.minor END)
FROM audit_unit AS u JOIN changed AS c ON u.contact_key = c.contact_key AND c.ordered_us >= u.assigned_us AND c.ordered_us < u.until_us
JOIN sizes AS s ON u.campaign = s.campaign WHERE s.held > 0 GROUP BY u.campaign"""
