"""What the tools of each channel would claim if each were asked alone, and the orders that more than one of them claims.

one scenario a channel, blind to the others ─> Σ claims / actual revenue: above 1 is revenue that cannot be
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.attribution.presets import find_preset
from earnest.definitions.days import Days
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import Money
from earnest.kernel.period import day_of, instant_text
from earnest.usecases.attribution_candidates import asked_days, opened
from earnest.usecases.attribution_claims import revenue_of
from earnest.usecases.attribution_explain import KIND_OF, NAMED, order_text
from earnest.usecases.attribution_scenarios import OWN, Scenario, bind_claims, own_scenario, preset_scenario
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class ToolClaim:
    """What the tool of a channel claims alone. shared: orders and revenue of these that another tool claims as well."""

    tool: str
    channel: str
    rule: str
    claimed: Money
    orders: int
    shared_orders: int
    shared_revenue: Money

    def to_json(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "channel": self.channel,
            "rule": self.rule,
            "claimed": self.claimed.to_json(),
            "orders": self.orders,
            "shared_orders": self.shared_orders,
            "shared_revenue": self.shared_revenue.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Claimant:
    """One tool's claim of an order. touch: its kind, or `coupon`."""

    tool: str
    campaign: str
    touch: str
    touch_us: int
    credit: Money

    def to_json(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "campaign": self.campaign,
            "touch": self.touch,
            "touched_at": instant_text(self.touch_us),
            "credit": self.credit.to_json(),
        }


@dataclass(frozen=True, slots=True)
class SharedOrder:
    """An order that several tools claim. order: the shop's own id, None if it told none."""

    order_key: int
    order: str | None
    day: int
    net: Money
    claimed: Money
    claimants: tuple[Claimant, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "order_key": order_text(self.order_key),
            "day": day_of(self.day).isoformat(),
            "net_revenue": self.net.to_json(),
            "claimed": self.claimed.to_json(),
            "claimed_by": [one.to_json() for one in self.claimants],
        }


@dataclass(frozen=True, slots=True)
class Overlap:
    """Claims of tools that do not know of each other.

    Args:
        ratio: Σ claims / actual revenue. once: revenue that at least one of them claims. twice: claimed beyond that, an order each time
            it is claimed again. shared: orders claimed more than once, dearest first, of `shared_count`.
    """

    ratio: Figure
    net_revenue: Money
    claimed: Money
    once: Money
    twice: Money
    days: Days | None
    tools: tuple[ToolClaim, ...]
    shared: tuple[SharedOrder, ...]
    shared_count: int

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": "attributed",
            "period": str(self.days) if self.days else None,
            "attribution_overlap": self.ratio.to_json(),
            "net_revenue": self.net_revenue.to_json(),
            "claimed": self.claimed.to_json(),
            "claimed_at_least_once": self.once.to_json(),
            "claimed_again": self.twice.to_json(),
            "tools": [one.to_json() for one in self.tools],
            "shared_orders": self.shared_count,
            "orders": [one.to_json() for one in self.shared],
        }


def attribution_overlap(
    workspace: Workspace,
    tools: Mapping[str, str] | None = None,
    *,
    period: str | None = None,
    limit: int | None = 20,
    build: bool = True,
    progress: Progress = quiet,
) -> Overlap:
    """How far the claims of each channel's own tool go beyond the revenue there is.

    Args:
        tools: channel → preset of the suite that sends on it; channels left out take the look-back of this workspace, last touch.
        limit: orders to list, None for all.

    Raises:
        UsageError: `no-such-preset`, `no-such-channel`, `no-window-for-channel`.
    """
    with opened(workspace, progress, build=build) as tables:
        return overlap_of(tables, workspace, tools, period=period, limit=limit)


def overlap_of(
    tables: Tables,
    workspace: Workspace,
    tools: Mapping[str, str] | None = None,
    *,
    period: str | None = None,
    limit: int | None = 20,
) -> Overlap:
    """The same over tables that are open already, such as those of a past instant.

    Raises:
        UsageError: as `attribution_overlap`.
    """
    days = asked_days(workspace, period)
    found = tables.con.execute("SELECT DISTINCT channel FROM label_campaign WHERE channel IS NOT NULL ORDER BY channel")
    channels = [str(row[0]) for row in found.fetchall()]
    for channel in tools or {}:
        _check_channel(channels, channel)
    scenarios = [_tool(tables, channel, (tools or {}).get(channel, OWN)) for channel in channels]
    bind_claims(tables, workspace, scenarios, days=days)
    net, _ = revenue_of(tables, days)
    told = tuple(_told(tables, channel, one) for channel, one in zip(channels, scenarios, strict=True))
    claimed = Money(sum(one.claimed.minor for one in told), net.currency)
    once = Money(duck.scalar(tables.con, f"SELECT sum(net_minor) FROM ({_ORDERS})"), net.currency)
    shared, count = _shared(tables, limit)
    ratio = _ratio(claimed, net, days, len(told))
    return Overlap(ratio, net, claimed, once, claimed - once, days, told, shared, count)


def read_tools(texts: Sequence[str]) -> dict[str, str]:
    """Read `CHANNEL=PRESET` of each tool.

    Raises:
        UsageError: `bad-tool`.
    """
    found = {}
    for text in texts:
        channel, _, preset = text.partition("=")
        if not channel or not preset:
            raise UsageError(
                "bad-tool", f"'{text}' names no tool", hint="Write CHANNEL=PRESET, such as sms=klaviyo-2024."
            )
        found[channel] = preset
    return found


def _check_channel(channels: Sequence[str], channel: str) -> None:
    refusal = UsageError, "no-such-channel"
    check_known(channels, channel, what="channel with messages", listed="Channels with messages", refusal=refusal)


def _tool(tables: Tables, channel: str, name: str) -> Scenario:
    if name == OWN:
        return own_scenario(tables, name=channel, channel=channel)
    preset = find_preset(name)
    if not preset.covers(channel):
        raise UsageError(
            "no-window-for-channel",
            f"{preset.vendor} publishes no windows for {channel} ({', '.join(preset.windows) or 'none at all'})",
            hint="Name another preset for it, or leave the channel out.",
        )
    return preset_scenario(tables, preset, name=f"{channel} ({preset.id})", channel=channel)


def _ratio(claimed: Money, net: Money, days: Days | None, tools: int) -> Figure:
    if net.minor <= 0:
        return Unavailable(
            "empty-denominator", "there is no net revenue to divide by", "Import orders, or check the period."
        )
    period = {"from": days.first.isoformat(), "until": days.last.isoformat()} if days else None
    return Estimate(
        claimed.minor / net.minor,
        "ratio",
        n=tools,
        population="channels, each claiming alone",
        period=period,
        basis="attributed",
        definition="attribution_overlap@1",
    )


_ORDERS = "SELECT order_key, any_value(net_minor) AS net_minor, count(DISTINCT scenario) AS tools FROM claim GROUP BY order_key"


def _told(tables: Tables, channel: str, one: Scenario) -> ToolClaim:
    (row,) = tables.con.execute(
        f"""SELECT CAST(COALESCE(sum(c.credit_minor), 0) AS BIGINT), count(DISTINCT c.order_key),
            count(DISTINCT c.order_key) FILTER (o.tools > 1), CAST(COALESCE(sum(c.credit_minor) FILTER (o.tools > 1), 0) AS BIGINT)
        FROM claim AS c JOIN ({_ORDERS}) AS o ON c.order_key = o.order_key WHERE c.scenario = $1""",
        [one.name],
    ).fetchall()
    currency = tables.state.currency
    _, bracket, preset = one.name.partition(" (")
    rule = preset.rstrip(")") if bracket else OWN
    return ToolClaim(one.name, channel, rule, Money(int(row[0]), currency), int(row[1]), int(row[2]), Money(int(row[3]), currency))  # fmt: skip


def _shared(tables: Tables, limit: int | None) -> tuple[tuple[SharedOrder, ...], int]:
    count = duck.scalar(tables.con, f"SELECT count(*) FROM ({_ORDERS}) WHERE tools > 1")
    rows = tables.con.execute(
        _SHARED.format(orders=_ORDERS, named=NAMED, limit="" if limit is None else f"LIMIT {limit}")
    ).fetchall()
    currency = tables.state.currency
    found: dict[int, list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault(int(row[0]), []).append(row)
    return tuple(_order(key, parts, currency) for key, parts in found.items()), count


def _order(key: int, rows: Sequence[tuple[Any, ...]], currency: str) -> SharedOrder:
    claimants = tuple(
        Claimant(
            str(tool),
            str(campaign),
            "coupon" if how == "coupon" else KIND_OF[rung],
            int(us),
            Money(int(minor), currency),
        )
        for *_, tool, campaign, how, rung, us, minor in rows
    )
    _, order_id, day, net, *_ = rows[0]
    total = Money(sum(one.credit.minor for one in claimants), currency)
    return SharedOrder(key, order_id, int(day), Money(int(net), currency), total, claimants)


_SHARED = """WITH picked AS (SELECT order_key, net_minor FROM ({orders}) WHERE tools > 1 ORDER BY abs(net_minor) DESC, order_key {limit}),
    {named}
    SELECT c.order_key, n.order_id, c.order_day, c.net_minor, c.scenario, l.campaign, c.how, c.rung, c.touch_us, c.credit_minor
    FROM claim AS c JOIN picked AS p ON c.order_key = p.order_key JOIN label_campaign AS l ON c.label_key = l.label_key
    LEFT JOIN named AS n ON c.order_key = n.order_key
    ORDER BY abs(c.net_minor) DESC, c.order_key, c.touch_us, c.scenario"""
