"""Backups beside a writer: what comes back equals what there was; killed or damaged, a backup is refused, never half believed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from earnest.access.principal import operator
from earnest.access.secret import digest
from earnest.journal.hot_copy import tip_of
from earnest.journal.log import RECEIVED, Draft, Entry, Journal
from earnest.kernel.errors import EarnestError
from earnest.usecases.access import Administration, add_user, open_access
from earnest.usecases.access_session import SignedIn, sign_in
from earnest.usecases.backup import create_backup
from earnest.usecases.backup_files import NAME, manifest_of
from earnest.usecases.backup_restore import list_backups, restore_backup, verify_backup
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.quarantine import quarantined
from earnest.usecases.rebuild import export_table, verify_workspace
from earnest.usecases.tables import all_models, build
from earnest.usecases.workspace import Workspace, open_workspace
from integration.live import Clock, journal, told, workspace_with_sources

SEED = 20260918
SOAK_DRILLS = int(os.environ.get("EARNEST_BACKUP_DRILLS", "30"))
_HEADERS = {"content-type": "application/json"}


@pytest.fixture
def served(tmp_path: Path) -> Workspace:
    """A workspace that has received webhooks and imported two files, one of them with a refused row."""
    workspace = workspace_with_sources(tmp_path / "w", Clock())
    journal(workspace, told(1))
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,created_at,phone,net\n"
        "o1,2026-06-10T10:00:00Z,+4915110000001,20.00\no2,2026-06-11T10:00:00Z,+4915110000002,nothing\n"
    )
    messages = tmp_path / "messages.csv"
    messages.write_text("message_id,phone,sent_at\nm1,+4915110000001,2026-06-09T10:00:00Z\n")
    import_files(workspace, [orders], "orders", options=Options(source="shop"))
    import_files(workspace, [messages], "messages", options=Options(source="shop"))
    return workspace


@contextmanager
def appending(workspace: Workspace, seed: int) -> Iterator[list[int]]:
    """Append deliveries from another connection all the while; yields the numbers of the entries acknowledged so far."""
    stop, acknowledged = threading.Event(), []

    def write() -> None:
        deliveries = told(seed, messages=4_000)
        with Journal(workspace.path / "journal.db") as log:
            for one in deliveries:
                if stop.is_set():
                    return
                kept = log.append_many([Draft(RECEIVED, one.body, one.source, 1_783_000_000_000_000, None, _HEADERS)])
                acknowledged.append(kept[0].seq)
                time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(acknowledged) < 20:
            time.sleep(0.005)
        yield acknowledged
    finally:
        stop.set()
        writer.join()


def exports(workspace: Workspace, folder: Path) -> dict[str, bytes]:
    """Every table as `earnest export` writes it."""
    folder.mkdir()
    found = {}
    for model in all_models():
        if model.name in build(workspace).tables:
            export_table(workspace, model.name, folder / f"{model.name}.csv", file_format="csv")
            found[model.name] = (folder / f"{model.name}.csv").read_bytes()
    return found


def as_it_stood(workspace: Workspace, folder: Path, entries: int) -> Workspace:
    """A copy of a workspace whose journal ends at an entry, with nothing derived."""
    shutil.copytree(workspace.path, folder, ignore=shutil.ignore_patterns("tables", "received.json", "r-*.parquet"))
    with apsw.Connection(str(folder / "journal.db")) as db:
        db.execute("DELETE FROM entry WHERE seq > ?", (entries,))
    return Workspace(folder, workspace.clock)


def test_what_is_restored_exports_as_what_was_backed_up(served: Workspace, tmp_path: Path) -> None:
    with appending(served, 2) as acknowledged:
        before = acknowledged[-1]
        created = create_backup(served, tmp_path / "backups")
        assert acknowledged[-1] > created.manifest.entries, "the writer went on beside the backup"
    assert created.manifest.entries >= before, "what was acknowledged before the backup is in it"
    assert verify_backup(created.path).problems == ()

    restored = restore_backup(created.path, tmp_path / "again", clock=served.clock)
    again = open_workspace(tmp_path / "again", clock=served.clock)
    then = as_it_stood(served, tmp_path / "then", created.manifest.entries)
    expected = exports(then, tmp_path / "exports-then")
    assert exports(again, tmp_path / "exports-again") == expected
    assert len(expected["message"].splitlines()) > 40
    assert len(expected["conversion"].splitlines()) == 2
    assert restored.rows is not None
    assert restored.rows["message"] == len(expected["message"].splitlines()) - 1
    assert verify_workspace(again).problems == ()
    imports = again.state().active_imports
    assert [one.file for one in imports] == ["orders.csv", "messages.csv"]
    assert [quarantined(again, one.seq, limit=5).count for one in imports] == [1, 0]
    assert len(quarantined(again, imports[0].seq, limit=5).rows) == 1


def test_a_backup_under_load_does_not_hold_up_the_writer(served: Workspace, tmp_path: Path) -> None:
    fill(served, megabytes=40)
    with appending(served, 3) as acknowledged:
        count, began = len(acknowledged), time.monotonic()
        create_backup(served, tmp_path / "backups")
        seconds, written = time.monotonic() - began, len(acknowledged) - count
    assert written / seconds > 20, f"{written} entries in {seconds:.2f} s"


def fill(workspace: Workspace, *, megabytes: int) -> None:
    body = random.Random(SEED).randbytes(1_000_000)
    with workspace.journal() as log:
        for number in range(megabytes):
            log.append_many([Draft(RECEIVED, body, "whatsapp", 1_782_000_000_000_000, f"fill{number}", _HEADERS)])


BACK_UP = """
import sys, time
from pathlib import Path
from earnest.usecases.backup import create_backup
from earnest.usecases.workspace import open_workspace
workspace = open_workspace(sys.argv[1])
print("start", flush=True)
began = time.monotonic()
print(create_backup(workspace, Path(sys.argv[2])).path.name, time.monotonic() - began, flush=True)
"""


def killed_drill(served: Workspace, folder: Path, drills: int) -> list[bool]:
    """Kill that many backups at moments spread over their duration; whether each had been finished."""
    fill(served, megabytes=30)
    for _ in range(2):  # the first copies everything; those that follow share with it, and are quicker
        named, seconds = kill_one(served, folder, after=60.0)
    assert named is not None
    draw, finished = random.Random(SEED), []
    for drill in range(drills):
        named, _ = kill_one(served, folder, after=1.2 * seconds * (drill + draw.random()) / drills)
        listed = list_backups(folder)
        whole = [one for one in listed if one.manifest is not None]
        assert named is None or named in {one.path.name for one in whole}, "what was acknowledged is there"
        for one in whole:
            assert NAME.fullmatch(one.path.name)
        assert verify_backup(whole[-1].path).problems == ()
        for one in (one for one in listed if one.manifest is None):
            for use in (verify_backup, lambda path: restore_backup(path, folder.parent / "never")):
                with pytest.raises(EarnestError) as refused:
                    use(one.path)
                assert refused.value.code == "backup-incomplete"
            assert not (folder.parent / "never").exists()
        finished.append(named is not None)
    assert kill_one(served, folder, after=60.0)[0] is not None
    assert not list(folder.glob(".partial-*")), "the next backup clears away what the killed ones left"
    recorded = [e.data["name"] for e in entries_of(served, "backup.created")]
    assert set(recorded) <= {path.name for path in folder.iterdir()}
    newest = list_backups(folder)[-1]
    restore_backup(newest.path, folder.parent / "newest", clock=served.clock)
    return finished


def kill_one(workspace: Workspace, folder: Path, *, after: float) -> tuple[str | None, float]:
    """Back up in a process of its own, killed so many seconds after it began; the name it acknowledged and how long it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", BACK_UP, workspace.path, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "start\n"
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    said, complained = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), complained
    name, _, seconds = said.strip().partition(" ")
    return name or None, float(seconds or 0)


def entries_of(workspace: Workspace, kind: str) -> list[Entry]:
    with workspace.journal() as log:
        return list(log.entries(kind_prefix=kind))


def test_killed_backups_are_whole_or_refused(served: Workspace, tmp_path: Path) -> None:
    finished = killed_drill(served, tmp_path / "backups", 10)
    assert finished.count(False) >= 3, "some were killed in their middle"


@pytest.mark.soak
def test_many_killed_backups_are_whole_or_refused(served: Workspace, tmp_path: Path) -> None:
    finished = killed_drill(served, tmp_path / "backups", SOAK_DRILLS)
    print(f"{len(finished)} backups killed, {sum(finished)} after they were finished: all whole or refused")


def test_any_flipped_bit_is_found(served: Workspace, tmp_path: Path) -> None:
    created = create_backup(served, tmp_path / "backups")
    files = sorted(path for path in created.path.rglob("*") if path.is_file())
    assert {"journal.db", "workspace.key", "manifest.json", "manifest.sha256"} < {path.name for path in files}
    assert {"files", "message", "quarantine"} <= {path.parent.name for path in files}
    draw, missed = random.Random(SEED), []
    for number in range(200):
        path = files[number % len(files)]
        whole = path.read_bytes()
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        if not refused_or_damaged(created.path):
            missed.append((path.name, place, bit))
        path.write_bytes(whole)
    assert missed == []
    assert verify_backup(created.path).problems == ()


@pytest.mark.parametrize("cut", ["journal.db", "manifest.json", "manifest.sha256", "workspace.key"])
@pytest.mark.parametrize("how", ["gone", "half", "longer"])
def test_a_cut_or_lost_file_is_found_and_nothing_is_restored(
    served: Workspace, tmp_path: Path, cut: str, how: str
) -> None:
    created = create_backup(served, tmp_path / "backups")
    path = created.path / cut
    if how == "gone":
        path.unlink()
    else:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if how == "half" else whole + b"\n")
    assert refused_or_damaged(created.path)
    with pytest.raises(EarnestError) as refused:
        restore_backup(created.path, tmp_path / "again")
    assert refused.value.code in ("backup-damaged", "no-backup")
    assert not (tmp_path / "again").exists() or not list((tmp_path / "again").iterdir())


def refused_or_damaged(backup: Path) -> bool:
    try:
        return bool(verify_backup(backup).problems)
    except EarnestError as error:
        return error.code in ("backup-damaged", "no-backup")


def test_a_second_backup_shares_files_and_stands_alone(served: Workspace, tmp_path: Path) -> None:
    first = create_backup(served, tmp_path / "backups")
    more = tmp_path / "more.csv"
    more.write_text("message_id,phone,sent_at\nm2,+4915110000002,2026-06-09T11:00:00Z\n")
    import_files(served, [more], "messages", options=Options(source="shop"))
    second = create_backup(served, tmp_path / "backups")
    shared = {one.path for one in first.manifest.files if one.path.startswith(("files/", "events/"))}
    assert len(shared) >= 5
    for path in shared:
        inodes = {(place / path).stat().st_ino for place in (first.path, second.path, served.path)}
        assert (first.path / path).stat().st_ino == (second.path / path).stat().st_ino
        assert len(inodes) == 2, "nothing is shared with the workspace itself"
    new = {one.path for one in second.manifest.files} - {one.path for one in first.manifest.files}
    assert len(new) >= 2
    shutil.rmtree(first.path)
    assert verify_backup(second.path).problems == ()
    restored = restore_backup(second.path, tmp_path / "again", clock=served.clock)
    assert restored.manifest.entries == second.manifest.entries
    assert len(open_workspace(tmp_path / "again").state().active_imports) == 3


def test_no_secret_is_in_a_backup_and_no_session_comes_back(
    served: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_secret, password = "canary-app-secret-5f1c9a", "canary-pass-word-8a2e4d"
    monkeypatch.setenv("META_APP_SECRET", app_secret)
    with open_access(served) as store:
        add_user(Administration(served, store, operator("o")), "ada", role="admin", password=password)
        session = sign_in(served, store, "ada", password, address="192.0.2.1", place="shop")
        assert isinstance(session, SignedIn)
        created = create_backup(served, tmp_path / "backups", with_key=False)
    key = (served.path / "workspace.key").read_text().strip()
    held = b"".join(path.read_bytes() for path in created.path.rglob("*") if path.is_file())
    assert b"env:META_APP_SECRET" in held
    assert b"argon2id" in held, "the users are in it"
    for canary in (app_secret, password, session.session_id, key):
        assert canary.encode() not in held
    assert bytes.fromhex(key) not in held

    restore_backup(created.path, tmp_path / "again", key_file=served.path / "workspace.key", clock=served.clock)
    with open_access(open_workspace(tmp_path / "again")) as store:
        assert [user.name for user in store.users()] == ["ada"]
        assert store.session(digest(session.session_id)) is None


def test_a_restored_journal_is_the_one_of_the_moment(served: Workspace, tmp_path: Path) -> None:
    created = create_backup(served, tmp_path / "backups")
    copied = tip_of(created.path / "journal.db")
    assert (copied.seq, copied.chain) == (created.manifest.entries, created.manifest.chain)
    with served.journal() as log:
        assert log.entry(copied.seq) is not None
        assert log.last_received()[1] == created.manifest.last_received_us
    told_of = entries_of(served, "backup.created")[-1].data
    assert told_of["name"] == created.path.name
    assert told_of["entries"] == manifest_of(created.path).entries
