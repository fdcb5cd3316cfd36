"""Silence: judged by the moments of the past, computed from the journal alone; sends: by what was heard of them."""

from __future__ import annotations

from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.journal.arrivals import FEWEST_ARRIVALS, Rhythm, counted_since, rhythm_of, rhythms, usual_silence
from earnest.journal.log import RECEIVED, Draft, Journal
from earnest.kernel.period import DAY_US, HOUR_US
from earnest.usecases.gaps import SourceSilence, duration, silent_sources, unanswered_sends
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace
from unit.usecases.conftest import Clock, Import

MINUTE = 60_000_000


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60))
def test_one_moment_in_a_hundred_finds_it_silent_for_longer(gaps: list[int]) -> None:
    longest = np.sort(np.array(gaps, dtype=np.int64))
    usual = usual_silence(longest)
    beyond = lambda length: sum(max(0, gap - length) for gap in gaps)  # noqa: E731
    assert beyond(usual + 1) <= 0.01 * sum(gaps) * (1 + 1e-9)
    assert beyond(usual) >= 0.01 * sum(gaps) * (1 - 1e-9)


def test_a_shop_that_sleeps_is_not_silent_every_night() -> None:
    day = np.arange(0, 16 * HOUR_US, MINUTE)
    month = np.concatenate([number * DAY_US + day for number in range(30)])
    rhythm = rhythm_of(month)
    assert rhythm.gap_p99_us == MINUTE, "by gaps every night would be unusual"
    assert rhythm.silence_p99_us is not None
    assert 7 * HOUR_US < rhythm.silence_p99_us < 8 * HOUR_US
    at_night = SourceSilence("shop", rhythm, 6 * HOUR_US)
    at_noon = SourceSilence("shop", rhythm, 9 * HOUR_US)
    assert (at_night.standing, at_noon.standing) == ("usual", "silent")
    assert (at_night.alarming, at_noon.alarming) == (False, True)


def test_a_silence_seen_before_is_no_alarm_until_it_is_twice_the_usual() -> None:
    rhythm = Rhythm(100, 1, gap_p99_us=10 * MINUTE, gap_longest_us=500 * MINUTE, silence_p99_us=100 * MINUTE)
    alarms = {silent: SourceSilence("s", rhythm, silent * MINUTE).alarming for silent in (100, 101, 200, 201, 501)}
    assert alarms == {100: False, 101: False, 200: False, 201: True, 501: True}
    regular = Rhythm(100, 1, gap_p99_us=30 * MINUTE, gap_longest_us=30 * MINUTE, silence_p99_us=29 * MINUTE)
    assert [SourceSilence("s", regular, silent * MINUTE).alarming for silent in (29, 30, 31)] == [False, False, True]
    busy = Rhythm(100, 1, gap_p99_us=MINUTE, gap_longest_us=MINUTE, silence_p99_us=MINUTE)
    assert [SourceSilence("s", busy, silent * MINUTE).alarming for silent in (14, 16)] == [False, True]


def test_gaps_are_ranked_as_told() -> None:
    at = np.cumsum(np.array([0, *range(1, 201)], dtype=np.int64) * MINUTE)
    rhythm = rhythm_of(at)
    assert (rhythm.gap_p99_us, rhythm.gap_longest_us) == (198 * MINUTE, 200 * MINUTE)


@pytest.mark.parametrize(
    ("arrivals", "apart", "known"),
    [(FEWEST_ARRIVALS - 1, 2 * HOUR_US, False), (FEWEST_ARRIVALS, 2 * HOUR_US, True), (1_000, 4 * MINUTE, False)],
)
def test_too_few_arrivals_or_too_short_a_time_say_nothing(arrivals: int, apart: int, known: bool) -> None:
    rhythm = rhythm_of(np.arange(arrivals, dtype=np.int64) * apart)
    assert (rhythm.silence_p99_us is not None) == known
    assert SourceSilence("s", rhythm, 10 * DAY_US).standing == ("silent" if known else "too-few")


def test_arrivals_are_told_apart_by_source_and_period(tmp_path: Path) -> None:
    now = 100 * DAY_US
    with Journal(tmp_path / "journal.db") as log:
        drafts = [Draft(RECEIVED, b"{}", "old", DAY_US, None)]
        drafts += [Draft(RECEIVED, b"{}", "busy", now - (59 - n) * 2 * HOUR_US, None) for n in range(60)]
        drafts.insert(31, Draft("setting.set", b"{}", "user", now - 59 * HOUR_US, None))
        drafts.append(Draft(RECEIVED, b"{}", "few", now, None))
        log.append_many(drafts)
        found = {
            one.source: one for one in silent_sources(tmp_path / "journal.db", ["old", "new"], now_us=now + 30_000_000)
        }
    assert {name: one.standing for name, one in found.items()} == {
        "busy": "usual",
        "few": "too-few",
        "new": "never",
        "old": "silent",
    }
    assert found["busy"].rhythm.arrivals == 60
    assert found["old"].silent_us == 99 * DAY_US + 30_000_000
    assert found["new"].silent_us is None


@given(st.lists(st.integers(0, 3), min_size=0, max_size=40), st.integers(-1, 130))
def test_halving_finds_the_entries_since_an_instant(steps: list[int], since: int) -> None:
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, received_us INTEGER)")
    times = np.cumsum(np.array(steps, dtype=np.int64)).tolist()
    db.executemany("INSERT INTO entry (received_us) VALUES (?)", [(at,) for at in times])
    from earnest.journal.arrivals import first_since

    assert first_since(db, since) == sum(at < since for at in times)


def test_counting_since_an_instant(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as log:
        log.append_many([Draft(RECEIVED, b"{}", "ab"[n % 2], n, None) for n in range(1, 11)])
    assert counted_since(tmp_path / "journal.db", 6) == (5, {"b": 2, "a": 3})
    assert rhythms(tmp_path / "journal.db", ["c"], since_us=0)["c"] == Rhythm(0, 0)


def test_sends_without_an_answer_are_counted_by_day_and_channel(
    workspace: Workspace, clock: Clock, imported: Import
) -> None:
    imported(
        "messages",
        "message_id,phone,sent_at,delivered_at,failed_at,channel",
        "m1,+4915110000001,2026-09-28T10:00:00Z,2026-09-28T10:00:05Z,,sms",
        "m2,+4915110000002,2026-09-28T10:00:00Z,,,sms",
        "m3,+4915110000003,2026-09-28T10:00:00Z,,2026-09-28T10:01:00Z,sms",
        "m4,+4915110000004,2026-09-29T23:30:00Z,,,whatsapp",
        "m5,+4915110000005,2026-10-01T10:00:00Z,,,sms",
        "m6,+4915110000006,2026-07-01T10:00:00Z,,,sms",
    )
    with open_tables(workspace) as tables:
        days = unanswered_sends(tables, now_us=clock.us)
        everything = unanswered_sends(tables, now_us=clock.us, days=365)
    found = [(one.channel, one.account, one.day, one.sent, one.unanswered, one.without_status) for one in days]
    assert found == [("whatsapp", None, "2026-09-30", 1, 1, 0), ("sms", None, "2026-09-28", 3, 1, 0)]
    assert [one.day for one in everything] == ["2026-09-30", "2026-09-28", "2026-07-01"]
    assert days[1].share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("us", "words"),
    [
        (0, "under a second"),
        (59_999_999, "59 s"),
        (60_000_000, "1 min"),
        (3_725_000_000, "1 h 2 min"),
        (93_784 * 1_000_000, "1 d 2 h"),
        (86_400_000_000, "1 d"),
    ],
)
def test_lengths_of_time_in_words(us: int, words: str) -> None:
    assert duration(us) == words
