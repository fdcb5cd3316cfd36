"""Half-open periods of aware instants, and the business days they hold.

Instants are int64 microseconds since 1970-01-01 UTC; a business day is the local date of an instant in the
workspace's zone, counted in days since 1970-01-01. Days of 23 and 25 hours are therefore ordinary days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from earnest.kernel.errors import UsageError

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)


def instant_us(moment: datetime) -> int:
    """Microseconds since the epoch of an aware moment; a naive one is refused."""
    if moment.tzinfo is None:
        raise UsageError(
            "naive-time", f"{moment.isoformat()} has no time zone", hint="Add an offset, like +02:00 or Z."
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(us: int) -> datetime:
    """The UTC moment of an instant in microseconds."""
    return _EPOCH + timedelta(microseconds=us)


@overload
def instant_text(us: int) -> str: ...
@overload
def instant_text(us: int | None) -> str | None: ...
def instant_text(us: int | None) -> str | None:
    """An instant as JSON tells it, to the second: `2026-09-01T10:00:00+00:00`; None for none."""
    return moment_of(us).isoformat(timespec="seconds") if us is not None else None


def zone(name: str) -> ZoneInfo:
    """Look up an IANA zone.

    Raises:
        UsageError: `unknown-timezone`.
    """
    try:
        if name not in _NO_PLACE:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UsageError(
        "unknown-timezone",
        f"'{name}' is not an IANA time zone",
        hint="For example Europe/Berlin or UTC.",
        timezone=name,
    )


_NO_PLACE = ("localtime", "posixrules", "Factory")
"""Names in zone folders that mean another zone on every machine, or none."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH_DAY).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return _EPOCH_DAY + timedelta(days=number)


def local_day(us: int, tz: ZoneInfo) -> int:
    """Business day (day number) of an instant."""
    return day_number(moment_of(us).astimezone(tz).date())


def day_start_us(number: int, tz: ZoneInfo) -> int:
    """Instant at which a business day begins in `tz`."""
    day = day_of(number)
    return instant_us(datetime(day.year, day.month, day.day, tzinfo=tz))


def day_end_us(day: date, tz: ZoneInfo) -> int:
    """Instant at which a business day has ended in `tz`: the next one begins."""
    return day_start_us(day_number(day) + 1, tz)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in instants (microseconds, UTC)."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise UsageError(
                "period-reversed", "the period ends before it starts", start_us=self.start_us, end_us=self.end_us
            )

    @classmethod
    def days(cls, first: date, last_exclusive: date, tz: ZoneInfo) -> Period:
        """The period of whole business days from `first` up to but excluding `last_exclusive`."""
        return cls(day_start_us(day_number(first), tz), day_start_us(day_number(last_exclusive), tz))

    def __contains__(self, us: object) -> bool:
        return isinstance(us, int) and self.start_us <= us < self.end_us

    def to_json(self) -> dict[str, str]:
        return {"start": moment_of(self.start_us).isoformat(), "end": moment_of(self.end_us).isoformat()}


def optional_day(text: str) -> date | None:
    """A date, or None where nothing is written."""
    return parse_day(text) if text else None


def within(day: date, since: date, until: date | None) -> bool:
    """Whether a day lies in [since, until); None is an open end."""
    return since <= day and (until is None or day < until)


def parse_day(text: str) -> date:
    """Read an ISO date.

    Raises:
        UsageError: `not-a-date`.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("not-a-date", f"'{text}' is not a date", hint="Write it as YYYY-MM-DD.", date=text) from error
