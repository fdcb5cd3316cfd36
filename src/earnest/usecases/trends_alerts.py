"""Alerts: days that are odd and levels that have changed, over all watched numbers at once, each priced where it has a price.

daily sums ─> series ─> scan (every series, day and week) ─> flags ─> one alert a thing that happened
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.period import day_of, instant_text
from earnest.trends.flags import Flag, flags
from earnest.trends.scan import scan
from earnest.trends.series import Series
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.trends import TrendAsk, level_of, scope_json, told_of, too_short
from earnest.usecases.trends_watched import WATCHED, Scope, Watched, series_of, settled
from earnest.usecases.trends_worth import Prices
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

RATE_MEANS = (
    "of all alerts at most this share is false; where nothing is odd, the chance of any alert is at most this"
    " (Benjamini-Hochberg over all series, days and weeks of the look, discoveries counted as things that happened)"
)
_DAILY = 2 / 3
"""Share of days with messages from which sending is a daily matter, and its number worth watching."""
_USUAL_DAYS = 56


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that happened: days that are odd, or a level that has changed.

    Args:
        kpi, name: of what. scope: where; also: other scopes in which it shows as well.
        kind: "spike" or "level". first_day, last_day: ISO days. news: "bad", "good" or "neutral".
        observed, expected, low, high: figure of the oddest day (of a level: of the week from `first_day` on), and between which bounds
            it was to be expected at `level`.
        events: observed less expected: messages, clicks, orders …; of a cost per message in major units of money.
        money: what that is worth, negative for a loss, or why nobody can say.
        p: of a day so odd. adjusted: the rate of false alarms at which it is still flagged. look: commands that show what is behind it.
    """

    kpi: str
    name: str
    scope: Scope
    also: tuple[Scope, ...]
    kind: str
    first_day: str
    last_day: str
    news: str
    observed: float
    expected: float
    low: float
    high: float
    level: float
    events: float
    money: Figure
    p: float
    adjusted: float
    look: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        plain = (
            *("kpi", "name", "kind", "first_day", "last_day", "news", "observed", "expected"),
            *("low", "high", "level", "events", "p", "adjusted"),
        )
        return {name: getattr(self, name) for name in plain} | {
            "scope": scope_json(self.scope),
            "also": [scope_json(one) for one in self.also],
            "money": self.money.to_json(),
            "look": list(self.look),
        }


@dataclass(frozen=True, slots=True)
class Alerts:
    """One look.

    Args:
        tested: days and weeks tested, of so many `series`. not_judged: numbers and scopes that cannot be judged yet, and why.
        special_days: days of trade in the look that are not judged, for numbers that depend on what people buy.
    """

    alerts: tuple[Alert, ...]
    ask: TrendAsk
    level: float
    tested: int
    series: int
    not_judged: tuple[tuple[str, Scope, Unavailable], ...]
    special_days: int
    as_of_us: int

    def to_json(self) -> dict[str, Any]:
        return {
            "alerts": [alert.to_json() for alert in self.alerts],
            "rate": self.ask.rate,
            "rate_means": RATE_MEANS,
            "days": self.ask.days,
            "campaign": self.ask.campaign,
            "channel": self.ask.channel,
            "tested": self.tested,
            "series": self.series,
            "not_judged": [
                {"kpi": kpi, "scope": scope_json(scope)} | why.to_json() for kpi, scope, why in self.not_judged
            ],
            "special_days_not_judged": self.special_days,
            "level": self.level,
            "as_of": instant_text(self.as_of_us),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    watched: Watched
    scope: Scope
    series: Series


def alerts(workspace: Workspace, ask: TrendAsk | None = None, *, progress: Progress = quiet) -> Alerts:
    """Everything that is out of the ordinary in the days asked for.

    Raises:
        NotFound: `no-such-campaign`, `no-such-channel`. UsageError: as `TrendAsk.checked`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return alerts_in(tables, ask or TrendAsk())


def alerts_in(tables: Tables, ask: TrendAsk) -> Alerts:
    """The same, over tables that are open."""
    told, level = told_of(tables, ask.checked()), level_of(tables)
    judged: dict[str, _Judged] = {}
    ends: dict[str, int] = {}
    short: list[tuple[str, Scope, Unavailable]] = []
    for scope in told.sums:
        for watched in WATCHED.values():
            one = series_of(told, scope, watched)
            if one is None:
                continue
            if watched.id == "messages" and not _sent_daily(one):
                short.append((watched.id, scope, _NOT_DAILY))
                continue
            name = f"{watched.id}/{scope[0]}/{scope[1]}"
            judged[name] = _Judged(watched, scope, one)
            ends[name] = min(settled(tables, told, watched), one.first_day + len(one))
    since = max(ends.values(), default=0) - ask.days
    looked = scan(
        {name: one.series for name, one in judged.items()}, since=since, until=ends, rate=ask.rate, level=level,
        groups={name: one.watched.id for name, one in judged.items()},
    )  # fmt: skip
    short += [(judged[name].watched.id, judged[name].scope, too_short(days)) for name, days in looked.short.items()]
    prices = Prices(tables)
    found = tuple(_alert(flag, judged, prices=prices, level=level) for flag in flags(looked))
    special = max((int(one.series.special[-ask.days :].sum()) for one in judged.values()), default=0)
    series = len({span.series for span in looked.spans})
    return Alerts(_once(found), ask, level, len(looked.spans), series, tuple(short), special, tables.as_of_us)


_NOT_DAILY = Unavailable(
    "not-daily",
    "messages go out on fewer than two days in three, so that a day with many is a campaign and not an oddity",
    "Look at the rates of its messages instead.",
)


def _sent_daily(one: Series) -> bool:
    latest = one.events[-_USUAL_DAYS:]
    return float((latest > 0).mean()) >= _DAILY


def _alert(flag: Flag, judged: Mapping[str, _Judged], *, prices: Prices, level: float) -> Alert:
    one, span = judged[flag.series], flag.main
    watched, first = one.watched, one.series.first_day
    money = prices.worth(watched, flag, level=level)
    bad = span.direction * watched.bad
    campaign = one.scope[1] if one.scope[0] == "campaign" and one.scope[1] != UNASSIGNED else "CAMPAIGN"
    return Alert(
        watched.id, watched.name, one.scope, (), flag.kind, day_of(first + flag.first).isoformat(), day_of(first + flag.last).isoformat(),
        "bad" if bad > 0 else "good" if bad < 0 else "neutral", *prices.shown(watched, span), level,
        prices.events(watched, flag), money, span.p, span.adjusted, _look(watched, campaign),
    )  # fmt: skip


def _look(watched: Watched, campaign: str) -> tuple[str, ...]:
    return tuple(one.replace("CAMPAIGN", campaign) for one in watched.look)


def _once(found: Iterable[Alert]) -> tuple[Alert, ...]:
    """What shows in several scopes is told once: of the workspace where several campaigns or channels share it, else where it is least likely."""
    groups: list[list[Alert]] = []
    for alert in found:
        group = next((one for one in groups if _same(one[0], alert)), None)
        if group is None:
            groups.append([alert])
        else:
            group.append(alert)
    return tuple(_main(group) for group in groups)


def _main(group: list[Alert]) -> Alert:
    shared = max(len({one.scope for one in group if one.scope[0] == of}) for of in ("campaign", "channel")) > 1
    wide = [one for one in group if one.scope[0] == "workspace"]
    main = wide[0] if shared and wide else group[0]
    return replace(main, also=tuple(dict.fromkeys(one.scope for one in group if one.scope != main.scope)))


def _same(one: Alert, other: Alert) -> bool:
    if (
        one.kpi != other.kpi
        or one.scope == other.scope
        or (one.observed > one.expected) != (other.observed > other.expected)
    ):
        return False
    return one.first_day <= other.last_day and other.first_day <= one.last_day
