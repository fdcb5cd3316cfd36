"""What is watched day by day: each number with where it is counted, when it has settled, and where to look when it is odd.

Every number is a ratio of sums, a count, or a cost per unit, by business day, for the workspace, each channel and each campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from earnest.definitions.days import season
from earnest.kernel.declared import look_up
from earnest.kernel.errors import NotFound
from earnest.kernel.period import HOUR_US, day_of, local_day, zone
from earnest.trends.series import Family, Series
from earnest.usecases.tables import Tables

Worth = Literal["observed", "order", "attributed", "message", "opt_out"]


@dataclass(frozen=True, slots=True)
class Watched:
    """One number that is watched.

    Args:
        id: of its KPI, or of the measure where it is a plain count. name: in words.
        events, trials: columns of the daily sums; trials None for a count.
        settles_hours: so long after the end of a day something of it may still come; until then it is not judged.
        seasonal: whether it depends on what people buy and do, so that special days of trade are other than usual.
        bad: direction that is bad news: 1 more, −1 less, 0 neither.
        worth: what a deviation is priced by; None: nothing prices it.
        look: commands that show what is behind it; CAMPAIGN stands for the campaign.
    """

    id: str
    name: str
    family: Family
    events: str
    trials: str | None
    settles_hours: int
    seasonal: bool
    bad: int
    worth: Worth | None
    look: tuple[str, ...]


_CAMPAIGN, _GAPS = "earnest campaign show CAMPAIGN", "earnest doctor gaps"
_NOTICES, _CLICKS = "earnest account notices", "earnest click list"
WATCHED = {
    one.id: one
    for one in (
        Watched("messages", "messages sent", "count", "messages", None, 24, True, 0, "message", ("earnest campaign list", _GAPS)),
        Watched("delivery_rate", "delivery rate", "share", "delivered", "sent", 24, False, -1, "attributed", (_CAMPAIGN, _GAPS, _NOTICES)),
        Watched("failure_rate", "failure rate", "share", "failed", "sent", 24, False, 1, "attributed", (_CAMPAIGN, _NOTICES)),
        Watched("read_rate", "read rate", "share", "was_read", "delivered", 72, True, -1, None, (_CAMPAIGN,)),
        Watched("click_through_rate", "click-through rate", "share", "clicked", "delivered", 120, True, -1, None, ("earnest link check", _CLICKS)),
        Watched("reply_rate", "reply rate", "share", "replied", "delivered", 72, True, -1, None, ("earnest preference show --kpi reply_rate",)),
        Watched("opt_out_rate", "opt-out rate", "share", "opted_out", "delivered", 72, False, 1, "opt_out", ("earnest fatigue show", "earnest optout bill")),
        Watched("bot_click_share", "machine click share", "share", "machine_clicks", "all_clicks", 72, False, 1, None, (_CLICKS,)),
        Watched("cost_per_message", "cost per priced message", "mean", "cost_micro", "priced", 24, False, 1, "observed", ("earnest rates list", _NOTICES)),
        Watched("orders", "orders", "count", "orders", None, 24, True, -1, "order", (_GAPS,)),
    )
}  # fmt: skip

_FUNNEL = (
    *("messages", "sent", "delivered", "was_read", "failed", "clicked", "replied", "opted_out"),
    *("all_clicks", "machine_clicks", "priced", "cost_micro"),
)
WORKSPACE = ("workspace", "")
Scope = tuple[str, str]
"""What a series is of: (workspace, ""), (channel, name) or (campaign, id)."""


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """Sums by business day of each scope: scope → column → one number a day from `first_day` on.

    Args:
        last_order_day: last day with an order, None without any.
    """

    first_day: int
    sums: dict[Scope, dict[str, NDArray[np.float64]]]
    last_order_day: int | None


def find_watched(kpi: str) -> Watched:
    """Look up a number that is watched.

    Raises:
        NotFound: `not-watched`.
    """
    return look_up(WATCHED, kpi, what="daily series of", listed="Watched", refusal=(NotFound, "not-watched"))


def daily(tables: Tables, *, campaign: str | None = None, channel: str | None = None) -> Daily:
    """The daily sums of the workspace, its channels and its campaigns, or of one campaign or channel alone."""
    # Replaced by usecases/kpi_query.measure_groups once every column here is a measure there.
    sums = ", ".join(f"CAST(sum(f.{name}) AS BIGINT) AS {name}" for name in _FUNNEL)
    sent = tables.con.execute(
        f"SELECT l.channel, l.campaign, f.send_day, {sums} FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key"
        " GROUP BY l.channel, l.campaign, f.send_day ORDER BY f.send_day, l.channel, l.campaign"
    ).fetchall()
    ordered = tables.con.execute(
        "SELECT order_day, count(*) FROM conversion WHERE cancelled = 0 AND order_day IS NOT NULL GROUP BY order_day ORDER BY order_day"
    ).fetchall()
    days = [int(row[2]) for row in sent] + [int(row[0]) for row in ordered]
    if not days:
        return Daily(0, {}, None)
    first, length = min(days), max(days) - min(days) + 1
    found: dict[Scope, dict[str, NDArray[np.float64]]] = {}
    for row in sent:
        for scope in _scopes(row[0], row[1], campaign=campaign, channel=channel):
            columns = found.setdefault(scope, {name: np.zeros(length) for name in _FUNNEL})
            for name, value in zip(_FUNNEL, row[3:], strict=True):
                columns[name][int(row[2]) - first] += value or 0
    if campaign is None and channel is None and ordered:
        columns = found.setdefault(WORKSPACE, {name: np.zeros(length) for name in _FUNNEL})
        columns["orders"] = np.zeros(length)
        for day, number in ordered:
            columns["orders"][int(day) - first] = number
    channels = [scope for scope in found if scope[0] == "channel"]
    if len(channels) == 1 and channel is None:
        del found[channels[0]]  # the same as the workspace
    return Daily(first, found, int(ordered[-1][0]) if ordered else None)


def series_of(told: Daily, scope: Scope, watched: Watched) -> Series | None:
    """One number of one scope, day by day; None where nothing of it was ever counted."""
    columns = told.sums.get(scope, {})
    counted = columns.get(watched.trials or watched.events)
    if counted is None or not counted.any():
        return None
    events = columns[watched.events]
    begin = _begin(columns, watched)
    events = events[begin:]
    trials = columns[watched.trials][begin:] if watched.trials is not None else np.ones_like(events)
    events = np.minimum(events, trials) if watched.family == "share" else events
    first = told.first_day + begin
    special = [watched.seasonal and season(day_of(first + place)) is not None for place in range(events.size)]
    return Series(watched.family, first, events, trials, np.array(special, dtype=bool))


def settled(tables: Tables, told: Daily, watched: Watched) -> int:
    """The first business day that is not judged yet: something of it may still come."""
    tz = zone(tables.state.timezone)
    until = local_day(tables.as_of_us - watched.settles_hours * HOUR_US, tz)
    if watched.id == "orders" and told.last_order_day is not None:
        return min(until, told.last_order_day)  # the last day told may have been told in part
    return until


def _scopes(told_channel: str | None, told_campaign: str, *, campaign: str | None, channel: str | None) -> list[Scope]:
    if channel is not None and told_channel != channel:
        return []
    if campaign is not None:
        return [("campaign", campaign)] if told_campaign == campaign else []
    if channel is not None:
        return [("channel", channel)]
    return [WORKSPACE, ("channel", told_channel or "unknown"), ("campaign", told_campaign)]


def _begin(columns: dict[str, NDArray[np.float64]], watched: Watched) -> int:
    """Before its first event a count is not 0: nothing was connected yet."""
    counted = columns[watched.trials or watched.events]
    return int(np.flatnonzero(counted)[0])
