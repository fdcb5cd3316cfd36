"""When each source was last heard, and how long it is usually silent: numbers from the journal alone.

A silence is judged by the moments of the past, not by its gaps: of all moments in the period, how many found the source
silent for longer? A shop that sleeps has a thousand short gaps a day and one long night; by gaps, every night is unusual.

      last                       moments in this gap find it silent for 0 … g
    ──●──●●●──●────────── g ──────────●──
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
import numpy.typing as npt

from earnest.journal.log import BUSY_MS, RECEIVED
from earnest.kernel.period import DAY_US

FEWEST_ARRIVALS = 50
SHORTEST_US = 3 * DAY_US
"""With fewer arrivals in the period, or all of them within less time, what is usual is not known."""
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a source has arrived in a period; all in microseconds.

    Args:
        arrivals: entries received in the period. last_us: the newest, ever; 0 if there was none.
        gap_p99_us: 99 % of its gaps were at most so long (nearest rank). gap_longest_us: the longest.
        silence_p99_us: at 99 % of all moments of the period, its last arrival was at most so long ago. These three are
            None with fewer than `FEWEST_ARRIVALS` or in less than `SHORTEST_US`.
    """

    arrivals: int
    last_us: int
    gap_p99_us: int | None = None
    gap_longest_us: int | None = None
    silence_p99_us: int | None = None


def rhythms(path: Path, sources: Collection[str], *, since_us: int) -> dict[str, Rhythm]:
    """How each source has arrived since an instant. Reads the entries of the period once, not their bodies.

    Args:
        path: the journal's file; read only, beside writers.
        sources: names to tell of even if they did not arrive in the period; others are told of if they did.
    """
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(BUSY_MS)
        first = first_since(db, since_us)
        times = _times(db, first)
        older = {source: _last_until(db, first, source) for source in sources if source not in times}
    finally:
        db.close()
    told = {source: rhythm_of(np.frombuffer(at, dtype=np.int64)) for source, at in times.items()}
    return {**{source: Rhythm(0, last_us) for source, last_us in older.items()}, **told}


def counted_since(path: Path, since_us: int) -> tuple[int, dict[str, int]]:
    """Number of the last entry before an instant, and how many entries each source has received since."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(BUSY_MS)
        first = first_since(db, since_us)
        return first, {source: len(at) for source, at in _times(db, first).items()}
    finally:
        db.close()


def latest_bodies(path: Path, source: str, *, since_us: int, limit: int) -> list[bytes]:
    """Bodies of what a source received since an instant, newest first, at most `limit`."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(BUSY_MS)
        rows = db.execute(
            "SELECT body FROM entry NOT INDEXED WHERE seq > ? AND kind = ? AND source = ? ORDER BY seq DESC LIMIT ?",
            (first_since(db, since_us), RECEIVED, source, limit),
        )
        return [bytes(body) for (body,) in rows]
    finally:
        db.close()


def rhythm_of(at_us: npt.NDArray[np.int64]) -> Rhythm:
    """The rhythm of arrivals at these instants, in order.

    Example:
        >>> hour = 3_600_000_000
        >>> rhythm_of(np.arange(100) * hour).gap_p99_us == hour
        True
    """
    if len(at_us) < FEWEST_ARRIVALS or at_us[-1] - at_us[0] < SHORTEST_US:
        return Rhythm(len(at_us), int(at_us[-1]) if len(at_us) else 0)
    gaps = np.sort(np.diff(at_us))
    rank = int(np.ceil(0.99 * len(gaps))) - 1
    return Rhythm(len(at_us), int(at_us[-1]), int(gaps[rank]), int(gaps[-1]), usual_silence(gaps))


def usual_silence(gaps: npt.NDArray[np.int64], *, share: float = 0.01) -> int:
    """The silence L that only `share` of all moments exceed: Σ max(0, gap − L) = share · Σ gap.

    Args:
        gaps: in ascending order.

    Example:
        >>> usual_silence(np.array([100]), share=0.01)
        99
    """
    longest = gaps[::-1].astype(np.float64)
    sums = np.cumsum(longest)
    candidates = (sums - share * sums[-1]) / np.arange(1, len(longest) + 1)
    shorter = np.append(longest[1:], 0.0)
    return int(candidates[int(np.argmax(candidates >= shorter))])


def first_since(db: apsw.Connection, since_us: int) -> int:
    """Number of the last entry before an instant, 0 if there is none: times never go back, so halving finds it."""
    row = db.execute("SELECT max(seq) FROM entry").fetchone()
    low, high = 0, int(row[0] or 0) if row else 0
    while low < high:
        middle = (low + high + 1) // 2
        found = db.execute("SELECT received_us FROM entry WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)).fetchone()
        if found is not None and int(found[0]) < since_us:
            low = middle
        else:
            high = middle - 1
    return low


def _times(db: apsw.Connection, first: int) -> Mapping[str, array[int]]:
    times: dict[str, array[int]] = {}
    rows = db.execute(
        "SELECT source, received_us FROM entry NOT INDEXED WHERE seq > ? AND kind = ? ORDER BY seq", (first, RECEIVED)
    )
    for source, received_us in rows:
        if source not in times:
            times[source] = array("q")
        times[source].append(received_us)
    return times


def _last_until(db: apsw.Connection, until: int, source: str) -> int:
    """When a source last arrived up to an entry; 0 if it never did."""
    row = db.execute(
        "SELECT received_us FROM entry NOT INDEXED WHERE seq <= ? AND kind = ? AND source = ? ORDER BY seq DESC LIMIT 1",
        (until, RECEIVED, source),
    ).fetchone()
    return int(row[0]) if row else 0
