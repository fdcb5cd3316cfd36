"""What is out of the ordinary: series whose every day is given by hand, so that anybody can say what should be flagged."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from earnest.kernel.period import day_number
from earnest.trends.expectation import MINIMUM_DAYS
from earnest.trends.flags import Flag, flags
from earnest.trends.scan import Scan, scan
from earnest.trends.series import Series

MONDAY = day_number(date(2026, 3, 2))


def share(events: NDArray[np.float64], trials: NDArray[np.float64], special: tuple[int, ...] = ()) -> Series:
    marked = np.zeros(events.size, dtype=bool)
    marked[list(special)] = True
    return Series("share", MONDAY, events, trials, marked)


def count(events: NDArray[np.float64], special: tuple[int, ...] = ()) -> Series:
    marked = np.zeros(events.size, dtype=bool)
    marked[list(special)] = True
    return Series("count", MONDAY, events, np.ones(events.size), marked)


def looked(series: Series, days: int = 28) -> Scan:
    end = MONDAY + len(series)
    return scan({"one": series}, since=end - days, until=end)


def steady(days: int = 84, delivered: float = 950.0) -> Series:
    """A thousand messages a day, 95 % of them delivered, every day the same."""
    return share(np.full(days, delivered), np.full(days, 1000.0))


def only(found: tuple[Flag, ...]) -> Flag:
    (flag,) = found
    return flag


def test_a_steady_rate_is_not_odd() -> None:
    found = looked(steady())
    assert not found.flagged
    assert all(abs(span.observed - 0.95) < 1e-9 and abs(span.expected - 0.95) < 1e-3 for span in found.spans)


def test_fifty_deliveries_missing_are_seven_standard_deviations() -> None:
    """Chance alone gives √(1000 · 0.95 · 0.05) = 6.9; what is learnt from 56 days adds about a quarter to the variance: 50 / 7.7 = 6.5."""
    series = steady()
    series.events[70] = 900.0
    flag = only(flags(looked(series)))
    assert (flag.kind, flag.first, flag.last, flag.main.length) == ("spike", 70, 70, 1)
    assert flag.main.expected == pytest.approx(0.95, abs=1e-3)
    assert flag.events == pytest.approx(-50, abs=1)
    assert -50 / math.sqrt(47.5) < flag.main.score < -6.0
    assert flag.main.low < 0.95 < flag.main.high
    assert flag.main.p < 1e-5


def test_the_weekday_is_expected() -> None:
    """Sundays have a fifth of the messages, and always had."""
    weekly = np.tile([100.0, 110.0, 105.0, 100.0, 120.0, 60.0, 20.0], 12)
    found = looked(count(weekly))
    assert not found.flagged
    by_place = {span.place: span.expected for span in found.spans if span.length == 1}
    assert by_place[83] == pytest.approx(20, rel=0.1)
    weekly[82] = 120.0  # a Saturday as busy as a Friday
    assert only(flags(looked(count(weekly)))).first == 82


def test_a_trend_is_expected() -> None:
    growing = np.round(200 * np.exp(0.2 * np.arange(84) / 28))
    assert not looked(count(growing)).flagged


def test_a_level_that_changed_is_one_flag_and_dated() -> None:
    """Three messages in a hundred lead to an opt-out instead of one, from day 70 on."""
    series = share(np.full(84, 10.0), np.full(84, 1000.0))
    series.events[70:] = 30.0
    flag = only(flags(looked(series)))
    assert (flag.kind, flag.first) == ("level", 70)
    assert flag.last >= 80  # a fortnight later the new level is becoming what is usual
    assert flag.main.observed == pytest.approx(0.03)
    assert flag.main.expected == pytest.approx(0.01, abs=5e-4)


def test_a_small_change_of_level_shows_in_the_week_alone() -> None:
    """12 % instead of 10 % of 1,000 is two standard deviations a day, and five of a week."""
    series = share(np.full(84, 100.0), np.full(84, 1000.0))
    series.events[72:] = 122.0
    found = looked(series)
    assert {span.length for span in found.flagged} == {7}
    assert only(flags(found)).kind == "level"


def test_an_odd_day_before_does_not_hide_the_next() -> None:
    series = steady()
    series.events[60], series.events[66] = 200.0, 300.0
    series.events[75] = 880.0
    found = [(flag.kind, flag.first) for flag in flags(looked(series)) if flag.main.direction < 0]
    assert ("spike", 75) in found


def test_special_days_are_neither_tested_nor_learnt_from() -> None:
    sold = np.full(84, 100.0)
    sold[60:67] = 400.0
    week = tuple(range(60, 67))
    found = looked(count(sold, special=week))
    assert not found.flagged
    assert not {span.place for span in found.spans if span.length == 1} & set(week)
    assert looked(count(sold)).flagged


def test_four_weeks_are_needed() -> None:
    short = looked(steady(days=MINIMUM_DAYS))
    assert not short.spans
    assert short.short == {"one": MINIMUM_DAYS}
    assert [span.place for span in looked(steady(days=MINIMUM_DAYS + 1)).spans] == [MINIMUM_DAYS]


def test_from_nothing_nobody_knows_what_is_usual() -> None:
    """Nobody ever opted out; one does. Too few events to call it odd."""
    series = share(np.zeros(84), np.full(84, 1000.0))
    series.events[80] = 1.0
    assert looked(series).short == {"one": 84}


def test_days_without_messages_are_no_days() -> None:
    sent = np.where(np.arange(140) % 2 == 0, 1000.0, 0.0)
    series = share(sent * 0.95, sent)
    series.events[138] = 800.0
    flag = only(flags(looked(series)))
    assert (flag.kind, flag.first) == ("spike", 138)


def test_a_price_that_never_moved_is_known_to_two_per_cent() -> None:
    def priced(step: float) -> Scan:
        sent = np.full(84, 500.0)
        paid = sent * 60_000.0
        paid[77:] *= step
        return looked(Series("mean", MONDAY, paid, sent, np.zeros(84, dtype=bool)))

    assert not priced(1.03).flagged
    flag = only(flags(priced(1.2)))
    assert (flag.kind, flag.first) == ("level", 77)
    assert flag.main.expected == pytest.approx(60_000)
    assert flag.events == pytest.approx(7 * 500 * 12_000, rel=0.01)  # micro units paid more in the week


def test_more_looked_at_needs_more_evidence() -> None:
    """A day of p 0.005 is flagged alone, and not among a hundred series that are as usual."""
    odd = share(np.full(60, 500.0), np.full(60, 1000.0))
    odd.events[59] = 447.0
    end = MONDAY + 60
    alone = scan({"odd": odd}, since=end - 1, until=end)
    (span,) = alone.spans
    assert 0.0005 < span.p < 0.02
    assert alone.flagged
    usual = {f"usual-{n}": share(np.full(60, 500.0), np.full(60, 1000.0)) for n in range(100)}
    assert not scan({"odd": odd} | usual, since=end - 1, until=end).flagged
