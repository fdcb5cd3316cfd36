"""The rows behind a claim: the orders credited to a campaign under a model, each with the touch that earned the credit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.attribution.presets import RUNGS
from earnest.attribution.rule import rule_model, rule_models
from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.money import Money
from earnest.kernel.period import day_of, instant_text
from earnest.usecases.attribution_candidates import asked_days, opened, split_over
from earnest.usecases.attribution_direct import bind_last_non_direct
from earnest.usecases.attribution_evidence import DIRECT, bind_evidence, bind_rest
from earnest.usecases.attribution_evidence import RUNGS as LADDER
from earnest.usecases.attribution_models import Model, find_model
from earnest.usecases.attribution_units import bind_journeys, bind_units
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

KIND_OF = {rung: kind for kind, rung in RUNGS.items()}
NAMED = """named AS (SELECT order_key, max(order_id) AS order_id FROM (
        SELECT order_key, order_id FROM event_order UNION ALL SELECT order_key, order_id FROM event_conversion)
        WHERE order_key IN (SELECT order_key FROM picked) GROUP BY order_key)"""
"""SQL, after a table `picked` of orders: the shop's own ids of them."""


@dataclass(frozen=True, slots=True)
class CreditRow:
    """Credit of one order to one touch.

    Args:
        order: the shop's own id, None if it told none. message: the provider's id of the message, where one is known.
        touch: reply, click, read or delivered; of an order that shows its evidence by itself, that evidence.
        weight: share of the order that the touch gets, 0 to 1.
    """

    order: str | None
    order_key: int
    day: int
    net: Money
    message: str | None
    touch: str
    touch_us: int | None
    weight: float
    credit: Money

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "order_key": order_text(self.order_key),
            "day": day_of(self.day).isoformat(),
            "net_revenue": self.net.to_json(),
            "message": self.message,
            "touch": self.touch,
            "touched_at": instant_text(self.touch_us),
            "weight": round(self.weight, 6),
            "credit": self.credit.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """A claim and its rows, latest order first: at most as many as were asked for. `total` is over all `count` rows."""

    campaign: str
    model: Model
    days: Days | None
    total: Money
    orders: int
    count: int
    rows: tuple[CreditRow, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": "attributed",
            "campaign": self.campaign,
            "model": self.model.id,
            "definition": self.model.definition,
            "period": str(self.days) if self.days else None,
            "claimed": self.total.to_json(),
            "orders": self.orders,
            "row_count": self.count,
            "rows": [row.to_json() for row in self.rows],
        }


def order_text(order_key: int) -> str:
    """The key of an order as 16 hex digits: no reader of JSON holds it exactly as a number."""
    return f"{order_key & (1 << 64) - 1:016x}"


def explain_claim(
    workspace: Workspace,
    campaign: str,
    *,
    model: str = "last_touch",
    period: str | None = None,
    limit: int | None = 20,
    build: bool = True,
    progress: Progress = quiet,
) -> Explained:
    """The orders behind what a model claims for a campaign.

    Args:
        limit: rows to give, None for all.

    Raises:
        UsageError: `no-such-model`, `model-without-rows`. NotFound: `no-such-campaign`.
    """
    chosen = find_model(model)
    if chosen.family == "path":
        raise UsageError(
            "model-without-rows",
            f"{chosen.label} shares the revenue of all journeys at once: it credits no single order",
            hint="Explain a rule model, such as last_touch or linear.",
        )
    days = asked_days(workspace, period)
    with opened(workspace, progress, build=build) as tables:
        check_met(campaigns_met(tables), campaign)
        bind_units(tables, "campaign", None)
        bind_journeys(tables, days)
        rows = _rows(tables, workspace, chosen, days)
        tables.con.execute(f"CREATE OR REPLACE TEMP TABLE credited_row AS {rows}")
        return _explained(tables, Explained(campaign, chosen, days, Money(0, tables.state.currency), 0, 0, ()), limit)


def _rows(tables: Tables, workspace: Workspace, model: Model, days: Days | None) -> str:
    """SQL of all credited rows of a model: order_key, order_day, net_minor, campaign, message_key, rung, evidence, touch_us, weight, credit_minor."""
    if model.id in {rule.id for rule in rule_models()}:
        return _by_rule("journey_touch", model.id)
    if model.id == "any_touch":
        return _ANY
    if model.id == "last_non_direct":
        bind_last_non_direct(tables)
        return _NON_DIRECT
    bind_evidence(tables, workspace, days=days)
    direct = _DIRECT.format(direct=DIRECT)
    if model.id == "coupon":
        return f"{direct} WHERE rung = 'a'"
    bind_rest(tables)
    return f"{direct} UNION ALL ({_by_rule('journey_rest', 'last_touch')})"


def _by_rule(touches: str, name: str) -> str:
    return f"""SELECT s.order_key, s.order_day, s.net_minor, u.name AS campaign, s.message_key, s.rung, CAST(NULL AS VARCHAR) AS evidence, s.touch_us,
        s.weight / CAST(s.whole AS DOUBLE) AS weight, s.credit_minor
    FROM ({split_over(touches, (rule_model(name),), units="unit_name")} SELECT *, weight_{name} AS weight, credit_{name} AS credit_minor,
        sum(weight_{name}) OVER (PARTITION BY order_key) AS whole FROM split) AS s
    JOIN unit_name AS u ON s.label_key = u.unit WHERE s.weight > 0"""


_ANY = """SELECT t.order_key, t.order_day, t.net_minor, u.name AS campaign, t.message_key, t.rung, CAST(NULL AS VARCHAR) AS evidence, t.touch_us,
        1.0 AS weight, t.net_minor AS credit_minor
    FROM journey_touch AS t JOIN unit_name AS u ON t.label_key = u.unit
    QUALIFY row_number() OVER (PARTITION BY t.order_key, u.name ORDER BY t.rung DESC, t.touch_us DESC, t.message_key) = 1"""

_NON_DIRECT = """SELECT t.order_key, t.order_day, t.net_minor, u.name AS campaign, t.message_key, t.rung, CAST(NULL AS VARCHAR) AS evidence,
        t.touch_us, 1.0 AS weight, t.net_minor AS credit_minor
    FROM last_non_direct AS t JOIN unit_name AS u ON t.label_key = u.unit WHERE NOT t.elsewhere"""

_DIRECT = """SELECT order_key, order_day, net_minor, campaign, message_key, CAST(NULL AS BIGINT) AS rung, rung AS evidence, touch_us,
        1.0 / whole AS weight, credit_minor FROM (SELECT * FROM ({direct})) AS d"""


def _explained(tables: Tables, asked: Explained, limit: int | None) -> Explained:
    ((minor, orders, count),) = tables.con.execute(
        "SELECT CAST(COALESCE(sum(credit_minor), 0) AS BIGINT), count(DISTINCT order_key), count(*) FROM credited_row WHERE campaign = $1",
        [asked.campaign],
    ).fetchall()
    cut = "" if limit is None else f"LIMIT {limit}"
    rows = tables.con.execute(_SHOWN.format(named=NAMED, limit=cut), [asked.campaign]).fetchall()
    currency = tables.state.currency
    shown = tuple(_row(row, currency) for row in rows)
    return replace(asked, total=Money(int(minor), currency), orders=int(orders), count=int(count), rows=shown)


def _row(row: tuple[Any, ...], currency: str) -> CreditRow:
    key, order, day, net, message, rung, evidence, touch_us, weight, minor = row
    touch = LADDER[evidence] if evidence else KIND_OF[rung]
    return CreditRow(
        order,
        int(key),
        int(day),
        Money(int(net), currency),
        message,
        touch,
        int(touch_us) if touch_us is not None else None,
        float(weight),
        Money(int(minor), currency),
    )


_SHOWN = """WITH picked AS (SELECT * FROM credited_row WHERE campaign = $1 ORDER BY order_day DESC, order_key, touch_us, message_key {limit}),
    {named},
    sent AS (SELECT message_key, max(message_id) AS message_id FROM event_message
        WHERE message_key IN (SELECT message_key FROM picked) GROUP BY message_key)
    SELECT p.order_key, n.order_id, p.order_day, p.net_minor, s.message_id, p.rung, p.evidence, p.touch_us, p.weight, p.credit_minor
    FROM picked AS p LEFT JOIN named AS n ON p.order_key = n.order_key LEFT JOIN sent AS s ON p.message_key = s.message_key
    ORDER BY p.order_day DESC, p.order_key, p.touch_us, p.message_key"""
