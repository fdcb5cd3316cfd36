"""A million messages: seconds, and memory of one block."""

from __future__ import annotations

import multiprocessing
import resource
import time
from datetime import date
from pathlib import Path

import pytest

from earnest.simulation.demo import demo_plan
from earnest.simulation.shop import write


def generate(folder: str) -> tuple[int, float, int]:
    """(status rows, seconds, peak memory in MB) of a million messages in a process of its own."""
    started = time.perf_counter()
    files = write(demo_plan(today=date(2026, 10, 1)), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return files.rows["messages"], time.perf_counter() - started, peak


def test_a_million_messages_take_seconds_and_bounded_memory(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rows, seconds, peak = pool.apply(generate, (str(tmp_path),))
    assert rows > 2_300_000
    assert peak < 700
    assert seconds < 60


@pytest.mark.soak
def test_five_times_the_messages_take_hardly_more_memory(tmp_path: Path) -> None:
    files = write(demo_plan(5_000_000, today=date(2026, 10, 1)), tmp_path)
    assert files.rows["messages"] > 11_000_000
