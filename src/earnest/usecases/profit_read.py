"""What a profit statement is made from, by business day: revenue, credit, cost, refunds, discounts, unrated messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from earnest.definitions.days import Days
from earnest.kernel.period import day_number
from earnest.usecases.tables import Tables

CostKey = tuple[str, str]
"""Cost kind and evidence."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Campaigns that count; None is all, and what belongs to none. `mixed`: left out, as they send over several channels."""

    campaigns: tuple[str, ...] | None
    mixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums by business day (days since 1970-01-01).

    Args:
        net, refunds, discounts: of all orders, by order day, minor units. attributed: of the campaigns that count.
        cost: day → (kind, evidence) → millionths. unallocated: of it what belongs to no campaign, or was left out for that.
        unrated: delivered messages without a price, by send day.
    """

    net: dict[int, int]
    refunds: dict[int, int]
    discounts: dict[int, int]
    attributed: dict[int, int]
    cost: dict[int, dict[CostKey, int]]
    unallocated: int
    unrated: dict[int, int]

    def cost_of(self, key: CostKey) -> dict[int, int]:
        """One kind and evidence, by day."""
        return {day: by_key[key] for day, by_key in self.cost.items() if key in by_key}


def read_figures(tables: Tables, scope: Scope, days: Days | None, *, model: str, billed: Collection[str]) -> Figures:
    """Read the sums of some days; temp tables `cost_day` and `message_cost` are there.

    Args:
        billed: campaigns whose messages without a price a messaging line pays.
    """
    if days is None:
        return Figures({}, {}, {}, {}, {}, 0, {})
    con = tables.con
    first, last = day_number(days.first), day_number(days.last)
    orders = con.execute(
        "SELECT order_day, CAST(sum(net_minor) AS BIGINT), CAST(sum(refund_minor) AS BIGINT), CAST(sum(discount_minor) AS BIGINT)"
        " FROM conversion WHERE order_day BETWEEN $1 AND $2 GROUP BY order_day",
        [first, last],
    ).fetchall()
    credited = con.execute(
        "SELECT c.order_day, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " WHERE c.model = $1 AND c.order_day BETWEEN $2 AND $3 AND ($4 IS NULL OR list_contains($4, l.campaign)) GROUP BY c.order_day",
        [model, first, last, _listed(scope)],
    ).fetchall()
    return Figures(
        {int(day): int(net) for day, net, _, _ in orders},
        {int(day): int(refund) for day, _, refund, _ in orders},
        {int(day): int(discount) for day, _, _, discount in orders},
        {int(day): int(minor) for day, minor in credited},
        *_costs(tables, scope, (first, last)),
        _unrated(tables, scope, (first, last), billed),
    )


def _costs(tables: Tables, scope: Scope, days: tuple[int, int]) -> tuple[dict[int, dict[CostKey, int]], int]:
    rows = tables.con.execute(
        "SELECT campaign, cost_day, cost_kind, evidence, CAST(sum(amount_micro) AS BIGINT) FROM cost_day WHERE cost_day BETWEEN $1 AND $2"
        " GROUP BY ALL ORDER BY ALL",
        list(days),
    ).fetchall()
    found: dict[int, dict[CostKey, int]] = {}
    unallocated = 0
    for campaign, day, kind, evidence, micro in rows:
        if campaign is None:
            unallocated += int(micro)
        if scope.campaigns is None or campaign in scope.campaigns:
            cells = found.setdefault(int(day), {})
            key = str(kind), str(evidence)
            cells[key] = cells.get(key, 0) + int(micro)
    return found, unallocated


def _unrated(tables: Tables, scope: Scope, days: tuple[int, int], billed: Collection[str]) -> dict[int, int]:
    rows = tables.con.execute(
        "SELECT send_day, CAST(sum(unpriced) AS BIGINT) FROM message_cost WHERE send_day BETWEEN $1 AND $2"
        " AND ($3 IS NULL OR list_contains($3, campaign)) AND NOT list_contains($4, campaign) GROUP BY send_day",
        [*days, _listed(scope), sorted(billed)],
    ).fetchall()
    return {int(day): int(count) for day, count in rows if count}


def _listed(scope: Scope) -> list[str] | None:
    return None if scope.campaigns is None else list(scope.campaigns)
