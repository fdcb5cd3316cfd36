"""A disk that fails at the k-th write, for every k: the workspace is as before or as after, and the next try succeeds."""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import duckdb
import pytest

import earnest
from earnest.journal import log
from earnest.kernel.errors import EarnestError, EnvironmentProblem
from earnest.usecases.import_files import import_files, undo_import
from earnest.usecases.tables import build, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import build as building
from earnest.warehouse import carrying, segments
from integration.kills import check_next_command_builds, check_nothing_half_done
from integration.parcels import SOURCE, Parcels, copy_of, hashes, parcels, prepared

STRIDE = int(os.environ.get("EARNEST_FAULT_STRIDE", "7"))
NO_SPACE = "No space left on device"


class Fault:
    """Counts the writes of a step (syncs, renames, appends, tables) and makes one of them fail."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls, self.fails_at = 0, 0
        full = OSError(errno.ENOSPC, NO_SPACE)
        engine = duckdb.IOException(f"IO Error: Could not write file: {NO_SPACE}")
        self._wrap(patch, os, "fsync", full)
        self._wrap(patch, pathlib.Path, "rename", full)
        self._wrap(patch, log.Journal, "_append_all", apsw.FullError("FullError: database or disk is full"))
        self._wrap(patch, segments, "scalar", engine)
        for module in (building, carrying):
            self._wrap(patch, module, "write_table", engine)

    def _wrap(self, patch: pytest.MonkeyPatch, place: Any, name: str, error: Exception) -> None:
        done = getattr(place, name)

        def failing(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self.fails_at:
                raise error
            return done(*arguments, **options)

        patch.setattr(place, name, failing)

    def at(self, call: int) -> None:
        self.calls, self.fails_at = 0, call


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Parcels:
    return parcels(tmp_path_factory.mktemp("parcels"), 1_500, 6)


@pytest.fixture(scope="module")
def before(made: Parcels, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return prepared(tmp_path_factory.mktemp("faults") / "before", made)


def fail_everywhere(before: Workspace, folder: Path, fault: Fault, step: Callable[[Workspace], object]) -> None:
    """Run a step once for every `STRIDE`th of its writes, which fails."""
    old = hashes(before)
    whole = copy_of(before, folder / "whole")
    fault.at(0)
    step(whole)
    writes = fault.calls
    new = hashes(whole)
    for call in range(1, writes + 1, STRIDE):
        workspace = copy_of(before, folder / f"{call}")
        fault.at(call)
        with pytest.raises((EnvironmentProblem, OSError, duckdb.Error), match=f"{NO_SPACE}|full"):
            step(workspace)
        fault.at(0)
        check_nothing_half_done(workspace)
        assert hashes(workspace) in (old, new), f"write {call} of {writes} leaves something between"
        assert len(list((workspace.tables / "label_campaign").iterdir())) <= 2, "failed builds pile up"
        with read_tables(workspace) as tables:
            assert tables.con.execute("SELECT count(*) FROM message").fetchone() != (0,)
        _again(step, workspace)
        assert hashes(workspace) == new
        assert not list(workspace.path.rglob(".partial-*")), f"write {call} of {writes} leaves litter"
        shutil.rmtree(workspace.path)
    print(f"\n{writes} writes, every {STRIDE}. failed once")
    assert writes > 12, "hardly anything was written"


def _again(step: Callable[[Workspace], object], workspace: Workspace) -> None:
    try:
        step(workspace)
    except EarnestError as error:
        assert error.code == "already-undone"  # noqa: PT017
        build(workspace)


@pytest.mark.parametrize("place", [0, 3])
def test_imports(place: int, made: Parcels, before: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = made.later[place]

    def step(workspace: Workspace) -> None:
        import_files(workspace, [parcel.path], parcel.kind, options=SOURCE)

    fail_everywhere(before, tmp_path, Fault(monkeypatch), step)


def test_full_builds(before: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_everywhere(before, tmp_path, Fault(monkeypatch), lambda workspace: build(workspace, full=True))


def test_undo(before: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = before.state().active_imports[-2].seq
    fail_everywhere(before, tmp_path, Fault(monkeypatch), lambda workspace: undo_import(workspace, number))


def test_imported_bytes_survive_and_the_tables_equal_a_rebuild_after_a_fault(
    made: Parcels, before: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, parcel = copy_of(before, tmp_path / "faulty"), made.later[0]
    fault = Fault(monkeypatch)
    fault.at(25)
    with pytest.raises((EnvironmentProblem, OSError, duckdb.Error)):
        import_files(workspace, [parcel.path], parcel.kind, options=SOURCE)
    fault.at(0)
    check_next_command_builds(workspace)


@pytest.mark.parametrize("kilobytes", [1, 8, 40])
def test_a_disk_that_refuses_gives_a_sentence_and_no_traceback(
    kilobytes: int, made: Parcels, before: Workspace, tmp_path: Path
) -> None:
    workspace, parcel = copy_of(before, tmp_path / "small"), made.later[0]
    state = workspace.state()
    command = ["import", "run", str(parcel.path), "--as", parcel.kind, "--source", "shop"]
    run = subprocess.run(
        [sys.executable, "-c", "from earnest.cli.main import main; main()", *command, f"--workspace={workspace.path}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(earnest.__file__).parents[1])},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes << 10, kilobytes << 10)),
    )
    assert "Traceback" not in run.stderr
    assert "fault of Earnest" not in run.stderr
    assert "backup" not in run.stderr, "nothing is wrong with the journal"
    assert run.returncode == 1, run.stderr
    assert any(word in run.stderr for word in ("too large", "disk I/O error")), run.stderr
    check_nothing_half_done(workspace)
    assert len(workspace.state().imports) - len(state.imports) in (0, 1)
    check_next_command_builds(workspace)


def test_a_journal_that_cannot_write_is_a_problem_of_the_environment(before: Workspace, tmp_path: Path) -> None:
    workspace = copy_of(before, tmp_path / "full")
    with workspace.journal() as journal:
        journal._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(EnvironmentProblem) as problem:
            journal.append("setting.set", b"x" * 100_000, source="user", received_us=0)
    assert problem.value.code == "journal-full"
    assert "Nothing was recorded" in str(problem.value.hint)


@pytest.mark.parametrize("harm", ["gone", "cut", "flipped", "manifest"])
@pytest.mark.parametrize("then", ["read", "import"])
def test_damaged_tables_are_made_anew_unasked(
    harm: str, then: str, made: Parcels, before: Workspace, tmp_path: Path
) -> None:
    workspace, parcel = copy_of(before, tmp_path / "damaged"), made.later[0]
    expected = hashes(before)
    (victim, *_) = (workspace.tables / "message").rglob("*.parquet")
    whole = victim.read_bytes()
    if harm == "gone":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(whole[: len(whole) // 2])
    elif harm == "flipped":
        victim.write_bytes(b"PAR1" + bytes(len(whole) // 2) + whole[len(whole) // 2 + 4 :])
    else:
        (workspace.tables / "current.json").write_text("{")
    if then == "import":
        import_files(workspace, [parcel.path], parcel.kind, options=SOURCE)
        check_next_command_builds(workspace)
        return
    with read_tables(workspace) as tables:
        if harm != "flipped":  # only reading the values shows it
            assert tables.con.execute("SELECT count(*) FROM message").fetchone() != (0,)
    build(workspace, full=harm == "flipped")
    assert hashes(workspace) == expected
