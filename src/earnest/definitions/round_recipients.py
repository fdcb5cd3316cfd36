"""Who is in a round of invitations: numbers that only grow in number, part after part.

    Recipients ── and_ ──> Recipients        both read one list: the earlier one its first parts, the later one a part more

Invitations one by one are journal entries by the ten thousand, so that a part more costs the same however many there are.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONG_RUN = 1024
"""A run of so many numbers is kept as a run; the numbers of shorter ones are looked up one by one."""


class Recipients:
    """The numbers of a round's recipients as they were at one moment. Never changes; safe in several threads.

    Args:
        parts: runs of numbers as `runs` writes them, one text a journal entry.

    Example:
        >>> some = Recipients(["17-20"])
        >>> more = some.and_("31")
        >>> some.new([31, 18]), more.new([31, 18, 5])
        ([31], [5])
    """

    __slots__ = ("_count", "_shared")

    def __init__(self, parts: Iterable[str] = ()) -> None:
        self._shared = _Shared(list(parts))
        self._count = len(self._shared.parts)

    def and_(self, part: str) -> Recipients:
        """With one more part."""
        found = Recipients.__new__(Recipients)
        found._shared = self._shared.grown(self._count, part)
        found._count = self._count + 1
        return found

    def new(self, numbers: Iterable[int]) -> list[int]:
        """Those of the numbers that are not in the round, in order."""
        return sorted(self._shared.without(set(numbers), self._count))

    def __len__(self) -> int:
        """How many parts there are."""
        return self._count

    def __iter__(self) -> Iterator[str]:
        """The parts."""
        return iter(self._shared.parts[: self._count])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipients) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{self._count} parts>"


@dataclass(slots=True)
class _Shared:
    """The parts that several `Recipients` read, and an index of their numbers, made when it is first asked for.

    Args:
        indexed: parts that are in the index. single: number → part it came with. long: long runs, each with its part.
    """

    parts: list[str]
    indexed: int = 0
    single: dict[int, int] = field(default_factory=dict)
    long: list[tuple[range, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def grown(self, count: int, part: str) -> _Shared:
        """What has `part` after the first `count` parts: this one, unless it goes on differently already."""
        with self.lock:
            if len(self.parts) == count:
                self.parts.append(part)
            if self.parts[count] == part:
                return self
            return _Shared([*self.parts[:count], part])

    def without(self, numbers: set[int], count: int) -> set[int]:
        with self.lock:
            self._index(count)
            left = {number for number in numbers if self.single.get(number, count) >= count}
            for run, part in self.long:
                if part < count:
                    if len(run) < len(left):
                        left.difference_update(run)
                    else:
                        left = {number for number in left if number not in run}
            return left

    def _index(self, count: int) -> None:
        for part in range(self.indexed, count):
            for run in _ranges(self.parts[part]):
                if len(run) >= LONG_RUN:
                    self.long.append((run, part))
                else:
                    for number in run:
                        self.single.setdefault(number, part)
        self.indexed = max(self.indexed, count)


def runs(numbers: list[int]) -> str:
    """Numbers as runs.

    >>> runs([20, 17, 18, 19, 31])
    '17-20,31'
    """
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in found)


def numbers_of(text: str) -> set[int]:
    """The numbers of runs.

    >>> sorted(numbers_of("17-20,31"))
    [17, 18, 19, 20, 31]
    """
    return set().union(*_ranges(text))


def _ranges(text: str) -> Iterator[range]:
    for run in filter(None, text.split(",")):
        low, _, high = run.partition("-")
        yield range(int(low), int(high or low) + 1)
