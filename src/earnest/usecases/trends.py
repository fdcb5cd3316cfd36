"""Trends: one daily number, and what was to be expected of each of its days by those before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import day_of
from earnest.kernel.words import count
from earnest.trends.expectation import MINIMUM_DAYS
from earnest.trends.scan import LEAST_EVENTS, RATE, Span, scan
from earnest.trends.series import Series
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.trends_watched import WORKSPACE, Daily, Scope, Watched, daily, find_watched, series_of, settled
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

DAYS = 28
"""Days that one look covers."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class TrendAsk:
    """What to look at.

    Args:
        days: how many days back from the last that has settled. campaign, channel: only its messages (of both, where
            both are given).
        rate: false discovery rate over everything that is looked at, 0–1.
    """

    days: int = DAYS
    campaign: str | None = None
    channel: str | None = None
    rate: float = RATE

    def checked(self) -> TrendAsk:
        """The same, if it can be asked.

        Raises:
            UsageError: `bad-days`, `bad-rate`.
        """
        if not 1 <= self.days <= MOST_DAYS:
            raise UsageError("bad-days", f"{self.days} days; expected 1 to {MOST_DAYS}", hint="28 is the usual look.")
        if not 0 < self.rate < 1:
            what = f"a rate of {self.rate} false alarms; expected a number between 0 and 1"
            raise UsageError("bad-rate", what, hint="5 % is 0.05.")
        return self

    @property
    def scope(self) -> Scope:
        """The scope asked for."""
        if self.campaign is not None:
            return ("campaign", self.campaign)
        return ("channel", self.channel) if self.channel is not None else WORKSPACE


@dataclass(frozen=True, slots=True)
class TrendDay:
    """One day: figure, what was expected of it and between which bounds; None where there is none.

    Args:
        n: denominator of a share or mean, None for a count.
        standing: ``usual``, ``odd`` (flagged at the look's rate), ``special`` (a day of trade that is not judged), ``too-early``
            (something of it may still come), ``no-basis`` (too few days before it), ``nothing`` (nothing was counted).
    """

    day: str
    value: float | None
    n: int | None
    expected: float | None
    low: float | None
    high: float | None
    adjusted: float | None
    standing: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One daily number of one scope. `why` tells why none of its days can be judged, where that is so."""

    watched: Watched
    scope: Scope
    days: tuple[TrendDay, ...]
    level: float
    rate: float
    why: Unavailable | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kpi": self.watched.id,
            "name": self.watched.name,
            "scope": scope_json(self.scope),
            "level": self.level,
            "rate": self.rate,
            "days": [{name: getattr(day, name) for name in day.__slots__} for day in self.days],
            "not_judged": self.why.to_json() if self.why else None,
        }


def scope_json(scope: Scope) -> dict[str, str]:
    """`of` workspace, channel or campaign, and its `id`; the workspace has none."""
    return {"of": scope[0]} | ({"id": scope[1]} if scope[1] else {})


def trend(workspace: Workspace, kpi: str, ask: TrendAsk | None = None, *, progress: Progress = quiet) -> Trend:
    """One number day by day, with what was to be expected of it.

    Raises:
        NotFound: `not-watched`, `no-such-campaign`, `no-such-channel`, `nothing-counted`. UsageError: as `TrendAsk.checked`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return trend_in(tables, kpi, ask or TrendAsk())


def trend_in(tables: Tables, kpi: str, ask: TrendAsk) -> Trend:
    """The same, over tables that are open."""
    watched, told, level = find_watched(kpi), told_of(tables, ask.checked()), level_of(tables)
    one = series_of(told, ask.scope, watched)
    if one is None:
        what = f"nothing was ever counted of {watched.name}"
        raise NotFound("nothing-counted", what, hint="Import messages, answers or orders first.")
    end = min(settled(tables, told, watched), one.first_day + len(one))
    looked = scan({watched.id: one}, since=end - ask.days, until=end, rate=ask.rate, level=level)
    spans = {span.place: span for span in looked.spans if span.length == 1}
    first = max(0, end - ask.days - one.first_day)
    days = tuple(_day(one, place, end=end, span=spans.get(place), rate=ask.rate) for place in range(first, len(one)))
    short = looked.short.get(watched.id)
    return Trend(watched, ask.scope, days, level, ask.rate, too_short(short) if short is not None else None)


def told_of(tables: Tables, ask: TrendAsk) -> Daily:
    """The daily sums of what is asked for.

    Raises:
        NotFound: `no-such-campaign`, `no-such-channel`.
    """
    if ask.campaign is not None:
        check_met(campaigns_met(tables), ask.campaign)
    told = daily(tables, campaign=ask.campaign, channel=ask.channel)
    if ask.channel is not None and not told.sums:
        rows = tables.con.execute("SELECT DISTINCT channel FROM label_campaign ORDER BY channel").fetchall()
        known = ", ".join(str(row[0]) for row in rows) or "none yet"
        raise NotFound("no-such-channel", f"no message was sent over '{ask.channel}'", hint=f"Channels: {known}.")
    return told


def level_of(tables: Tables) -> float:
    """The workspace's confidence level."""
    return float(tables.state.setting("level", tables.day) or "0.95")


def too_short(days: int) -> Unavailable:
    """Why a series cannot be judged: of its days, so many are ordinary ones with a figure."""
    if days < MINIMUM_DAYS:
        return Unavailable(
            "history-too-short",
            f"{count(days, 'ordinary day')} with a figure before it; what is usual is known from {MINIMUM_DAYS} on",
            "Wait, or look at a scope that is sent on more days: the channel or the workspace.",
        )
    return Unavailable(
        "too-few-events",
        f"fewer than {LEAST_EVENTS} events (or trials without one) in the ordinary days before it",
        "Look at a larger scope: the channel or the workspace.",
    )


def _day(one: Series, place: int, *, end: int, span: Span | None, rate: float) -> TrendDay:
    trials = int(one.trials[place]) if one.family != "count" else None
    value = one.value(place)
    day = day_of(one.first_day + place).isoformat()
    if span is None:
        return TrendDay(day, value, trials, None, None, None, None, _unjudged(one, place, end=end))
    standing = "odd" if span.adjusted <= rate else "usual"
    return TrendDay(day, value, trials, span.expected, span.low, span.high, span.adjusted, standing)


def _unjudged(one: Series, place: int, *, end: int) -> str:
    if one.first_day + place >= end:
        return "too-early"
    if one.trials[place] <= 0:
        return "nothing"
    return "special" if one.special[place] else "no-basis"
