"""Keep the tables up to the journal: what `earnest serve` runs beside the HTTP process, once a workspace.

    journal grew? ── read, carry, publish ── tell how far ── wait ──┐
         ^──────────────────────────────────────────────────────────┘

The journal is all it shares with whoever receives. A round that fails is told in the heartbeat and tried again, later each
time; nothing is lost by it, as everything it reads stays in the journal.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from earnest.kernel.errors import EarnestError
from earnest.usecases.heartbeat import HEARTBEAT, Heartbeat
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace

BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(slots=True)
class Round:
    """What the last round left."""

    seq: int = -1
    read_seq: int = 0
    read_received_us: int = 0
    seconds: float = 0.0
    error: str | None = None
    failures: int = 0


def follow(workspace: Workspace, *, stop: Callable[[], bool], say: Callable[[Heartbeat], None]) -> None:
    """Build whenever the journal has grown, until told to stop.

    Args:
        stop: asked several times a second. say: called after each round that did something or failed.
    """
    last, beaten = Round(), 0.0
    with workspace.journal() as journal:
        while not stop():
            seq = journal.last_seq()
            if seq != last.seq:
                last = _round(workspace, seq, last)
                beaten = _beat(workspace, last)
                say(_heartbeat(workspace, last))
                if last.error is not None:
                    _pause(min(LONGEST_PAUSE_SECONDS, 0.5 * 2**last.failures), stop)
                continue
            if time.monotonic() - beaten > BEAT_SECONDS:
                beaten = _beat(workspace, last)
            _pause(LOOK_SECONDS, stop)


def _round(workspace: Workspace, seq: int, last: Round) -> Round:
    began = time.monotonic()
    try:
        facts = build(workspace, progress=quiet).facts
    except Exception as error:  # whatever it is: tell it and go on, what it would read stays in the journal
        said = error.code if isinstance(error, EarnestError) else type(error).__name__
        seconds = time.monotonic() - began
        return Round(-1, last.read_seq, last.read_received_us, seconds, said, last.failures + 1)
    return Round(seq, int(facts["received_seq"]), int(facts["received_us"]), time.monotonic() - began)


def _heartbeat(workspace: Workspace, last: Round) -> Heartbeat:
    return Heartbeat(
        os.getpid(), workspace.clock(), last.read_seq, last.read_received_us, round(last.seconds, 3), last.error
    )


def _beat(workspace: Workspace, last: Round) -> float:
    """Leave a heartbeat; a disk without room for it says enough by the old one."""
    target: Path = workspace.tables / HEARTBEAT
    partial = target.with_name(f".partial-{HEARTBEAT}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(asdict(_heartbeat(workspace, last))))
        partial.rename(target)
    except OSError:
        partial.unlink(missing_ok=True)
    return time.monotonic()


def _pause(seconds: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, LOOK_SECONDS))
