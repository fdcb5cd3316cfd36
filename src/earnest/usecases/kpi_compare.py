"""A figure held against another: the stretch before, last year, the wave before, or its goal.

A difference of shares has Newcombe's interval, a sum's has none; a word is said only where the interval excludes 0, a judgement
only where both sides are complete and their parts of the same messages. What is not alike — a running period, days nobody recorded,
another definition — is no comparison but a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from earnest.definitions.days import Days, differences
from earnest.definitions.goal import Goal
from earnest.definitions.periods import bucket_of, last_year, previous
from earnest.incrementality.intervals import newcombe_interval
from earnest.incrementality.moments import Moments
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import day_of
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import Kpi, Scope
from earnest.kpis.measures import all_measures
from earnest.kpis.measures.measure import DAYS, Measure
from earnest.usecases.goals import goals_of
from earnest.usecases.kpi_answer import Comparison, KpiRow
from earnest.usecases.kpi_ask import day_kinds, parts_of
from earnest.usecases.kpi_figures import Told, empty, evaluated, figures
from earnest.usecases.kpi_sums import Cut, Key, rows_of, sums
from earnest.usecases.kpi_tables import made_tables
from earnest.usecases.measure import measures_of
from earnest.usecases.tables import Tables

WAVE_GAP_DAYS = 2
"""Send days at most so far apart are one wave."""
WAVE_SHARE = 20
"""A day with less than a twentieth of the busiest day's messages begins no wave: stragglers and tests."""


@dataclass(slots=True)
class Compared:
    """The other side of every row, asked for when it is first needed."""

    tables: Tables
    kpi: Kpi
    cut: Cut
    scope: Scope
    kind: str | None
    known: dict[tuple[str, ...], dict[Key, Told]] = field(default_factory=dict)
    stretches: dict[Days, tuple[Days, Unavailable | None, tuple[str, ...]]] = field(default_factory=dict)
    since: tuple[date | None] | None = None

    def of(self, row: KpiRow) -> Comparison | None:
        """The comparison of a row, None where none was asked for."""
        if self.kind is None:
            return None
        held = self._held_against(row)
        if row.immature_until is not None:
            late = f"answers to its last messages count until {row.immature_until}"
            held = replace(held, word=None, judgement=None, unequal=(*held.unequal, late))
        return replace(held, word=None, judgement=None) if len(self._kinds) > 1 else held

    def _held_against(self, row: KpiRow) -> Comparison:
        if self.kind == "target":
            return self._target(row)
        if self.kind == "last-wave":
            return self._wave(row)
        days = row.bucket or self.cut.days
        assert days is not None
        assert self.kind is not None
        other, why, unequal = self._beside(days, partial=row.partial)
        if why is not None:
            return Comparison(self.kind, why, why, other)
        return _held(self.kpi, self.kind, row.figure, self._figure(row, other), against=other, unequal=unequal)

    @property
    def _kinds(self) -> set[str]:
        """The kinds of day that the parts of the figure count on."""
        return set(day_kinds(self.kpi).values())

    def _beside(self, days: Days, *, partial: bool) -> tuple[Days, Unavailable | None, tuple[str, ...]]:
        """The stretch to hold some days against, why that cannot be, and what makes the two unequal."""
        if days not in self.stretches:
            other = previous(days) if self.kind == "previous" else last_year(days)
            why = self._unfair(days, other, partial=partial)
            unequal = () if why else tuple(sentence for _, sentence in differences(days, other))
            self.stretches[days] = other, why, unequal
        return self.stretches[days]

    def _figure(self, row: KpiRow, days: Days) -> Figure:
        """The figure of the row's group on other days."""
        whole = bucket_of(days.first, self.cut.grain) if self.cut.grain else days
        if self.cut.grain and whole == days and row.bucket is not None:
            told = self._told(self._span(), grain=self.cut.grain)
            key: Key = (*row.key.values(), days.first.isoformat())
        else:
            told, key = self._told(days, grain=None), tuple(row.key.values())
        if key in told:
            return told[key].figure
        return evaluated(self.kpi, empty(measures_of(self.kpi)), self.scope)

    def _span(self) -> Days | None:
        """All days that buckets are held against."""
        if self.cut.days is None:
            return None
        shift = previous if self.kind == "previous" else last_year
        first = bucket_of(self.cut.days.first, self.cut.grain or "day")
        return Days(shift(first).first, self.cut.days.last)

    def _told(self, days: Days | None, *, grain: str | None) -> dict[Key, Told]:
        at = (str(days), grain or "")
        if at not in self.known:
            cut = replace(self.cut, days=days, grain=grain)
            self.known[at] = figures(self.tables, self.kpi, cut, self.scope)
        return self.known[at]

    def _unfair(self, days: Days, other: Days, *, partial: bool) -> Unavailable | None:
        if partial:
            yesterday = self.tables.day - timedelta(days=1)
            return Unavailable(
                "period-running",
                f"{days} is not over, {other} is",
                f"Compare whole days: --period {days.first}..{max(yesterday, days.first)}",
            )
        first = self._first_day()
        if first is None or other.first < first:
            since = f"known since {first}" if first else "not known at all"
            return Unavailable(
                "not-covered",
                f"{other} is not covered: what {self.kpi.id} counts is {since}",
                "Import what came before, or compare later days.",
            )
        return None

    def _first_day(self) -> date | None:
        """The first day on which everything the KPI counts is known, whatever the group."""
        if self.since is None:
            tables, measures = self.tables, [all_measures()[name] for name in parts_of(self.kpi)]
            made_tables(tables, measures)
            found: dict[str, list[int]] = {}
            for one in measures:
                row = tables.con.execute(_FIRST[one.day].replace("{rows}", rows_of(tables, one))).fetchone()
                days = found.setdefault(_source(one), [])
                days += [int(row[0])] if row and row[0] is not None else []
            told = [min(days) for days in found.values() if days]
            self.since = (day_of(max(told)) if told and len(told) == len(found) else None,)
        return self.since[0]

    def _wave(self, row: KpiRow) -> Comparison:
        if self._kinds != {"send"}:
            why = Unavailable(
                "not-by-wave", f"{self.kpi.id} does not count by the day of the send", "Use --compare previous."
            )
            return Comparison("last-wave", why, why)
        waves = self._waves(row)
        if isinstance(waves, Unavailable):
            return Comparison("last-wave", waves, waves)
        latest, before = waves
        return _held(
            self.kpi, "last-wave", self._figure(row, latest), self._figure(row, before), against=before, current=latest
        )

    def _waves(self, row: KpiRow) -> tuple[Days, Days] | Unavailable:
        """The latest wave of the group's campaign or programme, and the one before."""
        own = {one.name: one.values for one in self.cut.filters} | {name: (value,) for name, value in row.key.items()}
        scope = next(((name, own[name]) for name in ("campaign", "programme") if len(own.get(name, ())) == 1), None)
        if scope is None:
            return Unavailable(
                "no-wave", "waves are a campaign's or a programme's", "Ask --by campaign or --filter programme=NAME."
            )
        until = self.cut.days.last if self.cut.days else None
        days = None if until is None else Days(until - timedelta(days=3_650), until)
        sent = sums(self.tables, ("messages",), Cut(filters=(Filter(*scope),), days=days, grain="day"))
        found = waves({date.fromisoformat(key[-1]): group.sums["messages"] for key, group in sent.items()})
        if len(found) < 2:
            return Unavailable("no-wave", f"{scope[0]} {scope[1][0]} has {len(found)} waves", "Wait for the next one.")
        return found[-1], found[-2]

    def _target(self, row: KpiRow) -> Comparison:
        own = {one.name: one.values for one in self.cut.filters} | {name: (value,) for name, value in row.key.items()}
        campaign = own.get("campaign", ())
        if len(campaign) != 1 or set(own) != {"campaign"}:
            why = Unavailable(
                "no-goal", "goals are a campaign's", "Ask --by campaign or --campaign ID, and nothing else."
            )
            return Comparison("target", why, why)
        goals = goals_of(self.tables.state, campaign[0])
        goal = next((one for one in goals if one.kpi == self.kpi.id), None)
        if goal is None:
            remedy = f"earnest goal set {campaign[0]} {self.kpi.id} …"
            why = Unavailable("no-goal", f"{campaign[0]} has no goal for {self.kpi.id}", remedy)
            return Comparison("target", why, why)
        if goal.definition != self.kpi.definition:
            why = Unavailable(
                "definition-changed",
                f"the goal is for {goal.definition}, the figure is {self.kpi.definition}",
                "Set it again.",
            )
            return Comparison("target", why, why)
        return self._reached(row, goal)

    def _reached(self, row: KpiRow, goal: Goal) -> Comparison:
        """A figure of the goal's days beside the goal."""
        days = self._goal_days(goal)
        if isinstance(days, Unavailable):
            return Comparison("target", days, days)
        target = Estimate(float(goal.target), self.scope.currency if self.kpi.unit == "money" else self.kpi.unit,
            method="target", basis="assumed", definition=goal.definition)  # fmt: skip
        unequal = (f"{days} is not over",) if days.last >= self.tables.day else ()
        cut = self.cut.days is None and self._kinds == {"send"}
        figure, current = (self._figure(row, days), days) if cut else (row.figure, None)
        return _held(self.kpi, "target", figure, target, against=days, current=current, unequal=unequal)

    def _goal_days(self, goal: Goal) -> Days | Unavailable:
        """The days that a goal is for, if the figure can be told of them and nothing else was asked for."""
        cut = Cut(filters=(Filter("campaign", (goal.campaign,)),))
        sent = sums(self.tables, ("messages",), cut)[()]
        if "send" not in sent.first:
            return Unavailable("no-sends", f"{goal.campaign} has sent nothing yet", "Wait for its first messages.")
        first, last = day_of(sent.first["send"]), day_of(sent.last["send"])
        days, wanted = Days(goal.since or first, goal.by), self.cut.days
        if goal.by < days.first or (
            wanted is not None
            and (wanted.last != goal.by or wanted.first > days.first or (goal.since and wanted.first != goal.since))
        ):
            return Unavailable(
                "unequal-days", f"the goal is for {goal.since or 'its first send'}..{goal.by}",
                "Leave out --period, or ask for its days.",
            )  # fmt: skip
        whole = days.first <= first and last <= days.last
        if wanted is None and not whole and self._kinds != {"send"}:
            return Unavailable(
                "not-by-day",
                f"messages were sent from {first} to {last}, the goal is for {days}, and {self.kpi.id} does not count by the send",
                "Let the goal's days hold all sends, or give the later ones a campaign of their own.",
            )
        return days


def waves(messages: dict[date, int]) -> list[Days]:
    """Clusters of send days, oldest first.

    A wave is a run of send days of which no two neighbours lie more than `WAVE_GAP_DAYS` apart. Days with less than a
    twentieth of the busiest day's messages are not looked at.

    Args:
        messages: how many were sent on each day.
    """
    most = max(messages.values(), default=0)
    found: list[Days] = []
    for day in sorted(day for day, count in messages.items() if count and count * WAVE_SHARE >= most):
        if found and (day - found[-1].last).days <= WAVE_GAP_DAYS:
            found[-1] = Days(found[-1].first, day)
        else:
            found.append(Days(day, day))
    return found


_FIRST = {
    "send": "SELECT min(send_day) FROM funnel_cell",
    "order": "SELECT min(order_day) FROM credit_cell",
    "cost": "SELECT min(cost_day) FROM cost_day",
    "answer": "SELECT min(day) FROM ({rows})",
    "round": "SELECT min(day) FROM ({rows})",
}
"""The first day on which something that counts on a kind of day is known; of answers, by their own rows."""
assert _FIRST.keys() == DAYS.keys(), "every kind of day has a first one"


def _source(measure: Measure) -> str:
    """What tells of a measure: measures of one source are known from the same day on, whichever of them comes first."""
    found = re.search(r"FROM (\w+)", measure.rows) if measure.day == "answer" else None
    return found[1] if found is not None else measure.day


def _held(
    kpi: Kpi,
    kind: str,
    one: Figure,
    other: Figure,
    *,
    against: Days | None = None,
    current: Days | None = None,
    unequal: tuple[str, ...] = (),
) -> Comparison:
    """Two figures beside each other, and what lies between."""
    shown = one if current is not None else None
    for side in (one, other):
        if isinstance(side, Unavailable):
            return Comparison(kind, other, side, against, shown, unequal=unequal)
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    interval = _interval(one, other)
    value = one.value - other.value
    difference = Estimate(
        value,
        one.unit,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        level=(one.level or other.level) if interval else None,
        method=("newcombe" if other.method == "wilson" else "less the target") if interval else "exact",
        basis=one.basis,
        definition=one.definition,
        as_of=one.as_of,
    )
    word = None
    if interval and (interval[0] > 0 or interval[1] < 0):
        word = "higher" if interval[0] > 0 else "lower"
    judgement = None
    if word and kpi.direction != "context":
        judgement = "better" if word == kpi.direction else "worse"
    return Comparison(kind, other, difference, against, shown, word, judgement, unequal)


def _interval(one: Estimate, other: Estimate) -> tuple[float, float] | None:
    """Of the difference of two shares by their Wilson limits; of a share and a target, the share's own."""
    if one.method != "wilson" or one.n is None or one.low is None or one.high is None:
        return None
    if other.method == "target":
        return one.low - other.value, one.high - other.value
    if other.method != "wilson" or other.n is None:
        return None
    arms = []
    for side in (one, other):
        assert side.n is not None
        events = round(side.value * side.n)
        arms.append(Moments(side.n, events, events, events))
    return newcombe_interval(arms[0], arms[1], level=one.level or 0.95)
