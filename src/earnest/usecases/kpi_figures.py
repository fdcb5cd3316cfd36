"""The figures of a KPI by group: sums evaluated under one scope, without what cannot honestly be in them.

A rate of read receipts leaves out the channels that have none; a cost that is known by campaign alone is told by channel only
where its campaigns send on one; a cost with unpriced messages is a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

NOT_BY_CHANNEL = Unavailable(
    "not-by-channel",
    "some of these campaigns send on several channels, and what they cost is not told by channel",
    "Give each channel a campaign of its own, or ask by campaign.",
)


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
    gaps = _gaps(names)
    if gaps:
        scope = replace(scope, connected=scope.connected | _cost_told(tables))
    asked = (*names, *gaps)
    refused = _refused(tables, kpi, asked, cut)
    groups = sums(tables, asked, _telling(tables, cut, refused))
    mixed = mixed_channels(tables, names, cut)
    found: dict[Key, Told] = {}
    for key in {**groups, **refused}:
        told = _evaluated(kpi, groups.get(key), scope, refused=refused.get(key, frozenset()))
        found[key] = replace(told, figure=NOT_BY_CHANNEL) if mixed and mixed & _channels_of(key, cut) else told
    if not found and not cut.by and cut.grain is None:
        return {(): _evaluated(kpi, empty(names), scope, refused=frozenset())}
    return found


def mixed_channels(tables: Tables, names: tuple[str, ...], cut: Cut) -> frozenset[str]:
    """Channels of campaigns that send on several and whose cost nobody can split by channel; none where no measure is a cost."""
    gaps = _gaps(names)
    if not gaps or "channel" not in cut.names:
        return frozenset()
    costs = (*(name for name in names if _gaps([name])), *gaps)
    others = tuple(one for one in cut.filters if one.name != "channel")
    several = replace(cut, by=(), grain=None, filters=(*others, Filter("channel", (SEVERAL,))))
    if not any(sums(tables, costs, several)[()].sums.values()):
        return frozenset()
    once(tables, "kpi_label")
    once(tables, "kpi_campaign")
    rows = tables.con.execute(
        "SELECT DISTINCT l.channel FROM kpi_label AS l JOIN kpi_campaign AS c ON l.campaign = c.campaign WHERE c.channel = $1",
        [SEVERAL],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


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
    if unconverted := sum(group.sums.get(name, 0) for name in ("unconverted", "whole_unconverted")):
        changed["unconverted"] = unconverted
    return evaluate(kpi, group.sums, replace(scope, **changed) if changed else scope)


def _gaps(names: Iterable[str]) -> tuple[str, ...]:
    """Measures that tell what the cost behind others lacks; none where there is no cost behind them."""
    known = all_measures()
    parts = {part for name in names for part in ([one for one, _ in known[name].made_of] or [name])}
    costs = {part for part in parts if known[part].day == "cost"}
    if not costs:
        return ()
    return ("unrated", "unconverted" if costs == {"cost_micro"} else "whole_unconverted")


def _cost_told(tables: Tables) -> frozenset[str]:
    once(tables, "cost_day")
    return frozenset({"cost"} if tables.con.execute("SELECT 1 FROM cost_day LIMIT 1").fetchone() else ())


def _period(cut: Cut) -> dict[str, str] | None:
    return {"first_day": cut.days.first.isoformat(), "last_day": cut.days.last.isoformat()} if cut.days else None


def _refused(tables: Tables, kpi: Kpi, names: tuple[str, ...], cut: Cut) -> dict[Key, frozenset[str]]:
    """The channels of each group that cannot tell a KPI."""
    if not (kpi.receipts or kpi.channels or "channel" in cut.by):
        return {}
    hidden = "channel" not in cut.by
    by_channel = sums(tables, names, replace(cut, by=(*cut.by, "channel")) if hidden else cut)
    place = len(cut.by) if hidden else cut.by.index("channel")
    found: dict[Key, frozenset[str]] = {}
    for key in by_channel:
        if refusals([kpi], [key[place]]):
            outer = (*key[:place], *key[place + 1 :]) if hidden else key
            found[outer] = found.get(outer, frozenset()) | {key[place]}
    return found


def _telling(tables: Tables, cut: Cut, refused: Mapping[Key, frozenset[str]]) -> Cut:
    """The cut over the channels that can tell. Asked for once: people on two channels are one, so channels do not add up."""
    silent = frozenset[str]().union(*refused.values())
    if not silent:
        return cut
    once(tables, "kpi_label")
    once(tables, "kpi_campaign")
    rows = tables.con.execute("SELECT channel FROM kpi_label UNION SELECT channel FROM kpi_campaign ORDER BY ALL")
    telling = tuple(str(row[0]) for row in rows.fetchall() if str(row[0]) not in silent)
    return replace(cut, filters=(*cut.filters, Filter("channel", telling or (_NOBODY,))))


_NOBODY = ""
"""A channel that no message has."""


def _evaluated(kpi: Kpi, group: Group | None, scope: Scope, *, refused: frozenset[str]) -> Told:
    if refused and (group is None or not any(group.sums.values())):
        nothing = empty(measures_of(kpi))
        return Told(evaluated(kpi, nothing, replace(scope, unmeasurable=refusals([kpi], sorted(refused)))), nothing)
    assert group is not None
    return Told(evaluated(kpi, group, scope), group, tuple(sorted(refused)))


def _channels_of(key: Key, cut: Cut) -> set[str]:
    if "channel" in cut.by:
        return {key[cut.by.index("channel")]}
    return {value for one in cut.filters if one.name == "channel" for value in one.values}
