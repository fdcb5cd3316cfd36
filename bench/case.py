"""What a case yields: figures with the thing they are compared with, and a bar where there is one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Case = Callable[[int], "Iterator[Ratio]"]


@dataclass(frozen=True)
class Ratio:
    """One figure. `bar` is the largest acceptable value (None: reported only)."""

    name: str
    value: float
    unit: str = "×"
    bar: float | None = None

    @property
    def fails(self) -> bool:
        return self.bar is not None and self.value > self.bar

    def sentence(self) -> str:
        bar = f" (bar {self.bar:g})" if self.bar is not None else ""
        return f"{self.name}: {self.value:,.3g} {self.unit}{bar}"


def median_seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Median wall seconds of several runs."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
