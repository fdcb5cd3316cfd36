"""The figures of a KPI by group: sums evaluated under one scope, without what cannot honestly be in them.

A rate of read receipts leaves out the channels that have none; a cost that is known by campaign alone is told by channel only
where its campaigns send on one; a cost with unpriced messages is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.period import day_of
from earnest.kpis.dimensions import SEVERAL, Filter
from earnest.kpis.kpi import Kpi, Scope, evaluate, refusals
from earnest.kpis.measures import all_measures
from earnest.usecases.kpi_sums import Cut, Group, Key, sums
from earnest.usecases.kpi_supplied import whole_scope
from earnest.usecases.kpi_tables import once
from earnest.usecases.measure import measures_of
from earnest.usecases.tables import Tables


@dataclass(frozen=True, slots=True)
class Told:
    """A group's figure, its sums, and the channels left out of both."""

    figure: Figure
    group: Group
    left_out: tuple[str, ...] = ()


def scope_of(tables: Tables) -> Scope:
    """The scope of everything, in which groups are evaluated."""
    level = float(tables.state.setting("level", tables.day) or "0.95")
    return replace(whole_scope(tables, level), unmeasurable={})


def figures(tables: Tables, kpi: Kpi, cut: Cut, scope: Scope) -> dict[Key, Told]:
    """The figures of a KPI that is made of measures, by group.

    Raises:
        UsageError: `not-by-dimension`.
    """
    names = measures_of(kpi)
    scope = replace(scope, period=_period(cut))
    costs = tuple(name for name in names if _of_cost(name))
    if costs:
        scope = replace(scope, connected=scope.connected | _cost_told(tables))
    hidden = bool(kpi.receipts or kpi.channels) and "channel" not in cut.by
    inner = replace(cut, by=(*cut.by, "channel")) if hidden else cut
    groups = sums(tables, (*names, *(("unrated",) if costs else ())), inner)
    mixed = _mixed_channels(tables, costs, cut)
    found: dict[Key, Told] = {}
    for key, parts in _by_key(groups, cut, hidden=hidden).items():
        told = _evaluated(kpi, parts, scope, by_channel=hidden or "channel" in cut.by)
        found[key] = replace(told, figure=_NOT_BY_CHANNEL) if mixed and mixed & _channels_of(key, cut) else told
    if not found and not cut.by and cut.grain is None:
        return {(): _evaluated(kpi, {"": empty(names)}, scope, by_channel=False)}
    return found


def empty(names: tuple[str, ...]) -> Group:
    """A group of nothing."""
    known = all_measures()
    parts = (part for name in names for part, _ in known[name].made_of)
    return Group(dict.fromkeys((*names, *parts), 0))


def evaluated(kpi: Kpi, group: Group, scope: Scope) -> Figure:
    """The figure of a group; its period is that of its rows, where none was asked for."""
    changed: dict[str, Any] = {}
    if scope.period is None and group.first:
        first, last = min(group.first.values()), max(group.last.values())
        changed["period"] = {"first_day": day_of(first).isoformat(), "last_day": day_of(last).isoformat()}
    if unrated := group.sums.get("unrated", 0):
        changed["unrated"] = unrated
    return evaluate(kpi, group.sums, replace(scope, **changed) if changed else scope)


def _of_cost(name: str) -> bool:
    measure = all_measures()[name]
    return measure.day == "cost" or any(all_measures()[part].day == "cost" for part, _ in measure.made_of)


def _cost_told(tables: Tables) -> frozenset[str]:
    once(tables, "cost_day")
    return frozenset({"cost"} if tables.con.execute("SELECT 1 FROM cost_day LIMIT 1").fetchone() else ())


def _period(cut: Cut) -> dict[str, str] | None:
    return {"first_day": cut.days.first.isoformat(), "last_day": cut.days.last.isoformat()} if cut.days else None


def _by_key(groups: dict[Key, Group], cut: Cut, *, hidden: bool) -> dict[Key, dict[str, Group]]:
    """Groups by the key asked for, within it by channel; where channels do not matter, under one name."""
    place = len(cut.by) if hidden else cut.by.index("channel") if "channel" in cut.by else None
    found: dict[Key, dict[str, Group]] = {}
    for key, group in groups.items():
        outer = (*key[:place], *key[place + 1 :]) if hidden and place is not None else key
        found.setdefault(outer, {})[key[place] if place is not None else ""] = group
    return found


def _evaluated(kpi: Kpi, parts: dict[str, Group], scope: Scope, *, by_channel: bool) -> Told:
    refused = {name: why for name in parts if by_channel and (why := refusals([kpi], [name]))}
    kept = [group for name, group in parts.items() if name not in refused]
    if refused and not any(any(group.sums.values()) for group in kept):
        nothing = empty(measures_of(kpi))
        return Told(evaluated(kpi, nothing, replace(scope, unmeasurable=refusals([kpi], sorted(refused)))), nothing)
    whole = kept[0] if len(kept) == 1 else _added(kept)
    return Told(evaluated(kpi, whole, scope), whole, tuple(sorted(refused)))


def _added(groups: list[Group]) -> Group:
    whole = Group()
    for group in groups:
        for name, value in group.sums.items():
            whole.add(name, value)
        for day in group.first:
            whole.span(day, group.first[day], group.last[day])
    return whole


def _mixed_channels(tables: Tables, costs: tuple[str, ...], cut: Cut) -> frozenset[str]:
    """Channels of campaigns that send on several and whose cost lines nobody can split by channel."""
    if not costs or "channel" not in cut.names:
        return frozenset()
    others = tuple(one for one in cut.filters if one.name != "channel")
    several = replace(cut, by=(), grain=None, filters=(*others, Filter("channel", (SEVERAL,))))
    if not any(sums(tables, costs, several)[()].sums.values()):
        return frozenset()
    rows = tables.con.execute(
        "SELECT DISTINCT l.channel FROM kpi_label AS l JOIN kpi_campaign AS c ON l.campaign = c.campaign WHERE c.channel = $1",
        [SEVERAL],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


_NOT_BY_CHANNEL = Unavailable(
    "not-by-channel",
    "some of these campaigns send on several channels, and what they cost is not told by channel",
    "Give each channel a campaign of its own, or ask by campaign.",
)


def _channels_of(key: Key, cut: Cut) -> set[str]:
    if "channel" in cut.by:
        return {key[cut.by.index("channel")]}
    return {value for one in cut.filters if one.name == "channel" for value in one.values}
