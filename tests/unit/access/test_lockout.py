"""Lockout: few guesses get through, however many and however fast; and nobody is locked out for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.access.lockout import BY_ADDRESS, BY_USER, FORGOTTEN_US, Lockout
from earnest.access.store import Store
from earnest.usecases.access_attempts import begin_attempt, forget_attempts, take_back

SECOND = 1_000_000
NOON = 1_790_000_000 * SECOND


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "access.db")


def _counted(store: Store, lockout: Lockout, now_us: int) -> int:
    with store.changing():
        return store.attempt(b"who", lockout, now_us)


def test_waits_double_to_a_bound(store: Store) -> None:
    lockout, now_us, waits = Lockout(free=3, first_us=SECOND, longest_us=5 * SECOND), NOON, []
    for _ in range(8):
        while wait_us := _counted(store, lockout, now_us):
            waits.append(wait_us // SECOND)
            now_us += wait_us
    assert waits == [1, 2, 4, 5, 5]


def test_a_refused_attempt_does_not_prolong_the_wait(store: Store) -> None:
    lockout = Lockout(free=1, first_us=10 * SECOND, longest_us=100 * SECOND)
    _counted(store, lockout, NOON)
    assert [_counted(store, lockout, NOON + second * SECOND) // SECOND for second in (0, 4, 9)] == [10, 6, 1]
    assert _counted(store, lockout, NOON + 10 * SECOND) == 0


def test_failures_are_forgotten_after_a_day(store: Store) -> None:
    for _ in range(BY_USER.free):
        assert _counted(store, BY_USER, NOON) == 0
    assert _counted(store, BY_USER, NOON) > 0
    later = NOON + FORGOTTEN_US + 1
    assert [_counted(store, BY_USER, later) for _ in range(BY_USER.free)] == [0] * BY_USER.free


def test_a_clock_set_back_locks_nobody_out(store: Store) -> None:
    for _ in range(BY_USER.free):
        _counted(store, BY_USER, NOON)
    assert _counted(store, BY_USER, NOON - 30 * 24 * 3600 * SECOND) == 0


def test_a_thousand_guesses_in_an_hour_are_few(store: Store) -> None:
    """One user from ever new addresses, and ever new users from one address."""
    by_user = sum(
        begin_attempt(store, "anna", f"10.0.{n // 250}.{n % 250}", now_us=NOON + n * 3_600_000) == 0
        for n in range(1000)
    )
    assert by_user <= BY_USER.free + 10 + 4  # ten doublings to a quarter of an hour, then four in the hour
    by_address = sum(begin_attempt(store, f"u{n}", "192.0.2.7", now_us=NOON + n * 3_600_000) == 0 for n in range(1000))
    assert by_address <= BY_ADDRESS.free + 12


def test_success_forgets_the_user_and_takes_one_from_the_address(store: Store) -> None:
    for n in range(BY_ADDRESS.free - 1):
        assert begin_attempt(store, f"u{n}", "192.0.2.7", now_us=NOON) == 0
    assert begin_attempt(store, "anna", "192.0.2.7", now_us=NOON) == 0
    with store.changing():
        take_back(store, "anna", "192.0.2.7")
    assert begin_attempt(store, "bert", "192.0.2.7", now_us=NOON) == 0, "the right one was taken back"
    assert begin_attempt(store, "carl", "192.0.2.7", now_us=NOON) > 0, "the wrong ones were not"


def test_an_operator_can_end_the_wait(store: Store) -> None:
    for n in range(BY_USER.free):
        begin_attempt(store, "anna", f"192.0.2.{n}", now_us=NOON)
    assert begin_attempt(store, "anna", "192.0.2.99", now_us=NOON) > 0
    with store.changing():
        forget_attempts(store, "anna")
    assert begin_attempt(store, "anna", "192.0.2.99", now_us=NOON) == 0


def test_what_was_typed_is_not_kept(store: Store, tmp_path: Path) -> None:
    begin_attempt(store, "my-password-typed-as-name", "192.0.2.123", now_us=NOON)
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"typed-as-name" not in kept
    assert b"192.0.2.123" not in kept
