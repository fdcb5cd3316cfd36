"""What did not come: sources that are silent for unusually long, and messages of which nothing was heard after the send.

Neither can be seen in what came; both are how a broken webhook shows first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from earnest.journal.arrivals import Rhythm, rhythms
from earnest.kernel.period import DAY_US, HOUR_US, day_of, moment_of
from earnest.usecases.tables import Tables

PERIOD_DAYS = 30
SHORTEST_ALARM_US = HOUR_US // 4
ANSWER_WITHIN_HOURS = 24

Standing = Literal["usual", "silent", "too-few", "never"]


@dataclass(frozen=True, slots=True)
class SourceSilence:
    """One source and how long nothing has come from it.

    Args:
        silent_us: since its last arrival, ever; None if nothing ever came.
    """

    source: str
    rhythm: Rhythm
    silent_us: int | None

    @property
    def standing(self) -> Standing:
        """``silent``: longer than at 99 % of the moments of the last 30 days; or it came before them, and not since.

        ``too-few``: fewer than 50 arrivals in 30 days, or all within 3 days, so that what is usual is not known.
        """
        if self.silent_us is None:
            return "never"
        if self.rhythm.arrivals == 0:
            return "silent"
        if self.rhythm.silence_p99_us is None:
            return "too-few"
        return "silent" if self.silent_us > self.rhythm.silence_p99_us else "usual"

    @property
    def alarming(self) -> bool:
        """Whether somebody should look: silent for a quarter of an hour, and longer than ever in 30 days or than twice the usual.

        Of a hundred looks at a healthy source one finds it silent; this rarely does.
        """
        usual, longest = self.rhythm.silence_p99_us, self.rhythm.gap_longest_us
        if self.standing != "silent" or usual is None or longest is None:
            return self.standing == "silent"
        return (self.silent_us or 0) > max(SHORTEST_ALARM_US, min(longest, 2 * usual))

    def to_json(self) -> dict[str, Any]:
        rhythm = self.rhythm
        return {
            "source": self.source,
            "standing": self.standing,
            "alarming": self.alarming,
            "arrivals_30_days": rhythm.arrivals,
            "last": moment_of(rhythm.last_us).isoformat() if rhythm.last_us else None,
            "silent_seconds": _seconds(self.silent_us),
            "usual_silence_p99_seconds": _seconds(rhythm.silence_p99_us),
            "gap_p99_seconds": _seconds(rhythm.gap_p99_us),
            "gap_longest_seconds": _seconds(rhythm.gap_longest_us),
        }


def silent_sources(journal: Path, sources: Collection[str], *, now_us: int) -> list[SourceSilence]:
    """How long each source has been silent, beside what is usual for it, by name.

    Args:
        journal: file of the journal; read beside writers, about a second per million entries of the last 30 days.
        sources: names to tell of even if nothing came from them in 30 days; any other that arrived is told of too.
    """
    found = rhythms(journal, sources, since_us=now_us - PERIOD_DAYS * DAY_US)
    return [
        SourceSilence(name, rhythm, max(0, now_us - rhythm.last_us) if rhythm.last_us else None)
        for name, rhythm in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class UnansweredSends:
    """Messages of one account, channel and day of which nothing was heard 24 hours after the send.

    Args:
        sent: all of that day that are 24 hours old. unanswered: of these, neither delivered, read nor failed.
        without_status: of these, not even sent is told: they are only known to have been handed over.
    """

    account: str | None
    channel: str | None
    day: str
    sent: int
    unanswered: int
    without_status: int

    @property
    def share(self) -> float:
        """Share of unanswered messages, 0 to 1."""
        return self.unanswered / self.sent

    def to_json(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "channel": self.channel,
            "day": self.day,
            "sent": self.sent,
            "unanswered": self.unanswered,
            "without_status": self.without_status,
        }


def unanswered_sends(tables: Tables, *, now_us: int, days: int = PERIOD_DAYS) -> list[UnansweredSends]:
    """Unanswered messages by account, channel and day of the send (business days), newest first; days without any are left out.

    A phone that is off answers nothing: a few per cent are usual on every channel.

    Args:
        days: how far back; one pass over the messages of these days.
    """
    rows = tables.con.execute(_UNANSWERED, [now_us - ANSWER_WITHIN_HOURS * HOUR_US, now_us - days * DAY_US]).fetchall()
    return [
        UnansweredSends(account, channel, day_of(int(day)).isoformat(), int(sent), int(unanswered), int(without))
        for account, channel, day, sent, unanswered, without in rows
    ]


def judged_sends(tables: Tables, *, now_us: int, days: int = PERIOD_DAYS) -> int:
    """Messages of these days that are 24 hours old, so that whether anything was heard of them can be said."""
    until_us, since_us = now_us - ANSWER_WITHIN_HOURS * HOUR_US, now_us - days * DAY_US
    row = tables.con.execute(
        "SELECT count(*) FROM message WHERE send_us < $1 AND send_us >= $2", [until_us, since_us]
    ).fetchone()
    assert row is not None
    return int(row[0])


_UNANSWERED = """
SELECT t.account, l.channel, m.send_day, sum(m.sent), sum(m.unanswered), sum(m.without_status)
FROM (
    SELECT terms_key, label_key, send_day, count(*) AS sent,
        count(*) FILTER (WHERE delivered_us IS NULL AND read_us IS NULL AND failed_us IS NULL) AS unanswered,
        count(*) FILTER (WHERE sent_us IS NULL AND failed_us IS NULL) AS without_status
    FROM message
    WHERE send_us < $1 AND send_us >= $2
    GROUP BY terms_key, label_key, send_day
) AS m
LEFT JOIN (SELECT DISTINCT terms_key, account FROM rating_terms) AS t ON m.terms_key = t.terms_key
LEFT JOIN (SELECT DISTINCT label_key, channel FROM label_campaign) AS l ON m.label_key = l.label_key
GROUP BY t.account, l.channel, m.send_day
HAVING sum(m.unanswered) > 0
ORDER BY m.send_day DESC, t.account, l.channel
"""


def duration(us: int) -> str:
    """A length of time in its two largest units: `3 d 4 h`, `12 min 5 s`, `under a second`."""
    seconds = us // 1_000_000
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        whole, seconds = divmod(seconds, size)
        if whole:
            parts.append(f"{whole} {unit}")
    return " ".join(parts[:2]) or "under a second"


def _seconds(us: int | None) -> int | None:
    return us // 1_000_000 if us is not None else None
