"""The last thing a builder said: how far it has come. Read by whoever watches it, without what building needs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from earnest.usecases.workspace import Workspace

HEARTBEAT = "builder.json"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How far a builder has come.

    Args:
        at_us: when it said so. read_seq, read_received_us: the last received entry that is in the tables; 0 before the first.
        seconds: how long the last round took. error: why the last round failed, None if it did not.
    """

    pid: int
    at_us: int
    read_seq: int
    read_received_us: int
    seconds: float
    error: str | None


def heartbeat(workspace: Workspace) -> Heartbeat | None:
    """The last thing a builder said, or None if none ever ran."""
    try:
        return Heartbeat(**json.loads((workspace.tables / HEARTBEAT).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
