"""A full disk: deliveries are asked to come again, nothing acknowledged is lost, and room heals it without a restart."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.served import Senders, check_all_kept, http_process, status_body, until, workspace

SIZE_MB = 24


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, or a skip that says why; on CI machines that can mount it must not be skipped."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"root on CI, and no mount: {mounted.stderr.decode()}")
        pytest.skip(f"needs the right to mount: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_postpones_and_heals(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        place = workspace(disk / "shop")
        with http_process(place.path) as served:
            with Senders(served.port, connections=4, padding=20_000) as senders:
                until(lambda: len(senders.acknowledged) > 20)
                ballast = disk / "ballast"
                with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
                    while True:
                        stream.write(b"\0" * 65536)
                until(lambda: senders.answers.get(503, 0) > 20)
                full = served.deliver(status_body(-1, padding=20_000))
                assert (full.status, full.problem["code"]) == (503, "journal-full")
                assert int(full.headers["retry-after"]) > 0
                assert served.ask("GET", "/healthz").status == 503
                assert served.ask("GET", "/readyz").status == 503
                assert served.process.poll() is None
                acknowledged = list(senders.acknowledged)
                ballast.unlink()
                began = time.monotonic()
                until(lambda: len(senders.acknowledged) > len(acknowledged) + 20, 10)
                assert time.monotonic() - began < 10
                assert served.ask("GET", "/healthz").status == 200
            assert set(senders.answers) == {200, 503}
            assert served.stop() == 0
        check_all_kept(place, senders.acknowledged)
        assert senders.refused == 0
