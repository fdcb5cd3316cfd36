"""What a reference to a secret refers to: `env:NAME` in this process's environment, `file:PATH` on this machine.

Files are read again after a few seconds, so that a secret can be rolled without a restart. Nothing here is ever shown.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from earnest.definitions.source import Source

READ_AGAIN_S = 5.0
_LARGEST = 64 * 1024
"""Characters of a secret's file; a private key has 4,000."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A source's secrets that are there, and the references of those that are not."""

    secrets: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(slots=True)
class Secrets:
    """Looks secrets up, and remembers each for `READ_AGAIN_S` seconds. Safe to share between threads.

    Args:
        clock: seconds, only ever forward.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, str | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def secret(self, reference: str) -> str | None:
        """The secret of a reference; None if it is unset, unreadable or blank."""
        now_s = self.clock()
        known = self._known.get(reference)
        if known is not None and now_s - known[0] < READ_AGAIN_S:
            return known[1]
        with self._lock:
            found = _look_up(reference, self.environ)
            self._known[reference] = (now_s, found)
        return found

    def of(self, source: Source) -> Resolved:
        """The secrets of a source; any one of them will do."""
        found = [(reference, self.secret(reference)) for reference in source.secrets]
        return Resolved(
            tuple(secret for _, secret in found if secret is not None),
            tuple(reference for reference, secret in found if secret is None),
        )


def _look_up(reference: str, environ: Mapping[str, str]) -> str | None:
    kind, _, where = reference.partition(":")
    if kind == "env":
        found = environ.get(where)
    else:
        try:
            with Path(where).open(encoding="utf-8") as stream:
                found = stream.read(_LARGEST).removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError):
            found = None
    return found if found is not None and found.replace("\0", "").strip() else None
