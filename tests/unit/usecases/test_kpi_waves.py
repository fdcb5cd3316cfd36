"""Waves of sends, countries of numbers, and the business zone's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from earnest.definitions.days import Days
from earnest.kernel.period import instant_us
from earnest.usecases.kpi_compare import waves
from earnest.usecases.kpi_tables import country_of
from earnest.usecases.zone_offsets import zone_offsets

HOUR_US = 3_600_000_000


def test_send_days_at_most_two_days_apart_are_one_wave() -> None:
    sent = {date(2026, 9, day): 1_000 for day in (1, 3, 5, 8, 20)}
    first, second, third = waves(sent)
    assert first == Days(date(2026, 9, 1), date(2026, 9, 5))
    assert (second, third) == (Days(date(2026, 9, 8), date(2026, 9, 8)), Days(date(2026, 9, 20), date(2026, 9, 20)))


def test_stragglers_begin_no_wave_and_join_none() -> None:
    sent = {date(2026, 9, 1): 1_000, date(2026, 9, 3): 49, date(2026, 9, 5): 50, date(2026, 9, 7): 0}
    assert [str(wave) for wave in waves(sent)] == ["2026-09-01", "2026-09-05"], "a twentieth counts, less does not"
    assert waves({}) == []


def offset_at(name: str, moment: datetime) -> int:
    told = zone_offsets(name).to_pylist()
    at = instant_us(moment)
    found = [row["offset_us"] for row in told if row["from_us"] <= at < row["until_us"]]
    assert len(found) == 1
    return int(found[0])


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Europe/Berlin", "2026-10-25T00:59:59", 2),
        ("Europe/Berlin", "2026-10-25T01:00:00", 1),
        ("Europe/Berlin", "2026-03-29T00:59:59", 1),
        ("Europe/Berlin", "2026-03-29T01:00:00", 2),
        ("Asia/Kolkata", "2026-01-01T00:00:00", 5.5),
        ("America/Sao_Paulo", "2019-02-17T01:59:59", -2),
        ("America/Sao_Paulo", "2019-02-17T02:00:00", -3),
        ("UTC", "1999-01-01T00:00:00", 0),
    ],
)
def test_the_zone_is_so_far_from_utc(zone: str, moment: str, hours: float) -> None:
    assert offset_at(zone, datetime.fromisoformat(moment).replace(tzinfo=UTC)) == hours * HOUR_US


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_every_week_of_fifty_years_agrees_with_the_zone(zone: str) -> None:
    for day in range(0, 18_000, 7):
        moment = datetime.fromtimestamp(946_684_800 + day * 86_400 + 5_000, UTC)
        told = moment.astimezone(ZoneInfo(zone)).utcoffset()
        assert told is not None
        assert offset_at(zone, moment) == told.total_seconds() * 1_000_000


@pytest.mark.parametrize(
    ("zone", "country"),
    [(49, "DE"), (91, "IN"), (1876, "JM"), (1212, "US"), (1416, "CA"), (76, "KZ"), (77, "KZ"), (79, "RU"), (878, "+878"), (44, "GB"), (999, "+999")],
)  # fmt: skip
def test_a_number_belongs_to_the_country_of_its_code(zone: int, country: str) -> None:
    assert country_of(zone) == country
