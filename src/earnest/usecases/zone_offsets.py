"""The business zone's distance from UTC by instant: what SQL needs to tell a local day or hour."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

import pyarrow

from earnest.kernel.period import instant_us, zone

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2070, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=10)
"""No zone has changed its clock twice within so few days since 2000."""
_EVER_US = 2**62


@functools.lru_cache(maxsize=8)
def zone_offsets(name: str) -> pyarrow.Table:
    """A table of half-open stretches (from_us, until_us) and the zone's offset_us in them; the outermost are open-ended.

    Args:
        name: IANA zone.
    """
    changes = _changes(name)
    starts = [-_EVER_US, *(at for at, _ in changes[1:])]
    ends = [*starts[1:], _EVER_US]
    columns = {"from_us": starts, "until_us": ends, "offset_us": [offset for _, offset in changes]}
    return pyarrow.table({column: pyarrow.array(values, pyarrow.int64()) for column, values in columns.items()})


def _changes(name: str) -> list[tuple[int, int]]:
    """Instants at which a new offset begins, with it."""
    tz = zone(name)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(tz).utcoffset() or timedelta()

    at, found = _FIRST, [(instant_us(_FIRST), offset(_FIRST) // timedelta(microseconds=1))]
    while at < _LAST:
        low, high = at, at + _STEP
        if offset(low) != offset(high):
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append((instant_us(high), offset(high) // timedelta(microseconds=1)))
        at += _STEP
    return found
