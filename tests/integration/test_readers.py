"""Two processes read while a third imports and undoes: every reading is of one generation, whole."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from earnest.usecases.import_files import import_files
from earnest.usecases.judge import judge_all
from earnest.usecases.tables import build, open_tables, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.manifest import KEEP_SECONDS, load, sweep
from integration.doers import come_and_go, read_until
from integration.kills import started
from integration.parcels import SOURCE, Parcels, bring, copy_of, parcels, prepared


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Parcels:
    return parcels(tmp_path_factory.mktemp("parcels"), 4_000, 7, parts=8)


@pytest.fixture(scope="module")
def before(made: Parcels, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return prepared(tmp_path_factory.mktemp("readers") / "before", made)


def test_readers_see_whole_generations_while_imports_come_and_go(
    made: Parcels, before: Workspace, tmp_path: Path
) -> None:
    workspace = copy_of(before, tmp_path / "shared")
    stop, now_us = tmp_path / "stop", made.plan.end_us
    told = [tmp_path / "reader-1", tmp_path / "reader-2"]
    readers = [started(read_until, (workspace.path, now_us, stop), path) for path in told]
    importer = started(come_and_go, (workspace.path, now_us, made.later), tmp_path / "importer")
    importer.join()
    time.sleep(0.2)
    stop.touch()
    for reader in readers:
        reader.join()
    assert [process.exitcode for process in (importer, *readers)] == [0, 0, 0]
    steps = (tmp_path / "importer").read_text().splitlines()[1:]
    assert sum(line.endswith("import") for line in steps) >= 10
    assert sum(line.endswith("undo") for line in steps) >= 3
    generations = [line.split()[0] for line in steps]
    start = load(before.tables)
    assert start is not None
    seen: dict[str, Any] = {}
    for path in told:
        readings = [json.loads(line) for line in path.read_text().splitlines()[1:]]
        for reading in readings:
            check_reading(reading)
            assert seen.setdefault(reading["generation"], reading) == reading, "two readings of one generation differ"
        met = list(dict.fromkeys(reading["generation"] for reading in readings))
        assert set(met) <= {start.generation, *generations}
        assert len(met) >= 4, "the reader stood still"
        print(f"\n{len(readings)} readings of {len(met)} generations, 0 torn")
    last = json.loads(told[0].read_text().splitlines()[-1])
    assert last["generation"] == generations[-1]


def check_reading(reading: dict[str, Any]) -> None:
    """Figures of one reading agree with each other, the tables' and the events' alike."""
    assert reading["credit"] == reading["credit_cells"] == reading["net"] == reading["again"]
    assert reading["messages"] == reading["funnel"]
    assert reading["clicks"] == reading["funnel_clicks"] or reading["clicks"] == [[None]]
    assert reading["conversions"] == reading["event_orders"]
    assert reading["messages"][0][0] == reading["event_messages"][0][0]
    assert reading["strangers"] == reading["labels"] == [[0]]


def test_events_are_those_of_the_generation_read(made: Parcels, before: Workspace, tmp_path: Path) -> None:
    """An import that is journalled but not built is not half seen: neither its events nor its tables."""
    workspace = copy_of(before, tmp_path / "between")
    parcel = made.later[0]
    with read_tables(workspace) as tables:
        old = tables.con.execute("SELECT count(*) FROM event_message").fetchone()
    import_files(workspace, [parcel.path], parcel.kind, options=SOURCE, then_build=False)
    with read_tables(workspace) as tables:
        assert tables.con.execute("SELECT count(*) FROM event_message").fetchone() == old
    with open_tables(workspace) as tables:
        assert tables.con.execute("SELECT count(*) FROM event_message").fetchone() != old


def _parquet(workspace: Workspace) -> set[str]:
    return {str(p.relative_to(workspace.tables)) for p in workspace.tables.rglob("*.parquet")}


def test_superseded_files_stay_for_an_hour_after_they_were_superseded(
    made: Parcels, before: Workspace, tmp_path: Path
) -> None:
    """Not for an hour after they were written: a reader may have begun a moment ago."""
    workspace = copy_of(before, tmp_path / "aged")
    for path in workspace.tables.rglob("*.parquet"):
        os.utime(path, (0, 0))
    old = _parquet(workspace)
    bring(workspace, made.later[:2])
    manifest = load(workspace.tables)
    assert manifest is not None
    superseded = old - manifest.paths
    assert superseded
    assert superseded <= _parquet(workspace)
    assert sweep(workspace.tables, now=time.time() + KEEP_SECONDS - 60) == 0
    assert sweep(workspace.tables, now=time.time() + KEEP_SECONDS + 60) == len(superseded)
    assert _parquet(workspace) == manifest.paths


def test_files_on_lease_stay_whatever_their_age(made: Parcels, before: Workspace, tmp_path: Path) -> None:
    """Also those that the leased generation carried on from an older one."""
    workspace = copy_of(before, tmp_path / "leased")
    bring(workspace, made.later[2:3])
    carried = load(workspace.tables)
    assert carried is not None
    assert len(carried.folders) > 1
    later = time.time() + 10 * KEEP_SECONDS
    with read_tables(workspace) as tables:
        credit = tables.con.execute("SELECT sum(credit_minor) FROM credit").fetchone()
        build(workspace, full=True)
        sweep(workspace.tables, now=later)
        assert carried.paths <= _parquet(workspace)
        assert tables.con.execute("SELECT sum(credit_minor) FROM credit").fetchone() == credit
    assert sweep(workspace.tables, now=later) > 0
    assert not carried.paths & _parquet(workspace)


def test_leases_of_dead_processes_keep_nothing(made: Parcels, before: Workspace, tmp_path: Path) -> None:
    workspace = copy_of(before, tmp_path / "dead")
    manifest = load(workspace.tables)
    assert manifest is not None
    (workspace.tables / "leases").mkdir(exist_ok=True)
    (workspace.tables / "leases" / "4194305.1").write_text("\n".join(manifest.folders))  # above the largest pid
    build(workspace, full=True)
    assert sweep(workspace.tables, now=time.time() + 2 * KEEP_SECONDS) == len(manifest.paths)
    assert list((workspace.tables / "leases").iterdir()) == []


def test_past_generations_are_made_again_after_they_were_swept(
    made: Parcels, before: Workspace, tmp_path: Path
) -> None:
    workspace = copy_of(before, tmp_path / "past")
    before_last_us = made.plan.end_us
    workspace = Workspace(workspace.path, clock=lambda: before_last_us + 1_000_000)
    bring(workspace, made.later[:1])

    def counted() -> object:
        with open_tables(workspace, as_of_us=before_last_us + 1) as tables:
            sweep(workspace.tables, now=time.time() + 2 * KEEP_SECONDS)  # on lease: stays
            return tables.con.execute("SELECT count(*) FROM message").fetchone()

    with read_tables(before) as tables:
        expected = tables.con.execute("SELECT count(*) FROM message").fetchone()
    assert counted() == expected
    assert sweep(workspace.tables, now=time.time() + 2 * KEEP_SECONDS) > 0
    assert not list((workspace.tables / "as_of").iterdir())
    assert counted() == expected
    assert judge_all(workspace, as_of_us=before_last_us + 1)
