"""Kill a process at a moment, and look at what it left: the promises that hold whenever that was."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from earnest.usecases.rebuild import differing, verify_workspace
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace
from earnest.warehouse.manifest import load
from integration.doers import START

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["earnest.usecases.rebuild", "earnest.usecases.import_files", "integration.doers"])


def run(target: Callable[..., None], arguments: tuple[object, ...], acks: Path) -> float:
    """Run a target in a process of its own to its end; seconds from its start line on."""
    process = started(target, arguments, acks)
    began = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - began


def run_and_kill(target: Callable[..., None], arguments: tuple[object, ...], acks: Path, *, after: float) -> list[str]:
    """Kill -9 a target so many seconds after its start line; what it had acknowledged by then."""
    process = started(target, arguments, acks)
    process.join(after)
    if process.exitcode is None:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return acks.read_text().splitlines()[1:]


def started(
    target: Callable[..., None], arguments: tuple[object, ...], acks: Path
) -> multiprocessing.process.BaseProcess:
    process = _CONTEXT.Process(target=target, args=(*arguments, acks))
    process.start()
    while not (acks.exists() and acks.read_text().startswith(START)):
        assert process.is_alive(), "the process died before it began"
        time.sleep(0.001)
    return process


def check_nothing_half_done(workspace: Workspace) -> None:
    """Whatever the journal names is there whole; whatever the manifest names is there whole; nothing else is needed."""
    assert verify_workspace(workspace).problems == ()
    for one in workspace.state().imports.values():
        for segment in one.segments:
            assert pq.read_metadata(workspace.events / segment.path).num_rows == segment.rows, segment.path
        if one.quarantine:
            refused = pq.read_metadata(workspace.events / one.quarantine).num_rows
            assert refused == one.counts["quarantined"]
    manifest = load(workspace.tables)
    if manifest is None:
        return
    for name, files in manifest.tables.items():
        for file in files:
            assert ".partial" not in file.path
            assert pq.read_metadata(workspace.tables / file.path).num_rows == file.rows, f"{name}: {file.path}"


def check_next_command_builds(workspace: Workspace) -> None:
    """The tables come up to the journal without an operator and equal a rebuild from scratch."""
    manifest = build(workspace)
    assert set(manifest.segments) == {s.path for one in workspace.state().active_imports for s in one.segments}
    assert differing(workspace, manifest) == ()


def moments(number: int, seconds: float, draw: Callable[[], float]) -> Sequence[float]:
    """`number` moments, one in each equal part of the duration."""
    return [seconds * (part + draw()) / number for part in range(number)]
