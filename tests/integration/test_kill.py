"""kill -9 at any moment: nothing is half imported, nothing acknowledged is lost, the next command goes on."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earnest.journal.log import Journal
from earnest.kernel.errors import Conflict, NotFound
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace, init, open_workspace
from integration.doers import import_all, rebuild_all, undo_all
from integration.kills import check_next_command_builds, check_nothing_half_done, moments, run, run_and_kill
from integration.parcels import Parcels, bring, copy_of, hashes, parcels, prepared

SEED = 20260701
SOAK_KILLS = int(os.environ.get("EARNEST_KILLS", "300"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Parcels:
    return parcels(tmp_path_factory.mktemp("parcels"), 8_000, 5)


@pytest.fixture(scope="module")
def before(made: Parcels, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return prepared(tmp_path_factory.mktemp("kill") / "before", made)


@pytest.fixture(scope="module")
def after(made: Parcels, before: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, float]:
    """Everything imported by a process that nobody killed, and how long it took."""
    workspace = copy_of(before, tmp_path_factory.mktemp("kill") / "after")
    return workspace, run(import_all, (workspace.path, made.plan.end_us, made.later), workspace.path / "acks")


def _counts(workspace: Workspace) -> dict[str, dict[str, Any]]:
    return {one.file: one.counts for one in workspace.state().active_imports}


def test_an_import_nobody_killed_counts_each_row_once(made: Parcels, after: tuple[Workspace, float]) -> None:
    counts = _counts(after[0])
    for parcel in (*made.first, *made.later):
        assert counts[parcel.path.name]["rows"] == parcel.rows
        assert counts[parcel.path.name]["quarantined"] == 0


def kill_imports(
    number: int, made: Parcels, before: Workspace, after: tuple[Workspace, float], folder: Path
) -> list[int]:
    """Kill `number` imports at moments spread over their duration; acknowledged files at each kill."""
    whole, seconds = after
    expected, counts = hashes(whole), _counts(whole)
    acknowledged = []
    for place, moment in enumerate(moments(number, seconds, random.Random(SEED).random)):
        workspace = copy_of(before, folder / f"killed-{place}")
        task = (workspace.path, made.plan.end_us, made.later)
        acks = run_and_kill(import_all, task, workspace.path / "acks", after=moment)
        acknowledged.append(len(acks))
        check_nothing_half_done(workspace)
        kept = {one.file: one.seq for one in workspace.state().active_imports}
        for name, entry in (line.split() for line in acks):
            assert kept[name] == int(entry), f"{name} was acknowledged and is lost"
        assert len(kept) <= len(made.first) + len(acks) + 1
        check_next_command_builds(workspace)
        bring(workspace, made.later)
        assert _counts(workspace) == counts
        assert hashes(workspace) == expected, f"kill {place} at {moment:.3f} s: the repeated import differs"
        shutil.rmtree(workspace.path)
    return acknowledged


def test_killed_imports(
    made: Parcels,
    before: Workspace,
    after: tuple[Workspace, float],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    acknowledged = kill_imports(12, made, before, after, tmp_path)
    record_property("kills", len(acknowledged))
    print(f"\n{len(acknowledged)} kills over {after[1]:.2f} s; files acknowledged at each: {acknowledged}")
    assert len(set(acknowledged)) >= 3, "the kills are not spread over the import"


@pytest.mark.soak
def test_many_killed_imports(made: Parcels, before: Workspace, after: tuple[Workspace, float], tmp_path: Path) -> None:
    acknowledged = kill_imports(SOAK_KILLS, made, before, after, tmp_path)
    print(f"\n{len(acknowledged)} kills over {after[1]:.2f} s: 0 lost, 0 half imported, 0 counted twice")


@pytest.mark.parametrize("place", range(4))
def test_killed_full_builds(place: int, made: Parcels, after: tuple[Workspace, float], tmp_path: Path) -> None:
    workspace = copy_of(after[0], tmp_path / "killed")
    expected = hashes(workspace)
    moment = (place + random.Random(SEED + place).random()) / 8
    task = (workspace.path, made.plan.end_us, 10)
    run_and_kill(rebuild_all, task, workspace.path / "build-acks", after=moment)
    check_nothing_half_done(workspace)
    check_next_command_builds(workspace)
    assert hashes(workspace) == expected


@pytest.mark.parametrize("place", range(4))
def test_killed_undos(place: int, made: Parcels, after: tuple[Workspace, float], tmp_path: Path) -> None:
    workspace = copy_of(after[0], tmp_path / "killed")
    expected = hashes(workspace)
    numbers = [one.seq for one in workspace.state().active_imports][-4:]
    moment = (place + random.Random(SEED + place).random()) / 4
    task = (workspace.path, made.plan.end_us, numbers)
    lines = run_and_kill(undo_all, task, workspace.path / "undo-acks", after=moment)
    check_nothing_half_done(workspace)
    undone = [n for n in numbers if workspace.state().imports[n].undone_us is not None]
    promised = [int(line.split()[1]) for line in lines]
    assert undone[: len(promised)] == promised
    assert len(undone) <= len(promised) + 1
    check_next_command_builds(workspace)
    bring(workspace, made.later)
    assert hashes(workspace) == expected


def test_a_build_never_touches_files_in_force(made: Parcels, before: Workspace, tmp_path: Path) -> None:
    """A full build of the same inputs, and one that returns to earlier inputs, write beside what readers read."""
    workspace = copy_of(before, tmp_path / "twice")
    for step in (
        lambda: build(workspace, full=True),
        lambda: bring(workspace, made.later[:1]),
        lambda: build(workspace, full=True),
    ):
        named = _in_force(workspace)
        step()
        assert named == {path: stamp for path, stamp in _files(workspace).items() if path in named}


def _in_force(workspace: Workspace) -> dict[str, int]:
    files = _files(workspace)
    return {path: files[path] for path in build(workspace).paths}


def _files(workspace: Workspace) -> dict[str, int]:
    """Path → inode of every table file."""
    return {str(p.relative_to(workspace.tables)): p.stat().st_ino for p in workspace.tables.rglob("*.parquet")}


def test_a_creation_cut_short_can_be_done_again(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.db").close()  # killed before the first entry
    with pytest.raises(NotFound) as problem:
        open_workspace(tmp_path).state()
    assert problem.value.code == "no-workspace"
    workspace = init(tmp_path, currency="EUR", timezone="UTC")
    assert workspace.state().currency == "EUR"
    with pytest.raises(Conflict, match="already holds a workspace"):
        init(tmp_path, currency="EUR", timezone="UTC")
