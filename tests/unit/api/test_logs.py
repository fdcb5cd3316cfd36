"""The log tells what it can; what it cannot tell breaks nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.api.logs import Quiet

_SAYS = """
import logging
from earnest.api.logs import configure, log
configure("info")
for number in range(1_000):
    log().info("request", said="x" * 100, object=object())
logging.getLogger("asyncio").error("told by a library")
"""


def test_a_full_disk_under_the_log_breaks_nothing() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a file that is always on a full disk")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-c", _SAYS], stderr=full, stdout=subprocess.PIPE, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_line_is_json_whatever_it_tells_of(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as stream:
        subprocess.run([sys.executable, "-c", _SAYS], stderr=stream, check=True)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) == 1_001
    assert lines[-1]["said"] == "told by a library"


def test_a_stream_that_takes_little_at_once_gets_all(tmp_path: Path) -> None:
    class Slow:
        taken = b""

        def write(self, rest: bytes) -> int:
            self.taken += bytes(rest[:3])
            return min(3, len(rest))

        def flush(self) -> None:
            raise OSError(28, "no space left on device")

    slow = Slow()
    quiet = Quiet(slow)  # type: ignore[arg-type]
    quiet.write(b"0123456789\n")
    quiet.flush()
    assert slow.taken == b"0123456789\n"
