"""What the server says of its sources beside the journal: refused deliveries, handshakes. Figures, nothing of what was sent.

They lie in `tables/hooks.json`, are written every few seconds, and are only as durable as that: a kill loses the last ones.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from earnest.usecases.workspace import Workspace

FILE = "hooks.json"


@dataclass(frozen=True, slots=True)
class SourceTally:
    """One source. Instants are microseconds since the epoch, None before the first.

    Args:
        refused: deliveries whose signature did not fit. why: of the last one, in the scheme's words.
        postponed: deliveries answered 503: the sender was asked to come again. postponed_code: why, of the last one.
        handshake_us: when a handshake last succeeded. handshake_refused_us: when one was last refused.
    """

    refused: int = 0
    refused_us: int | None = None
    why: str | None = None
    postponed: int = 0
    postponed_us: int | None = None
    postponed_code: str | None = None
    handshake_us: int | None = None
    handshake_refused_us: int | None = None


@dataclass(slots=True)
class Tally:
    """The tallies of a workspace's sources, as one server keeps them."""

    path: Path
    sources: dict[str, SourceTally] = field(default_factory=dict)
    changed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, workspace: Workspace) -> Tally:
        """Go on with what the last server left."""
        return cls(workspace.tables / FILE, tallies(workspace))

    def refused(self, source: str, why: str, now_us: int) -> None:
        one = self._one(source)
        self._put(source, replace(one, refused=one.refused + 1, refused_us=now_us, why=why))

    def postponed(self, source: str, code: str, now_us: int) -> None:
        one = self._one(source)
        self._put(source, replace(one, postponed=one.postponed + 1, postponed_us=now_us, postponed_code=code))

    def handshake(self, source: str, now_us: int, *, accepted: bool) -> None:
        one = self._one(source)
        told = replace(one, handshake_us=now_us) if accepted else replace(one, handshake_refused_us=now_us)
        self._put(source, told)

    def save(self) -> None:
        """Write the tallies if they changed. A disk without room for them keeps the old ones."""
        if not self.changed:
            return
        with self._lock:
            self.changed = False
            body = {name: asdict(one) for name, one in list(self.sources.items())}
            partial = self.path.with_name(f".partial-{FILE}")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                partial.write_text(json.dumps(body))
                partial.rename(self.path)
            except OSError:
                self.changed = True
                partial.unlink(missing_ok=True)

    def _one(self, source: str) -> SourceTally:
        return self.sources.get(source, SourceTally())

    def _put(self, source: str, told: SourceTally) -> None:
        self.sources[source] = told
        self.changed = True


def tallies(workspace: Workspace) -> dict[str, SourceTally]:
    """What the last server wrote, by source; empty if there was none."""
    try:
        body = json.loads((workspace.tables / FILE).read_text())
        return {name: SourceTally(**one) for name, one in body.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
