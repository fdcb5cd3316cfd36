"""Group commit: one thread owns the journal's handle and writes everything that waits in one transaction, with one sync.

    submit ─┐
    submit ─┼─> waiting (bounded) ──> one group ── append_many, fsync ──> delivered in one call
    submit ─┘         └ full: Overloaded

A full disk fails the group and is tried again with the next. Any other failed write is final: what is on disk is then
unknown to this handle, so everything that waits fails, nothing more is taken, and the process should end. So it is when a
group cannot be delivered, or the thread ends: nobody waits for an answer that never comes.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from earnest.journal.log import Draft, Journal, Kept
from earnest.kernel.errors import EarnestError, EnvironmentProblem

T = TypeVar("T")

RETRY_AFTER_S = 5
"""Seconds after which a sender should try again what could not be kept."""
MOST_WAITING = 20_000
MOST_WAITING_BYTES = 128 << 20
MOST_IN_GROUP = 2_000
MOST_GROUP_BYTES = 16 << 20
"""A group ends here, so that its sync and its share of the write-ahead log stay small; a single draft may be larger."""


class Overloaded(EnvironmentProblem):
    """More comes in than the disk keeps up with. Try again in a few seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what waits and of one group, in drafts and bytes of their bodies."""

    waiting: int = MOST_WAITING
    waiting_bytes: int = MOST_WAITING_BYTES
    group: int = MOST_IN_GROUP
    group_bytes: int = MOST_GROUP_BYTES


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """What became of the drafts of one transaction.

    Args:
        tickets: whatever `submit` was given with each. kept: where each stands, beside its ticket; empty if it failed.
        fault: why none was kept; None if all were. seconds: from the first look at the group to its sync.
    """

    tickets: list[T]
    kept: list[Kept]
    fault: EarnestError | None
    size_bytes: int
    seconds: float


class Writer(Generic[T]):
    """The one writer of a process to a journal; safe to call from any thread.

    Args:
        journal: owned from now on: nobody else may use this handle, and `close` closes it.
        deliver: called from the writer's thread once a group, after its sync. If it raises, it is called again with the
            group as failed, and the writer takes nothing more.
        clock: seconds, only ever forward.
    """

    def __init__(
        self,
        journal: Journal,
        deliver: Callable[[Group[T]], None],
        *,
        clock: Callable[[], float],
        limits: Limits | None = None,
    ) -> None:
        self._journal = journal
        self._deliver = deliver
        self._clock = clock
        self._limits = limits or Limits()
        self._waiting: deque[tuple[Draft, T]] = deque()
        self._bytes = 0
        self._wake = threading.Condition()
        self._closing = False
        self._fault: EarnestError | None = None
        self._short_of_room = False
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Drafts that wait for their group."""
        return len(self._waiting)

    @property
    def broken(self) -> EarnestError | None:
        """Why nothing can be written any more; None while it can."""
        if self._fault is None and not self._closing and not self._thread.is_alive():
            return _ended(None)
        return self._fault

    @property
    def short_of_room(self) -> bool:
        """Whether the last group failed for want of room on the disk."""
        return self._short_of_room

    def submit(self, draft: Draft, ticket: T) -> None:
        """Put a draft in the queue; its ticket comes back with its group.

        Raises:
            Overloaded: `journal-overloaded`: the queue is full; nothing was taken.
            EnvironmentProblem: `journal-unwritable`: an earlier write failed for good; or `journal-closed`.
        """
        size = len(draft.body)
        with self._wake:
            if (broken := self.broken) is not None:
                raise EnvironmentProblem(broken.code, broken.message, hint=broken.hint)
            if self._closing:
                raise EnvironmentProblem("journal-closed", "the server is stopping", hint="Try again in a few seconds.")
            full = len(self._waiting) >= self._limits.waiting or (
                self._waiting and self._bytes + size > self._limits.waiting_bytes
            )
            if full:
                raise Overloaded(
                    "journal-overloaded",
                    f"{len(self._waiting):,} deliveries wait for the disk, which is as many as may",
                    hint="Try again in a few seconds.",
                )
            idle = not self._waiting
            self._waiting.append((draft, ticket))
            self._bytes += size
            if idle:
                self._wake.notify()

    def close(self) -> None:
        """Write what waits, then let go of the journal. Twice is as good as once."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        group: list[tuple[Draft, T]] = []
        try:
            while group := self._next():
                self._hand_over(self._write(group))
        except BaseException as error:
            self._break(_ended(error))
            self._fail_all(group)
        finally:
            self._journal.close()

    def _hand_over(self, group: Group[T]) -> None:
        """Deliver a group. Who hears nothing of his draft must not wait for ever: he is told that it failed."""
        try:
            self._deliver(group)
        except Exception as error:
            self._break(_ended(error))
            with contextlib.suppress(Exception):
                self._deliver(Group(group.tickets, [], self._fault, group.size_bytes, group.seconds))

    def _break(self, fault: EarnestError) -> None:
        with self._wake:
            self._fault = self._fault or fault

    def _fail_all(self, group: list[tuple[Draft, T]]) -> None:
        """What the thread leaves behind when it ends before its time: the group in its hands, and what waits."""
        with self._wake:
            left = [ticket for _, ticket in (*group, *self._waiting)]
            self._waiting.clear()
            self._bytes = 0
        if left:
            self._hand_over(Group(left, [], self._fault, 0, 0.0))

    def _next(self) -> list[tuple[Draft, T]]:
        """Everything that waits, up to the bounds of a group; empty when closed and done."""
        group: list[tuple[Draft, T]] = []
        size = 0
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
            while self._waiting and len(group) < self._limits.group:
                size += len(self._waiting[0][0].body)
                if group and size > self._limits.group_bytes:
                    break
                group.append(self._waiting.popleft())
            self._bytes -= sum(len(draft.body) for draft, _ in group)
        return group

    def _write(self, group: list[tuple[Draft, T]]) -> Group[T]:
        drafts, tickets = [draft for draft, _ in group], [ticket for _, ticket in group]
        size = sum(len(draft.body) for draft in drafts)
        began = self._clock()
        if self._fault is not None:
            return Group(tickets, [], self._fault, size, 0.0)
        try:
            kept = self._journal.append_many(drafts)
        except Exception as error:
            fault = _told(error)
            self._short_of_room = fault.code == "journal-full"
            if fault.code not in _PASSING:
                self._break(fault)
            return Group(tickets, [], fault, size, self._clock() - began)
        self._short_of_room = False
        return Group(tickets, kept, None, size, self._clock() - began)


_PASSING = frozenset({"journal-full", "journal-busy"})
"""What a later group may be spared: the journal is as it was before."""


def _ended(error: BaseException | None) -> EarnestError:
    why = f": {type(error).__name__}" if error is not None else ""
    return EnvironmentProblem("journal-unwritable", f"the journal's writer stopped{why}", hint="Start the server anew.")


def _told(error: Exception) -> EarnestError:
    if isinstance(error, EarnestError):
        return error
    return EnvironmentProblem(
        "journal-unwritable", f"the journal could not be written: {type(error).__name__}", hint="Start the server anew."
    )
