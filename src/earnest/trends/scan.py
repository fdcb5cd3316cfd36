"""Which days are out of the ordinary: every day of every series, and the week that begins on it, against the days before.

series ─> windows ─> fit ─┬─ the day  ─┐
                          └─ the week ─┴─> p ─> Benjamini–Hochberg over all of them ─> days that belong together ─> flags
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earnest.trends import expectation
from earnest.trends.expectation import MINIMUM_DAYS, REACH_DAYS, WINDOW_DAYS, Fit, Window
from earnest.trends.false_discovery import adjusted
from earnest.trends.predictive import Foretold, interval, two_sided
from earnest.trends.series import WEEK, Family, Series

Array = NDArray[np.float64]

RATE = 0.05
"""False discovery rate: of the flags of one look at most so many are false; where nothing is odd, the chance of any."""
LEAST_EVENTS = 20
"""So many events, and of shares as many trials without one, in the days before: from fewer nobody knows what is usual."""
_LEAST_OF_WEEK = 5
"""A week is tested with so many ordinary days in it."""
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """One test: a day, or the seven days from it on, beside what the ordinary days before it foretell.

    Args:
        series: name. place: of the first day in the series. length: 1 or 7. days: ordinary ones in it.
        observed, expected, low, high: figure of the span (count, share, mean), and the interval of the observed at the level asked for.
        events: observed less expected, in events (of a mean: in its unit × units).
        p: two-sided; adjusted: over all tests of the look. direction: 1 above, −1 below. score: size in standard deviations.
        without: score without its oddest day, which tells a level from a spike; None for a day.
    """

    series: str
    place: int
    length: int
    days: int
    observed: float
    expected: float
    low: float
    high: float
    events: float
    p: float
    adjusted: float
    direction: int
    score: float
    without: float | None


@dataclass(frozen=True, slots=True)
class Scan:
    """One look: all tests, which of them are flagged, and the series too short to judge (name → ordinary days they have)."""

    spans: tuple[Span, ...]
    rate: float
    level: float
    short: dict[str, int]

    @property
    def flagged(self) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.adjusted <= self.rate)


def scan(
    series: Mapping[str, Series],
    *,
    since: int,
    until: int | Mapping[str, int],
    rate: float = RATE,
    level: float = 0.95,
    groups: Mapping[str, str] | None = None,
) -> Scan:
    """Test the days [since, until) of each series.

    Args:
        since, until: day numbers; `until` by series where they do not settle at the same speed.
        rate: false discovery rate, above 0 and below 1. level: of the intervals of the observed.
        groups: of series that show the same thing (a rate of a campaign, and of the workspace); else each stands for itself.

    Assumes: days vary independently of each other, but for what one repeats of the day before.
    """
    assert 0 < rate < 1
    raw: list[Span] = []
    short: dict[str, int] = {}
    by_family: dict[Family, list[tuple[str, int]]] = {}
    for name, one in series.items():
        end = min((until if isinstance(until, int) else until[name]) - one.first_day, len(one))
        usual = np.concatenate([[0], np.cumsum(one.usual)])
        places = [place for place in range(max(0, since - one.first_day), end) if one.usual[place]]
        ready = [place for place in places if _known(one, place, usual)]
        by_family.setdefault(one.family, []).extend((name, place) for place in ready)
        if not ready:
            short[name] = int(usual[max(end, 0)])
    for family, wanted in sorted(by_family.items()):
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            ends = {
                name: min(
                    (until if isinstance(until, int) else until[name]) - series[name].first_day, len(series[name])
                )
                for name, _ in part
            }
            raw += _tested(family, series, part, ends=ends, level=level)
    if not raw:
        return Scan((), rate, level, short)
    found = adjusted(np.array([span.p for span in raw]), _things(raw, series, groups or {}))
    spans = tuple(replace(span, adjusted=float(q)) for span, q in zip(raw, found, strict=True))
    return Scan(spans, rate, level, short)


def _things(spans: Sequence[Span], series: Mapping[str, Series], groups: Mapping[str, str]) -> NDArray[np.int64]:
    """How many things happened if the spans of the 1st, 2nd … smallest p all tell of one: spans of a group and direction that touch are one."""
    p_values = np.array([span.p for span in spans])
    runs: dict[tuple[str, int], list[tuple[int, int]]] = {}
    counted = np.zeros(len(spans), dtype=np.int64)
    total = 0
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        span = spans[int(place)]
        key = groups.get(span.series, span.series), span.direction
        first = series[span.series].first_day + span.place
        last = first + span.length - 1
        known = runs.setdefault(key, [])
        apart = [run for run in known if run[1] < first - 1 or run[0] > last + 1]
        touched = [run for run in known if run not in apart]
        runs[key] = [*apart, (min([first, *(run[0] for run in touched)]), max([last, *(run[1] for run in touched)]))]
        total += 1 - len(touched)
        counted[rank] = total
    return counted


def _known(one: Series, place: int, usual: NDArray[np.int64]) -> bool:
    """Whether enough ordinary days, with events enough, lie before a place."""
    begin = max(0, place - REACH_DAYS)
    if usual[place] - usual[begin] < MINIMUM_DAYS:
        return False
    if one.family == "mean":
        return True
    kept = begin + np.flatnonzero(one.usual[begin:place])[-WINDOW_DAYS:]
    events = float(one.events[kept].sum())
    rest = float(one.trials[kept].sum()) - events if one.family == "share" else LEAST_EVENTS
    return min(events, rest) >= LEAST_EVENTS


def _tested(
    family: Family,
    series: Mapping[str, Series],
    wanted: Sequence[tuple[str, int]],
    *,
    ends: Mapping[str, int],
    level: float,
) -> list[Span]:
    window = _window(family, [(series[name], place) for name, place in wanted])
    fitted = expectation.fit(window)
    ahead = _ahead([(series[name], place, ends[name]) for name, place in wanted])
    found = _spans(fitted, ahead, wanted, length=1, level=level)
    whole = ahead.there.sum(axis=1) >= _LEAST_OF_WEEK
    whole &= np.array([place + WEEK <= ends[name] for name, place in wanted])
    return found + [
        span for span, ok in zip(_spans(fitted, ahead, wanted, length=WEEK, level=level), whole, strict=True) if ok
    ]


def _window(family: Family, wanted: Sequence[tuple[Series, int]]) -> Window:
    """The latest ordinary days before each place."""
    shape = (len(wanted), WINDOW_DAYS)
    days, events, trials = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    weekdays = np.zeros(shape, dtype=np.int64)
    for row, (one, place) in enumerate(wanted):
        begin = max(0, place - REACH_DAYS)
        usual = begin + np.flatnonzero(one.usual[begin:place])[-WINDOW_DAYS:]
        filled = slice(WINDOW_DAYS - usual.size, WINDOW_DAYS)
        days[row, filled] = usual - place
        weekdays[row, filled] = _weekday(one.first_day + usual)
        events[row, filled] = one.events[usual]
        trials[row, filled] = one.trials[usual]
    return Window(family, days, weekdays, events, trials)


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """The seven days from each judged day on. Shapes (B, 7)."""

    design: Array
    events: Array
    trials: Array
    there: NDArray[np.bool_]


def _ahead(wanted: Sequence[tuple[Series, int, int]]) -> _Ahead:
    shape = (len(wanted), WEEK)
    events, trials = np.zeros(shape), np.zeros(shape)
    there = np.zeros(shape, dtype=bool)
    first = np.array([one.first_day + place for one, place, _ in wanted])
    for row, (one, place, end) in enumerate(wanted):
        last = min(place + WEEK, end)
        events[row, : last - place] = one.events[place:last]
        trials[row, : last - place] = one.trials[place:last]
        there[row, : last - place] = one.usual[place:last]
    steps = np.arange(WEEK)
    days = np.broadcast_to(steps, shape).astype(np.float64)
    return _Ahead(expectation.terms(days, _weekday(first[:, None] + steps)), events, trials, there)


def _weekday(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return (days + 3) % WEEK  # 1970-01-01 was a Thursday


def _spans(fitted: Fit, ahead: _Ahead, wanted: Sequence[tuple[str, int]], *, length: int, level: float) -> list[Span]:
    """The tests of one length, in the order of what is wanted."""
    counted = ahead.there.copy()
    counted[:, length:] = False
    foretold, observed = _foretold(fitted, ahead, counted)
    p_values, direction = two_sided(foretold, observed)
    low, high = interval(foretold, level)
    unit = np.maximum(foretold.trials, 1.0) if fitted.family == "share" else 1 / fitted.scale
    score = (observed - foretold.mean) / np.sqrt(np.maximum(foretold.variance, 1e-12))
    units = np.where(counted, ahead.trials, 0.0).sum(axis=1)
    excess = (observed - foretold.mean) * (units * fitted.scale if fitted.family == "mean" else 1.0)
    without = _without_oddest(fitted, ahead, counted) if length > 1 else np.full(len(wanted), np.nan)
    shown = [column / unit for column in (observed, foretold.mean, low, high)]
    columns = np.stack([*shown, excess, p_values, score, without], axis=1).tolist()
    found = []
    for row, (name, place) in enumerate(wanted):
        seen, mean, bottom, top, events, p, size, rest = columns[row]
        alone = None if length == 1 else rest
        found.append(
            Span(
                name, place, length, int(counted[row].sum()), seen, mean, bottom, top, events, p, 1.0, int(direction[row]), size, alone
            )
        )  # fmt: skip
    return found


def _foretold(fitted: Fit, ahead: _Ahead, counted: NDArray[np.bool_]) -> tuple[Foretold, Array]:
    """What the fit foretells of the counted days together, and what was observed: sums, and of a mean the average day."""
    family = fitted.family
    linear = np.einsum("bij,bj->bi", ahead.design, fitted.beta)
    expected = expectation.inverse_link(family, linear)
    extra, size = fitted.extra[:, None], fitted.size[:, None]
    chance = expectation.day_variance(family, expected, ahead.trials, extra=0 * extra, size=size)
    between = expectation.day_variance(family, expected, ahead.trials, extra=extra, size=size) - chance
    slope = {"count": expected, "share": ahead.trials * expected * (1 - expected), "mean": np.ones_like(expected)}[
        family
    ]
    mean = ahead.trials * expected if family == "share" else expected
    observed = ahead.events / np.maximum(ahead.trials, 1) / fitted.scale[:, None] if family == "mean" else ahead.events
    days = np.maximum(counted.sum(axis=1), 1)
    divisor = days if family == "mean" else np.ones_like(days)
    several = counted.sum(axis=1) > 1
    echo = np.where(several, (1 + fitted.echo) / (1 - fitted.echo), 1.0)
    own = np.where(counted, chance, 0.0).sum(axis=1) + echo * np.where(counted, between, 0.0).sum(axis=1)
    gradient = np.einsum("bi,bij->bj", np.where(counted, slope, 0.0), ahead.design)
    learnt = np.einsum("bj,bjk,bk->b", gradient, fitted.covariance, gradient)
    trials = np.where(counted, ahead.trials, 0.0).sum(axis=1)
    totals = [np.where(counted, part, 0.0).sum(axis=1) / divisor for part in (mean, observed)]
    return Foretold(family, totals[0], (own + echo * learnt) / divisor**2, trials, fitted.freedom), totals[1]


def _without_oddest(fitted: Fit, ahead: _Ahead, counted: NDArray[np.bool_]) -> Array:
    """Score of the counted days without the one that deviates most."""
    scores = np.zeros(counted.shape)
    for place in range(counted.shape[1]):
        alone = np.zeros_like(counted)
        alone[:, place] = counted[:, place]
        one, seen = _foretold(fitted, ahead, alone)
        scores[:, place] = np.where(alone[:, place], (seen - one.mean) / np.sqrt(np.maximum(one.variance, 1e-12)), 0.0)
    rest = counted.copy()
    rest[np.arange(len(rest)), np.abs(scores).argmax(axis=1)] = False
    others, seen = _foretold(fitted, ahead, rest)
    return (seen - others.mean) / np.sqrt(np.maximum(others.variance, 1e-12))
