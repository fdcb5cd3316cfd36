"""The state of a journal that grows, for whoever asks for it again and again: only what is new is folded."""

from __future__ import annotations

import threading

from earnest.definitions.fold import fold
from earnest.definitions.state import State
from earnest.journal.log import Journal


class Folding:
    """Remembers the state of one journal. Safe in several threads.

    A state that was given out never changes. A journal that has gone back, or is another one, is folded whole.
    """

    def __init__(self) -> None:
        self._state = State()
        self._link = ""
        self._lock = threading.Lock()

    def state(self, journal: Journal) -> State:
        """What is declared now; the same object while nothing new was declared.

        Raises:
            EnvironmentProblem: `journal-newer`, as `fold`.
        """
        with self._lock:
            known = self._state if self._known_to(journal) else State()
            if known is not self._state or journal.last_declared() != known.last_seq:
                known = fold(journal.declared(after_seq=known.last_seq), known)
                self._state, self._link = known, journal.link(known.last_seq)
            return known

    def _known_to(self, journal: Journal) -> bool:
        """Whether the journal still has the last entry that was folded, and before it all that were."""
        return journal.link(self._state.last_seq) == self._link
