"""A million messages: seconds, and memory of one block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import earnest

MEASURE = """
import json, resource, sys
from datetime import date
from pathlib import Path
from earnest.simulation.demo import demo_plan
from earnest.simulation.shop import write
from unit.simulation.accounts import ACCOUNT

account = ACCOUNT if sys.argv[3] == "webhooks" else None
files = write(demo_plan(int(sys.argv[1]), today=date(2026, 10, 1), account=account), Path(sys.argv[2]))
used = resource.getrusage(resource.RUSAGE_SELF)
told = files.rows["messages"] + files.rows.get("whatsapp", 0)
# Not ru_maxrss: a child process inherits the peak of the one that started it.
peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
print(json.dumps([told, used.ru_utime + used.ru_stime, peak]))
"""


def measured(messages: int, folder: Path, how: str) -> tuple[int, float, int]:
    """(status rows, CPU seconds, peak MB) of a demo shop written by a process of its own."""
    source = f"{Path(earnest.__file__).parents[1]}{os.pathsep}{Path(__file__).parents[2]}"
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(messages), str(folder), how],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
        timeout=300,
    )
    rows, seconds, peak = json.loads(run.stdout)
    return rows, seconds, peak


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from /proc, which only Linux has"
)
@pytest.mark.parametrize(("how", "memory_mb"), [("files", 600), ("webhooks", 700)])
def test_a_million_messages_take_seconds_and_bounded_memory(how: str, memory_mb: int, tmp_path: Path) -> None:
    rows, seconds, peak = measured(1_000_000, tmp_path, how)
    print(f"\n{how}: {rows:,} statuses, {seconds:.1f} CPU s, {peak} MB")
    assert rows > 2_300_000
    assert peak < memory_mb
    assert seconds < 40


@pytest.mark.soak
@pytest.mark.parametrize("how", ["files", "webhooks"])
def test_eight_times_the_messages_take_hardly_more_memory(how: str, tmp_path: Path) -> None:
    rows, _, peak = measured(8_000_000, tmp_path, how)
    assert rows > 18_000_000
    assert peak < 800
