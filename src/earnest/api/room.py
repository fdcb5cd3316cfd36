"""Whether the disk has room for clicks: the last of it is for deliveries, which nobody tells again if they are lost.

Below 1 GB or 5 % free, whichever is less, clicks are counted as lost (`disk-low`) and no longer kept.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

LOOK_SECONDS = 1.0
"""The disk is asked at most so often."""
MOST_LEFT = 1 << 30
SHARE_LEFT = 20
"""One part in so many of the disk."""


class Usage(NamedTuple):
    """Bytes of a disk."""

    total: int
    used: int
    free: int


def usage_of(folder: Path) -> Usage:
    """The disk that a folder lies on; free is what a process without privileges may take."""
    return Usage(*shutil.disk_usage(folder))


@dataclass(slots=True)
class Room:
    """The room on the disk of a workspace.

    Args:
        clock: seconds, only ever forward. look: asks the disk.
    """

    folder: Path
    clock: Callable[[], float] = time.monotonic
    look: Callable[[Path], Usage] = usage_of
    _low: bool = False
    _look_at: float = float("-inf")

    def is_low(self) -> bool:
        """Whether what is left is for deliveries, as the disk said within the last second. One that says nothing is as it was."""
        now = self.clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            with contextlib.suppress(OSError):
                found = self.look(self.folder)
                self._low = found.free < min(MOST_LEFT, found.total // SHARE_LEFT)
        return self._low
