"""Flags: the flagged days and weeks of a series that belong together, told as one thing that happened.

spike   some days are odd, the days around them are not         level   a week is odd, and stays so without its oddest day
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from earnest.trends.scan import Scan, Span

_STILL_ODD = 3.0
"""Standard deviations that the other days of a week must be off for its level to be what has changed."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that happened in one series.

    Args:
        first, last: places of its days, both included; of a level `first` is the day from which the week fits best, `last` the last
            day that is tested with it.
        main: the test it is told by: its oddest day, or the week that shows the level.
        events: observed less expected over the flagged days (of a level: over that week), in events.
    """

    series: str
    kind: Literal["spike", "level"]
    first: int
    last: int
    main: Span
    events: float

    @property
    def adjusted(self) -> float:
        return self.main.adjusted


def flags(scan: Scan) -> tuple[Flag, ...]:
    """What happened, least likely first."""
    found = [_told(together) for together in _together(scan.flagged)]
    return tuple(sorted(found, key=lambda flag: (flag.adjusted, flag.main.p, flag.series, flag.first)))


def _together(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans of one series and direction that touch each other."""
    run: list[Span] = []
    reach = -1
    for span in sorted(spans, key=lambda one: (one.series, one.direction, one.place, -one.length)):
        apart = not run or (span.series, span.direction) != (run[0].series, run[0].direction) or span.place > reach + 1
        if apart and run:
            yield run
        run, reach = (
            ([span], span.place + span.length - 1)
            if apart
            else ([*run, span], max(reach, span.place + span.length - 1))
        )
    if run:
        yield run


def _told(together: list[Span]) -> Flag:
    levels = [span for span in together if span.without is not None and span.without * span.direction >= _STILL_ODD]
    if levels:
        main = max(levels, key=lambda span: abs(span.score))
        last = max(span.place + span.length - 1 for span in together)
        return Flag(main.series, "level", main.place, last, main, main.events)
    days = [span for span in together if span.length == 1]
    if not days:
        main = min(together, key=lambda span: span.p)
        return Flag(main.series, "spike", main.place, main.place + main.length - 1, main, main.events)
    main = min(days, key=lambda span: span.p)
    places = [span.place for span in days]
    return Flag(main.series, "spike", min(places), max(places), main, sum(span.events for span in days))
