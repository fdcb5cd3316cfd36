"""What each suite would claim of the same orders by the windows it publishes, and why any two differ.

presets ─> scenarios ─> claim ─┬─ claimed revenue of each, by campaign
                               └─ orders that one claims and another not: reason, orders, revenue
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.attribution.presets import RUNGS, Preset, find_preset, presets
from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.money import Money
from earnest.usecases.attribution_candidates import asked_days, opened, within
from earnest.usecases.attribution_scenarios import OWN, Scenario, bind_claims, own_scenario, preset_scenario
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

REASONS = {
    "channel": "a channel that the other has no windows for",
    "kind": "a kind of touch that the other does not count",
    "window": "a touch outside the other's window",
    "machine": "a click that the other leaves to machines",
    "coupon": "a coupon code, which the other does not go by",
    "first-order": "not the first order after the message, which is all that the other counts",
    "model": "the same touches, credited by another model",
    "touch": "a later touch of the one takes the credit",
}
"""Why one claims what another does not, by code."""


@dataclass(frozen=True, slots=True)
class CampaignClaim:
    """What is claimed for a campaign. `orders` are those with any credit to it."""

    campaign: str
    revenue: Money
    orders: int


@dataclass(frozen=True, slots=True)
class PresetClaim:
    """What would be claimed by a preset; `preset` is None for the rule of this workspace."""

    name: str
    preset: Preset | None
    claimed: Money
    orders: int
    share: float | None
    campaigns: tuple[CampaignClaim, ...]

    def to_json(self) -> dict[str, Any]:
        told = self.preset
        return {
            "preset": self.name,
            "vendor": told.vendor if told else None,
            "credit": told.credit if told else "the look-back set in this workspace",
            "claimed": self.claimed.to_json(),
            "orders": self.orders,
            "share_of_revenue": self.share,
            "campaigns": [
                {"campaign": one.campaign, "revenue": one.revenue.to_json(), "orders": one.orders}
                for one in self.campaigns
            ],
            "differs": list(told.differs) if told else [],
        }


@dataclass(frozen=True, slots=True)
class Item:
    """One reason for which claims differ: side is `one`, `other` (claimed by that alone) or `moved` (to another campaign by both)."""

    side: str
    reason: str
    orders: int
    revenue: Money

    def to_json(self) -> dict[str, Any]:
        why = REASONS[self.reason]
        return {"side": self.side, "reason": self.reason, "why": why, "orders": self.orders, "revenue": self.revenue.to_json()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Why two presets claim otherwise: the items of `one` less those of `other` are the difference of their claims, exactly."""

    one: str
    other: str
    difference: Money
    items: tuple[Item, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "one": self.one,
            "other": self.other,
            "difference": self.difference.to_json(),
            "items": [item.to_json() for item in self.items],
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """What presets would claim: of the same orders, with the same net revenue."""

    net_revenue: Money
    orders: int
    days: Days | None
    claims: tuple[PresetClaim, ...]
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": "attributed",
            "definition": "claimed_by_preset@1",
            "period": str(self.days) if self.days else None,
            "net_revenue": self.net_revenue.to_json(),
            "orders": self.orders,
            "claims": [one.to_json() for one in self.claims],
            "differences": [one.to_json() for one in self.differences],
        }


def claim_by_presets(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    period: str | None = None,
    build: bool = True,
    progress: Progress = quiet,
) -> Claims:
    """What each preset would claim, and how each differs from the first.

    Args:
        names: presets, `own` for the rule of this workspace; none for that and all presets.
        period: of the orders, as `definitions.periods.read_period`; None for all time.

    Raises:
        UsageError: `no-such-preset`, `preset-without-windows`.
    """
    chosen = list(dict.fromkeys(names)) or [OWN, *(one.id for one in presets().values() if one.reproducible)]
    found = {name: None if name == OWN else _usable(name) for name in chosen}
    days = asked_days(workspace, period)
    with opened(workspace, progress, build=build) as tables:
        scenarios = [
            own_scenario(tables) if preset is None else preset_scenario(tables, preset) for preset in found.values()
        ]
        bind_claims(tables, workspace, scenarios, days=days)
        net, orders = revenue_of(tables, days)
        told = tuple(_claim(tables, name, preset, net) for name, preset in found.items())
        first = scenarios[0]
        differences = tuple(_difference(tables, first, other, told) for other in scenarios[1:])
    return Claims(net, orders, days, told, differences)


def _usable(name: str) -> Preset:
    preset = find_preset(name)
    if not preset.reproducible:
        raise UsageError(
            "preset-without-windows",
            f"{preset.vendor} publishes no default windows: {preset.differs[0]}",
            hint="See `earnest attribution presets` for those that do.",
        )
    return preset


def revenue_of(tables: Tables, days: Days | None) -> tuple[Money, int]:
    """Net revenue and number of the orders that are not cancelled."""
    (row,) = tables.con.execute(
        f"SELECT CAST(COALESCE(sum(net_minor), 0) AS BIGINT), count(*) FROM conversion WHERE cancelled = 0 AND {within('order_day', days)}"
    ).fetchall()
    return Money(int(row[0]), tables.state.currency), int(row[1])


def _claim(tables: Tables, name: str, preset: Preset | None, net: Money) -> PresetClaim:
    rows = tables.con.execute(
        """SELECT l.campaign, CAST(sum(c.credit_minor) AS BIGINT), count(DISTINCT c.order_key) FROM claim AS c
        JOIN label_campaign AS l ON c.label_key = l.label_key WHERE c.scenario = $1 GROUP BY ALL ORDER BY 2 DESC, 1""",
        [name],
    ).fetchall()
    ((orders,),) = tables.con.execute(
        "SELECT count(DISTINCT order_key) FROM claim WHERE scenario = $1", [name]
    ).fetchall()
    campaigns = tuple(CampaignClaim(str(c), Money(int(m), net.currency), int(n)) for c, m, n in rows)
    claimed = Money(sum(one.revenue.minor for one in campaigns), net.currency)
    return PresetClaim(
        name, preset, claimed, int(orders), claimed.minor / net.minor if net.minor > 0 else None, campaigns
    )


def _difference(tables: Tables, one: Scenario, other: Scenario, told: Sequence[PresetClaim]) -> Difference:
    tables.con.execute("CREATE OR REPLACE TEMP TABLE pair AS SELECT $1 AS one, $2 AS other", [one.name, other.name])
    same = one.rule.model.id == other.rule.model.id
    rows = tables.con.execute(
        _ITEMS.format(
            of_one=_why(other, lacking="other"), of_other=_why(one, lacking="one"), rest="touch" if same else "model"
        )
    ).fetchall()
    claimed = {claim.name: claim.claimed for claim in told}
    currency = tables.state.currency
    items = [Item(side, reason, int(n), Money(int(minor), currency)) for side, reason, n, minor in rows]
    items.sort(key=lambda item: ("one", "other", "moved").index(item.side))
    return Difference(one.name, other.name, claimed[one.name] - claimed[other.name], tuple(items))


def _why(lacking_one: Scenario, *, lacking: str) -> str:
    """SQL: the reason for which the touch `t` that one scenario credits counts for nothing in another."""
    rules = f"SELECT 1 FROM scenario_rule AS s, pair WHERE s.scenario = pair.{lacking} AND s.label_key = t.label_key"
    age = "v.ordered_us - m.send_us" if lacking_one.rule.starts == "send" else "v.ordered_us - t.touch_us"
    machine = "false" if lacking_one.rule.machines else f"t.rung = {RUNGS['click']} AND NOT t.human"
    first = "true" if lacking_one.first_order_only else "false"
    return f"""CASE WHEN t.how = 'coupon' THEN 'coupon' WHEN NOT EXISTS ({rules}) THEN 'channel'
        WHEN NOT EXISTS ({rules} AND s.rung = t.rung) THEN 'kind'
        WHEN NOT EXISTS ({rules} AND s.rung = t.rung AND {age} <= s.window_us) THEN 'window'
        WHEN {machine} THEN 'machine' WHEN {first} THEN 'first-order' END"""


_ITEMS = """WITH last AS (
        SELECT c.scenario, c.order_key, any_value(c.net_minor) AS net_minor, CAST(sum(c.credit_minor) AS BIGINT) AS credit_minor,
            max_by(c.message_key, (c.touch_us, COALESCE(c.message_key, 0))) AS message_key,
            max_by(c.label_key, (c.touch_us, COALESCE(c.message_key, 0))) AS label_key,
            max_by(c.rung, (c.touch_us, COALESCE(c.message_key, 0))) AS rung, max(c.touch_us) AS touch_us, any_value(c.how) AS how
        FROM claim AS c JOIN pair ON c.scenario IN (pair.one, pair.other) GROUP BY ALL
    ), t AS (
        SELECT last.*, EXISTS (SELECT 1 FROM candidate AS h WHERE h.order_key = last.order_key AND h.message_key = last.message_key
            AND h.rung = last.rung AND h.touch_us = last.touch_us AND NOT h.machine) AS human
        FROM last
    ), why AS (
        SELECT t.scenario, t.order_key, t.credit_minor, CASE WHEN t.scenario = pair.one THEN {of_one} ELSE {of_other} END AS reason
        FROM t JOIN conversion AS v ON t.order_key = v.order_key LEFT JOIN message AS m ON t.message_key = m.message_key, pair
    ), one AS (SELECT why.* FROM why, pair WHERE why.scenario = pair.one
    ), other AS (SELECT why.* FROM why, pair WHERE why.scenario = pair.other
    ), moved AS (
        SELECT order_key, CAST(sum(abs(credit_one - credit_other)) AS BIGINT) // 2 AS minor FROM (
            SELECT c.order_key, l.campaign, sum(CASE WHEN c.scenario = pair.one THEN c.credit_minor ELSE 0 END) AS credit_one,
                sum(CASE WHEN c.scenario = pair.other THEN c.credit_minor ELSE 0 END) AS credit_other
            FROM claim AS c JOIN label_campaign AS l ON c.label_key = l.label_key JOIN pair ON c.scenario IN (pair.one, pair.other)
            GROUP BY ALL) GROUP BY order_key
    )
    SELECT side, reason, count(*), CAST(sum(minor) AS BIGINT) FROM (
        SELECT 'one' AS side, COALESCE(one.reason, '{rest}') AS reason, one.credit_minor AS minor
        FROM one LEFT JOIN other ON one.order_key = other.order_key WHERE other.order_key IS NULL
        UNION ALL SELECT 'other', COALESCE(other.reason, '{rest}'), other.credit_minor
        FROM other LEFT JOIN one ON one.order_key = other.order_key WHERE one.order_key IS NULL
        UNION ALL SELECT 'moved', COALESCE(one.reason, other.reason, '{rest}'), moved.minor
        FROM one JOIN other ON one.order_key = other.order_key JOIN moved ON one.order_key = moved.order_key WHERE moved.minor > 0)
    GROUP BY ALL ORDER BY 4 DESC, 2"""
