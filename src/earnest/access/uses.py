"""When sessions and API keys were last used, in memory until it is written down: no write for each request."""

from __future__ import annotations

import threading

NOTED_EVERY_US = 60_000_000
"""Last uses are written down together, at most this often; a killed server forgets at most this much."""


class Uses:
    """Last uses that are not yet written down: of API keys by id, of sessions by digest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str | bytes, int] = {}
        self._noted_us = 0

    def notice(self, what: str | bytes, now_us: int) -> None:
        """Remember a use."""
        with self._lock:
            self._used[what] = now_us

    def due(self, now_us: int) -> bool:
        """Whether it is time to write down: True for one caller in `NOTED_EVERY_US`."""
        with self._lock:
            due = now_us - self._noted_us >= NOTED_EVERY_US
            if due:
                self._noted_us = now_us
            return due

    def latest(self, what: str | bytes, written_us: int | None) -> int:
        """The last use that is known, written down or not; 0 if there was none."""
        return max(written_us or 0, self._used.get(what, 0))

    def take(self) -> dict[str | bytes, int]:
        """All of them, to be written down."""
        with self._lock:
            used, self._used = self._used, {}
            return used

    def put_back(self, used: dict[str | bytes, int]) -> None:
        """They could not be written down: keep them for the next time."""
        with self._lock:
            self._used = used | self._used
