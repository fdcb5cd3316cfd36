"""Times on the command line: read with their zone, shown in the workspace's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from earnest.kernel.errors import UsageError
from earnest.kernel.period import day_of, instant_us, local_day, moment_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def instant(text: str | None) -> int | None:
    """An ISO 8601 time with zone, as microseconds since the epoch.

    Raises:
        UsageError: `not-a-time`, `naive-time`, `time-out-of-range`.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.year < _END:
            return instant_us(moment)
    except ValueError as error:
        raise UsageError(
            "not-a-time", f"'{text}' is not a time", hint="Write it like 2026-09-01T12:00:00+02:00."
        ) from error
    raise UsageError(
        "time-out-of-range", f"'{text}' is after {_END}", hint="Leave --as-of out to judge by all that is known."
    )


_END = 2100


def local_date(us: int, tz: ZoneInfo) -> str:
    """The business day of an instant, `2026-10-12`."""
    return day_of(local_day(us, tz)).isoformat()


def local_time(us: int, tz: ZoneInfo, *, timespec: str = "minutes") -> str:
    """An instant by the workspace's clock, `2026-10-12 09:30`; the zone stands beside it or in the heading."""
    return moment_of(us).astimezone(tz).replace(tzinfo=None).isoformat(sep=" ", timespec=timespec)
