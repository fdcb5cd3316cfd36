"""Periods as people write them: calendar months and quarters, ISO weeks, stretches; and what they are held against."""

from __future__ import annotations

from datetime import date

import pytest

from earnest.definitions.days import Days
from earnest.definitions.periods import bucket_of, buckets, last_year, previous, read_period, whole_months
from earnest.kernel.errors import UsageError

TODAY = date(2026, 3, 8)


def days(text: str) -> Days:
    first, _, last = text.partition("..")
    return Days(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-09", "2026-09-01..2026-09-30"),
        ("2024-02", "2024-02-01..2024-02-29"),
        ("2026-12", "2026-12-01..2026-12-31"),
        ("2026-Q1", "2026-01-01..2026-03-31"),
        ("2026-q4", "2026-10-01..2026-12-31"),
        ("2026", "2026-01-01..2026-12-31"),
        ("2026-W01", "2025-12-29..2026-01-04"),
        ("2026-W53", "2026-12-28..2027-01-03"),
        ("2026-09-14", "2026-09-14"),
        ("2026-09-14..2026-10-02", "2026-09-14..2026-10-02"),
        ("last-1d", "2026-03-07"),
        ("last-30d", "2026-02-06..2026-03-07"),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, meant: str) -> None:
    assert read_period(text, TODAY) == days(meant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2025-W53",
        "september",
        "last-0d",
        "last-d",
        "2026-09-14..",
        "2026-09-14..2026-09-13",
        "0000",
        "2026-9",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_period(text, TODAY)
    assert refused.value.code in {"bad-period", "bad-days"}


@pytest.mark.parametrize(
    "text", ["0001", "0001-01-01..0001-01-02", "1989-12", "2101-W01", "9999", "9999-12-31", "9999-12-31..9999-12-31"]
)
def test_years_before_messages_and_beyond_the_calendar_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="1990 to 2100") as refused:
        read_period(text, TODAY)
    assert refused.value.code == "bad-period"


@pytest.mark.parametrize(
    ("text", "before", "year_before"),
    [
        ("2026-09-01..2026-09-30", "2026-08-01..2026-08-31", "2025-09-01..2025-09-30"),
        ("2026-01-01..2026-03-31", "2025-10-01..2025-12-31", "2025-01-01..2025-03-31"),
        ("2026-01-01..2026-12-31", "2025-01-01..2025-12-31", "2025-01-01..2025-12-31"),
        ("2024-02-01..2024-02-29", "2024-01-01..2024-01-31", "2023-02-01..2023-02-28"),
        # Monday to Sunday: 52 weeks before are the same weekdays
        ("2026-09-07..2026-09-13", "2026-08-31..2026-09-06", "2025-09-08..2025-09-14"),
        ("2026-09-02..2026-09-11", "2026-08-23..2026-09-01", "2025-09-02..2025-09-11"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
    ],
)
def test_what_a_stretch_is_held_against(text: str, before: str, year_before: str) -> None:
    assert previous(days(text)) == days(before)
    assert last_year(days(text)) == days(year_before)


def test_whole_months_are_told_from_stretches_within_them() -> None:
    assert [
        whole_months(days(text))
        for text in ("2026-09-01..2026-09-30", "2026-09-01..2026-11-30", "2026-09-01..2026-09-29")
    ] == [1, 3, 0]


def test_buckets_are_cut_to_the_stretch() -> None:
    assert buckets(days("2026-09-29..2026-10-02"), "month") == [
        days("2026-09-29..2026-09-30"),
        days("2026-10-01..2026-10-02"),
    ]
    assert buckets(days("2026-10-24..2026-10-27"), "week") == [
        days("2026-10-24..2026-10-25"),
        days("2026-10-26..2026-10-27"),
    ]
    assert len(buckets(days("2026-10-24..2026-10-27"), "day")) == 4
    assert bucket_of(date(2026, 12, 31), "month") == days("2026-12-01..2026-12-31")
