"""The latest audit of a served workspace: made beside whoever asks, since it takes seconds and the tables serve one question at a time.

asked ── made for these tables? ── yes ─> the audit
                                └─ no ──> begin one on a connection of its own; until then the one before it, if any
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from earnest.audit.result import Quality
from earnest.kernel.errors import EarnestError
from earnest.usecases.quality import check_quality
from earnest.usecases.tables import Tables, read_tables
from earnest.usecases.workspace import Workspace

FIRST_WAIT_S = 3.0
"""So long the first who asks waits: an audit of a small workspace is done by then."""

Mark = tuple[str, int, str]
"""Of what an audit was made: generation, last declaration, business day."""


@dataclass(frozen=True, slots=True)
class HeldQuality:
    """An audit, None while the first one is being made; `current` tells whether it is of the tables asked about."""

    quality: Quality | None
    current: bool


def held_quality(workspace: Workspace, tables: Tables, *, wait_s: float = FIRST_WAIT_S) -> HeldQuality:
    """The audit of these tables, or the one before it while a new one is being made.

    Args:
        wait_s: how long to wait where there is none at all yet.

    Raises:
        EarnestError: what the audit met, once; asking again begins another.
    """
    with _KEPT_LOCK:
        kept = _KEPT.setdefault(workspace.path.resolve(), _Kept())
    return kept.ask(workspace, _mark(tables), wait_s=wait_s)


@dataclass(slots=True)
class _Kept:
    """What is known of one workspace. One audit at a time is made of it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: tuple[Mark, Quality] | None = None
    failed: EarnestError | None = None
    thread: threading.Thread | None = None

    def ask(self, workspace: Workspace, mark: Mark, *, wait_s: float) -> HeldQuality:
        with self.lock:
            thread = self.thread
            if (self.made is None or self.made[0] != mark) and (thread is None or not thread.is_alive()):
                thread = self.thread = threading.Thread(target=self._make, args=(workspace,), daemon=True)
                thread.start()
            first = self.made is None
        if first and thread is not None:
            thread.join(wait_s)
        with self.lock:
            failed, self.failed = self.failed, None
            if failed is not None:
                raise failed
            if self.made is None:
                return HeldQuality(None, current=False)
            return HeldQuality(self.made[1], current=self.made[0] == mark)

    def _make(self, workspace: Workspace) -> None:
        try:
            with read_tables(workspace) as tables:
                made = _mark(tables), check_quality(tables, workspace=workspace)
        except EarnestError as error:
            with self.lock:
                self.failed = error
            return
        with self.lock:
            self.made = made


def _mark(tables: Tables) -> Mark:
    return tables.manifest.generation, tables.state.last_seq, tables.day.isoformat()


_KEPT: dict[Path, _Kept] = {}
_KEPT_LOCK = threading.Lock()
