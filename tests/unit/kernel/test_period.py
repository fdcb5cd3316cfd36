"""Business days are local dates: Berlin's days of 23 and 25 hours are ordinary days, and days partition the year."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.importers.fields import Field
from earnest.importers.parsing import EARLIEST_US, LATEST_US, Reading, reader
from earnest.kernel.errors import UsageError
from earnest.kernel.period import HOUR_US, Period, day_number, day_start_us, instant_us, local_day, moment_of, zone
from earnest.warehouse import duck

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 28), 24), (date(2026, 7, 1), 24)]
)  # fmt: skip
def test_days_of_23_and_25_hours(day: date, hours: int) -> None:
    number = day_number(day)
    first, after = day_start_us(number, BERLIN), day_start_us(number + 1, BERLIN)
    assert after - first == hours * HOUR_US
    assert local_day(first, BERLIN) == local_day(after - 1, BERLIN) == number
    assert local_day(first - 1, BERLIN) == number - 1


def test_the_hour_that_comes_twice_is_two_hours_of_one_day() -> None:
    summer, winter = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))  # 02:30 twice
    assert (
        local_day(instant_us(summer), BERLIN) == local_day(instant_us(winter), BERLIN) == day_number(date(2026, 10, 25))
    )


def test_days_partition_the_year() -> None:
    whole = Period.days(date(2026, 1, 1), date(2027, 1, 1), BERLIN)
    starts = [
        day_start_us(number, BERLIN) for number in range(day_number(date(2026, 1, 1)), day_number(date(2027, 1, 1)) + 1)
    ]
    lengths = [after - first for first, after in pairwise(starts)]
    assert (starts[0], starts[-1], sum(lengths)) == (whole.start_us, whole.end_us, whole.end_us - whole.start_us)
    assert sorted(set(lengths)) == [23 * HOUR_US, 24 * HOUR_US, 25 * HOUR_US]


def test_periods_are_half_open() -> None:
    period = Period(10, 20)
    assert [us in period for us in (9, 10, 19, 20)] == [False, True, True, False]
    with pytest.raises(UsageError):
        Period(20, 10)


def test_naive_moments_and_unknown_zones_are_refused() -> None:
    with pytest.raises(UsageError):
        instant_us(datetime(2026, 1, 1))  # noqa: DTZ001
    for name in ("Europe/Nowhere", "", "../etc/passwd", "/etc/localtime"):
        with pytest.raises(UsageError):
            zone(name)


@given(st.integers(EARLIEST_US, LATEST_US - 1))
def test_instants_and_moments_are_each_others_inverse(us: int) -> None:
    assert instant_us(moment_of(us)) == us


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "UTC"])
def test_sql_and_python_agree_on_the_business_day(name: str) -> None:
    edges = [
        instant_us(datetime(year, month, day, tzinfo=UTC))
        for year in (1995, 2011, 2026)
        for month, day in ((3, 29), (10, 25), (12, 30))
    ]
    instants = [
        edge + quarter * HOUR_US // 4 + extra for edge in edges for quarter in range(-60, 60) for extra in (-1, 0)
    ]
    columns = reader(Field("at", "time", ""), "t_at", Reading("EUR", name)).columns
    with contextlib.closing(duck.connect()) as con:
        found = con.execute(
            f"SELECT at_us, {columns['at_day']} FROM (SELECT unnest($1::BIGINT[]) AS at_us)", [instants]
        ).fetchall()
    assert dict(found) == {us: local_day(us, ZoneInfo(name)) for us in instants}
