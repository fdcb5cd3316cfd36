"""Periods as people write them, and the ones they are held against.

2026-09 · 2026-Q3 · 2026 · 2026-W36 · 2026-09-01..2026-09-30 · 2026-09-14 · last-30d
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError

_MONTHS = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|[Qq](?P<quarter>[1-4])|[Ww](?P<week>\d{2})))?")
_LAST = re.compile(r"last-(\d{1,4})d")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
"""Years in which a period may lie: messages before or after are typing errors, and the calendar ends beyond."""


def read_period(text: str, today: date) -> Days:
    """Read a period; both its days are included.

    Args:
        today: `last-30d` are the 30 days before it: today itself is not over.

    Raises:
        UsageError: `bad-period`, `bad-days`, `not-a-date`.

    Example:
        >>> str(read_period("2026-Q3", date(2026, 1, 1))), str(read_period("last-7d", date(2026, 3, 8)))
        ('2026-07-01..2026-09-30', '2026-03-01..2026-03-07')
    """
    told = text.strip()
    if (last := _LAST.fullmatch(told)) and int(last[1]):
        return Days(today - timedelta(days=int(last[1])), today - timedelta(days=1))
    if (found := _MONTHS.fullmatch(told)) is None:
        if re.match(r"\d{4}-\d{2}-\d{2}", told):
            days = Days.read(told)
            _check_years(text, days.first.year, days.last.year)
            return days
        raise _bad(text)
    _check_years(text, int(found["year"]))
    try:
        return _calendar(found)
    except ValueError as error:
        raise _bad(text) from error


def previous(days: Days) -> Days:
    """The stretch of equal length before: as many calendar months where it is whole months, else as many days."""
    months = whole_months(days)
    if months:
        first = _first_of(days.first.year, days.first.month - months)
        return Days(first, days.first - timedelta(days=1))
    return Days(days.first - timedelta(days=len(days)), days.first - timedelta(days=1))


def last_year(days: Days) -> Days:
    """The same stretch a year before: the same months, for whole weeks 52 weeks before, else the same dates."""
    if (months := whole_months(days)) > 0:
        first = _first_of(days.first.year - 1, days.first.month)
        return Days(first, _first_of(first.year, first.month + months) - timedelta(days=1))
    if len(days) % 7 == 0 and days.first.weekday() == 0:
        return Days(days.first - timedelta(days=364), days.last - timedelta(days=364))
    return Days(_year_before(days.first), _year_before(days.last))


def whole_months(days: Days) -> int:
    """How many calendar months it is; 0 where it begins or ends within one."""
    after = days.last + timedelta(days=1)
    if days.first.day != 1 or after.day != 1:
        return 0
    return (after.year - days.first.year) * 12 + after.month - days.first.month


def buckets(days: Days, grain: str) -> list[Days]:
    """The days, weeks (from Monday) or months of a stretch, the first and last cut to it."""
    found = []
    start = days.first
    while start <= days.last:
        end = min(bucket_of(start, grain).last, days.last)
        found.append(Days(start, end))
        start = end + timedelta(days=1)
    return found


def bucket_of(day: date, grain: str) -> Days:
    """The whole day, week or month that a day lies in."""
    if grain == "week":
        monday = day - timedelta(days=day.weekday())
        return Days(monday, monday + timedelta(days=6))
    if grain == "month":
        return Days(day.replace(day=1), _first_of(day.year, day.month + 1) - timedelta(days=1))
    return Days(day, day)


def _calendar(found: re.Match[str]) -> Days:
    year = int(found["year"])
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        return Days(monday, monday + timedelta(days=6))
    month, length = 1, 12
    if found["month"]:
        month, length = int(found["month"]), 1
        date(year, month, 1)
    elif found["quarter"]:
        month, length = 3 * int(found["quarter"]) - 2, 3
    return Days(date(year, month, 1), _first_of(year, month + length) - timedelta(days=1))


def _first_of(year: int, month: int) -> date:
    """The first of a month, where months before January and after December are those of other years."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _year_before(day: date) -> date:
    """The same date a year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _check_years(text: str, *years: int) -> None:
    for year in years:
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            raise UsageError(
                "bad-period",
                f"'{text}' lies in the year {year:04d}: periods lie in the years {EARLIEST_YEAR} to {LATEST_YEAR}",
                hint="Write the year in four digits, such as 2026-09.",
            )


def _bad(text: str) -> UsageError:
    return UsageError(
        "bad-period",
        f"'{text}' is no period",
        hint="Write 2026-09, 2026-Q3, 2026, 2026-W36, 2026-09-01..2026-09-30 (both days included) or last-30d.",
    )
