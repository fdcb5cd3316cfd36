"""Clicks that were answered and could not be kept: counted, since they cannot be found again.

A person who follows a link gets to its page whatever the journal does. What the server counts lies in
`tables/clicks_lost.json`, added up over all servers, written every few seconds where the disk has room.
"""

from __future__ import annotations

import fcntl
import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from earnest.usecases.workspace import Workspace

FILE = "clicks_lost.json"


@dataclass(frozen=True, slots=True)
class Lost:
    """Clicks lost for one reason. Args: last_us: when the last one was, microseconds since the epoch."""

    clicks: int
    last_us: int


@dataclass(slots=True)
class LostClicks:
    """What one server has lost of a workspace's clicks. Called from any thread.

    Args:
        path: where the sum over all servers lies.
    """

    path: Path
    _since_began: dict[str, int] = field(default_factory=dict)
    _unsaved: dict[str, Lost] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _saving: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, workspace: Workspace) -> LostClicks:
        """Begin to count."""
        return cls(workspace.tables / FILE)

    def add(self, reason: str, clicks: int, *, now_us: int) -> None:
        """Count clicks. Args: reason: code of the error that kept them from the journal."""
        with self._lock:
            self._since_began[reason] = self._since_began.get(reason, 0) + clicks
            _add(self._unsaved, reason, Lost(clicks, now_us))

    def since_began(self) -> dict[str, int]:
        """Reason → clicks, of this server."""
        with self._lock:
            return dict(self._since_began)

    def save(self) -> None:
        """Add what is not written yet to the file. A disk without room for it gets it the next time."""
        with self._saving:
            with self._lock:
                unsaved, self._unsaved = self._unsaved, {}
            if not unsaved:
                return
            try:
                self._merge(unsaved)
            except OSError:
                with self._lock:
                    for reason, lost in unsaved.items():
                        _add(self._unsaved, reason, lost)

    def _merge(self, unsaved: dict[str, Lost]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{FILE}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            total = _read(self.path)
            for reason, lost in unsaved.items():
                _add(total, reason, lost)
            partial = self.path.with_name(f".partial-{FILE}")
            try:
                partial.write_text(json.dumps({reason: asdict(lost) for reason, lost in total.items()}))
                partial.rename(self.path)
            finally:
                partial.unlink(missing_ok=True)


def clicks_lost(workspace: Workspace) -> dict[str, Lost]:
    """Reason → what all servers of a workspace have lost, but for their last seconds."""
    return _read(workspace.tables / FILE)


def _add(to: dict[str, Lost], reason: str, more: Lost) -> None:
    known = to.get(reason, Lost(0, 0))
    to[reason] = Lost(known.clicks + more.clicks, max(known.last_us, more.last_us))


def _read(path: Path) -> dict[str, Lost]:
    try:
        return {
            str(reason): Lost(int(one["clicks"]), int(one["last_us"]))
            for reason, one in json.loads(path.read_text()).items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
