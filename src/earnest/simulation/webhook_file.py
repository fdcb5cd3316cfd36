"""A file of webhook bodies in the order of receipt, gzipped, written campaign by campaign with bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from earnest.simulation.account import BusinessAccount
from earnest.simulation.chance import Ints
from earnest.simulation.notices import Notice
from earnest.simulation.updates import NO_UPDATES, Updates, together
from earnest.simulation.webhook_bodies import body_lines

MOST_UPDATES = 1_000
"""A body never holds more updates."""

_SIZES = ((1, 1), (2, 20), (21, 300), (301, 999), (MOST_UPDATES, MOST_UPDATES))
_SIZE_SHARES = (0.4, 0.3, 0.2, 0.08, 0.02)
"""Bodies by number of updates: most hold few, most updates stand in large ones."""
_AT_ONCE = 100_000
_FOREVER = np.iinfo(np.int64).max


class WebhookFile:
    """An open file of webhook bodies, one a line.

    Args:
        path: the file to write. labels: callback data by number of the campaign.
        notices: management webhooks that belong into this file, in order.
        rng: of the sizes of bodies.
    """

    def __init__(
        self,
        path: Path,
        account: BusinessAccount,
        *,
        labels: Sequence[str],
        notices: Sequence[Notice],
        rng: np.random.Generator,
    ) -> None:
        self.path = path
        self.updates = 0
        self.bodies = 0
        self._account = account
        self._labels = labels
        self._notices = list(notices)
        self._rng = rng
        self._pending = NO_UPDATES
        self._file = path.open("wb")
        self._gzip = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def add(self, told: Updates, *, until_us: int) -> None:
        """Add updates, and write all that were received before `until_us`: nothing earlier will be added later."""
        pending = together([self._pending, told])
        pending = pending.take(np.argsort(pending.arrives_us, kind="stable"))
        ready = int(np.searchsorted(pending.arrives_us, until_us))
        self._write(pending.take(np.arange(ready)), until_us)
        self._pending = pending.take(np.arange(ready, len(pending)))

    def __enter__(self) -> WebhookFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.add(NO_UPDATES, until_us=_FOREVER)
            self._file.write(self._gzip.flush())
        self._file.close()

    def _write(self, told: Updates, until_us: int) -> None:
        """Write updates, with each management webhook where it was received."""
        start = 0
        while self._notices and self._notices[0][0] < until_us:
            at_us, line = self._notices.pop(0)
            stop = int(np.searchsorted(told.arrives_us, at_us))
            self._put(told, start, stop)
            self._file.write(self._gzip.compress(line))
            self.bodies += 1
            start = stop
        self._put(told, start, len(told))

    def _put(self, told: Updates, start: int, stop: int) -> None:
        while start < stop:
            ends = self._ends(min(stop - start, _AT_ONCE))
            part = told.take(np.arange(start, start + int(ends[-1])))
            lines = body_lines(self._account, self._labels, part, ends)
            self._file.write(self._gzip.compress(lines))
            self.updates += len(part)
            self.bodies += len(ends)
            start += len(part)

    def _ends(self, count: int) -> Ints:
        """Ends of the bodies that `count` updates come in; the last one takes what is left."""
        kinds = self._rng.choice(len(_SIZES), count, p=_SIZE_SHARES)
        low, high = np.array(_SIZES).T
        ends = np.cumsum(self._rng.integers(low[kinds], high[kinds] + 1))
        return np.append(ends[ends < count], count)
