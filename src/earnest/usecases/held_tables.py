"""A generation held open between questions: opening one takes longer than most answers.

It is opened anew when another one is published, when something was declared, and when the business day changes.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from earnest.definitions.state import State
from earnest.kernel.period import day_of, local_day, zone
from earnest.usecases.tables import Tables, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.manifest import CURRENT


class HeldTables:
    """The generation in force of a workspace, for one question at a time. Close it.

    Tables on demand that a question makes stay for the next one.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._asking = threading.Lock()
        self._open = contextlib.ExitStack()
        self._tables: Tables | None = None
        self._mark: tuple[object, ...] | None = None

    @contextlib.contextmanager
    def use(self, state: State) -> Iterator[Tables]:
        """Open tables, until the block ends nobody else's.

        Args:
            state: what is declared now.
        """
        with self._asking:
            mark = self.mark(state)
            if self._tables is None or mark != self._mark:
                self._let_go()
                self._tables = self._open.enter_context(read_tables(self._workspace))
                self._mark = self.mark(state)
            tables = replace(self._tables, state=state, as_of_us=max(self._tables.as_of_us, self._workspace.clock()))
            try:
                yield tables
            except duckdb.Error:
                self._let_go()  # a file that cannot be read is not handed to the next one
                raise

    def mark(self, state: State) -> tuple[object, ...]:
        """What a change of which needs another opening: while it is the same, every answer is."""
        day = day_of(local_day(self._workspace.clock(), zone(state.timezone)))
        try:
            told = (self._workspace.tables / CURRENT).stat()
        except FileNotFoundError:
            return (state.last_seq, day)
        return (state.last_seq, day, told.st_ino, told.st_mtime_ns, told.st_size)

    def close(self) -> None:
        """Let go of the generation."""
        with self._asking:
            self._let_go()

    def _let_go(self) -> None:
        self._tables = self._mark = None
        self._open.close()
