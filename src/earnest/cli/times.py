"""Times on the command line."""

from __future__ import annotations

from datetime import datetime

from earnest.kernel.errors import UsageError
from earnest.kernel.period import instant_us


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
