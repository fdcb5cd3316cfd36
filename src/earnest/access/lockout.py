"""Lockout: after some failed attempts to sign in, each further one must wait twice as long as the one before.

Counted by user name, whether such a user exists or not, and by address. A wait is bounded, so that nobody can lock a user out
for good; sessions that exist go on. An attempt counts as failed before the password is looked at and is taken back
when it fits: a thousand at once get no more tries than a thousand in a row.
"""

from __future__ import annotations

from dataclasses import dataclass

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Lockout:
    """Free attempts, and how the wait grows after them. Times in microseconds."""

    free: int
    first_us: int
    longest_us: int

    def wait_us(self, failures: int) -> int:
        """How long the next attempt must wait after so many failures.

        >>> [Lockout(free=3, first_us=1, longest_us=10).wait_us(n) for n in range(1, 9)]
        [0, 0, 1, 2, 4, 8, 10, 10]
        """
        if failures < self.free:
            return 0
        return min(self.first_us << min(failures - self.free, 40), self.longest_us)


BY_USER = Lockout(free=5, first_us=_SECOND, longest_us=15 * 60 * _SECOND)
BY_ADDRESS = Lockout(free=20, first_us=_SECOND, longest_us=60 * 60 * _SECOND)
FORGOTTEN_US = 24 * 3600 * _SECOND
"""Failures older than this no longer count."""
