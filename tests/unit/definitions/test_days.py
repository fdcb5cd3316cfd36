"""Days that are held against each other: worked out with a calendar."""

from __future__ import annotations

from datetime import date

import pytest

from earnest.definitions.days import Days, differences, require_equal, season
from earnest.kernel.errors import UsageError


def aspects(one: str, other: str) -> list[str]:
    return [aspect for aspect, _ in differences(Days.read(one), Days.read(other))]


def test_whole_weeks_of_no_season_are_alike() -> None:
    """1 September 2026 is a Tuesday, as is 29 September."""
    assert aspects("2026-09-01..2026-09-28", "2026-09-29..2026-10-26") == []
    assert aspects("2026-09-01", "2026-09-08") == []


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("2026-09-01..2026-09-30", "2026-10-01..2026-10-31", ["length"]),
        ("2026-09-01..2026-09-03", "2026-09-04..2026-09-06", ["weekdays"]),
        ("2026-09-01", "2026-09-02", ["weekdays"]),
        ("2026-11-02..2026-11-08", "2026-11-23..2026-11-29", ["season"]),
        ("2026-10-01..2026-10-30", "2026-12-01..2026-12-31", ["length", "season"]),
    ],
)
def test_what_differs_is_named(one: str, other: str, differ: list[str]) -> None:
    assert aspects(one, other) == differ
    assert aspects(other, one) == differ


def test_the_same_weeks_of_two_years_are_alike_in_season() -> None:
    """52 weeks later the weekdays are the same; both hold Black Friday: 27 November 2026, 26 November 2027."""
    assert aspects("2026-11-23..2026-11-29", "2027-11-22..2027-11-28") == []


def test_seasons_stand_in_the_calendar() -> None:
    """Thanksgiving: 26 November 2026, 28 November 2024 (its Cyber Monday is 2 December)."""
    told = {
        date(2026, 11, 22): None,
        date(2026, 11, 23): "black-week",
        date(2026, 11, 27): "black-week",
        date(2026, 11, 30): "black-week",
        date(2024, 12, 2): "black-week",
        date(2024, 12, 3): "christmas",
        date(2026, 12, 26): "christmas",
        date(2026, 12, 27): "sales",
        date(2027, 1, 6): "sales",
        date(2027, 1, 7): None,
        date(2026, 2, 14): "valentine",
        date(2026, 3, 8): "womens-day",
        date(2026, 11, 11): "singles-day",
    }
    assert {day: season(day) for day in told} == told


@pytest.mark.parametrize(
    "text", ["", "2026-09-05..2026-09-01", "2026-09-01..", "..2026-09-01", "2000-01-01..2026-01-01"]
)
def test_what_is_no_stretch_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        Days.read(text)
    assert refused.value.code == "bad-days"


def test_days_are_read_as_they_are_written() -> None:
    for text in ("2026-09-01..2026-09-28", "2026-09-01"):
        assert str(Days.read(text)) == text
    assert len(Days.read("2026-02-27..2026-03-01")) == 3


def test_unequal_windows_are_refused_unless_somebody_says_why() -> None:
    one, other = Days.read("2026-09-01..2026-09-07"), Days.read("2026-09-08..2026-09-20")
    with pytest.raises(UsageError) as refused:
        require_equal(one, other)
    assert refused.value.code == "unequal-windows"
    assert refused.value.facts["aspects"] == ["length"]
    with pytest.raises(UsageError):
        require_equal(one, other, unless="  ")
    require_equal(one, other, unless="the shop was closed for a week")
    require_equal(one, one)
