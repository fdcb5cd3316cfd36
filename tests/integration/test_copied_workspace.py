"""A copied or restored folder is not served beside the original: nobody is led where the other's links lead."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.definitions.link import Link
from earnest.usecases.workspace import KEY_FILE, Workspace, open_workspace
from integration.clickers import HOST, code, linked
from integration.served import children, http_process, serving, until


def copied(place: Workspace, folder: Path) -> Workspace:
    """A copy, in which the link leads elsewhere."""
    shutil.copytree(place.path, folder)
    copy = open_workspace(folder)
    copy.record("link.set", Link("spring", 1, f"https://{HOST}/copy").to_json())
    return copy


def test_a_server_with_both_does_not_start(tmp_path: Path) -> None:
    place = linked(tmp_path / "shop")
    copy = copied(place, tmp_path / "copy")
    argv = [sys.executable, "-c", "from earnest.cli.main import main; main()", "serve", "--port", "0", "--json"]
    asked = [*argv, "-w", str(place.path), "-w", str(copy.path)]
    done = subprocess.run(asked, capture_output=True, timeout=60, check=False, env=os.environ)
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (1, "same-key")
    assert str(place.path) in error["message"]
    assert str(copy.path) in error["message"]
    log = tmp_path / "log"
    with pytest.raises(AssertionError, match="ended with code 72"), http_process(place.path, copy.path, log=log):
        pass
    assert '"code":"same-key"' in log.read_text()


def test_a_workspace_that_turns_out_to_be_a_copy_is_left_out(tmp_path: Path) -> None:
    place = linked(tmp_path / "shop")
    copy = copied(place, tmp_path / "a-copy")
    away = {name: (copy.path / name).rename(tmp_path / name) for name in (KEY_FILE, "journal.db")}
    log = tmp_path / "log"
    with http_process(copy.path, place.path, log=log) as served:
        for name, file in away.items():
            file.rename(copy.path / name)
        until(lambda: '"workspace":"a-copy","code":"same-key"' in log.read_text())
        path = f"/r/{code(place)}"
        assert served.ask("GET", path).headers["location"].startswith(f"https://{HOST}/offer?")
        assert served.ask("GET", f"/w/shop{path}").status == 302
        assert served.ask("GET", f"/w/a-copy{path}").status == 404
        assert served.stop() == 0


def test_a_copy_that_is_found_when_looking_again_is_left_out(tmp_path: Path) -> None:
    brands, log = tmp_path / "brands", tmp_path / "log"
    brands.mkdir()
    place = linked(brands / "shop")
    with serving("--workspaces", str(brands), "--log-level", "error", log=log) as served:
        copied(place, brands / "a-copy")
        (old,) = children(served.process.pid, "earnest.api")
        served.process.send_signal(signal.SIGHUP)
        until(lambda: old not in children(served.process.pid, "earnest.api"), 40)
        path = f"/r/{code(place)}"
        assert served.ask("GET", path).headers["location"].startswith(f"https://{HOST}/offer?")
        assert served.ask("GET", f"/w/a-copy{path}").status == 404
        assert served.stop() == 0
    assert "Workspace a-copy is left out (same-key)" in log.read_text()
