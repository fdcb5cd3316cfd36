"""Backups: what is refused, what is said of a workspace that is damaged already, and what a restore leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.kernel.errors import EarnestError
from earnest.usecases import backup_files
from earnest.usecases.backup import create_backup
from earnest.usecases.backup_files import BackupManifest, StoredFile, backups_in, copied, manifest_of, seal
from earnest.usecases.backup_restore import list_backups, restore_backup, verify_backup
from earnest.usecases.workspace import Workspace, open_workspace
from unit.usecases.conftest import Clock, Import


def code_of(action: object) -> str:
    with pytest.raises(EarnestError) as raised:
        action()  # type: ignore[operator]
    assert raised.value.hint
    return raised.value.code


def test_two_backups_of_one_second_get_two_names(workspace: Workspace, tmp_path: Path) -> None:
    names = [create_backup(workspace, tmp_path / "b").path.name for _ in range(3)]
    assert names == ["earnest-20261001T120000Z", "earnest-20261001T120000Z-2", "earnest-20261001T120000Z-3"]
    assert [path.name for path in backups_in(tmp_path / "b")] == names


def test_backups_are_in_order_of_age_not_of_letters(tmp_path: Path) -> None:
    names = [
        "earnest-20261001T120000Z-10",
        "earnest-20261001T120000Z-2",
        "earnest-20261001T120000Z",
        "earnest-20250101T000000Z",
    ]
    for name in (*names, ".partial-host-1-earnest-20261001T120000Z", "notes"):
        (tmp_path / name).mkdir()
    assert [path.name for path in backups_in(tmp_path)] == names[::-1]


def test_a_backup_does_not_go_into_the_workspace(workspace: Workspace) -> None:
    assert code_of(lambda: create_backup(workspace, workspace.path / "backups")) == "backup-inside-workspace"
    assert not (workspace.path / "backups").exists()


def test_a_place_that_cannot_be_written_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert code_of(lambda: create_backup(workspace, tmp_path / "file" / "b")) == "backup-failed"


def test_files_are_for_their_owner_alone(workspace: Workspace, imported: Import, tmp_path: Path) -> None:
    imported("orders", "order_id,created_at,phone,net", "o1,2026-09-10T10:00:00Z,+4915110000001,20.00")
    created = create_backup(workspace, tmp_path / "b")
    modes = {path.stat().st_mode & 0o077 for path in created.path.rglob("*") if path.is_file()}
    assert modes == {0}
    assert created.path.stat().st_mode & 0o077 == 0


def test_what_was_damaged_already_is_told_and_the_rest_kept(
    workspace: Workspace, imported: Import, tmp_path: Path
) -> None:
    imported("orders", "order_id,created_at,phone,net", "o1,2026-09-10T10:00:00Z,+4915110000001,20.00")
    imported("orders", "order_id,created_at,phone,net", "o2,2026-09-11T10:00:00Z,+4915110000001,30.00")
    first, second = sorted((workspace.path / "files").iterdir())
    first.unlink()
    second.write_bytes(b"changed")
    created = create_backup(workspace, tmp_path / "b")
    told = sorted(created.manifest.faults)
    assert told == sorted(
        [f"files/{first.name} is missing in the workspace", f"files/{second.name} was changed in the workspace"]
    )
    assert verify_backup(created.path).problems == created.manifest.faults
    restored = restore_backup(created.path, tmp_path / "again")
    assert restored.rows is not None
    assert restored.rows["conversion"] == 2


def test_a_workspace_without_its_key_is_backed_up_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.path / "workspace.key").unlink()
    created = create_backup(workspace, tmp_path / "b")
    assert created.manifest.faults == ("workspace.key is missing in the workspace",)
    assert created.manifest.key_sha256 is None


def test_a_backup_without_key_takes_the_right_key_only(workspace: Workspace, tmp_path: Path) -> None:
    created = create_backup(workspace, tmp_path / "b", with_key=False)
    assert not (created.path / "workspace.key").exists()
    assert restore_backup(created.path, tmp_path / "bare").rows is None
    other = tmp_path / "other.key"
    other.write_text("00" * 32 + "\n")
    assert code_of(lambda: restore_backup(created.path, tmp_path / "a", key_file=other)) == "wrong-key"
    assert code_of(lambda: restore_backup(created.path, tmp_path / "a", key_file=tmp_path / "none")) == "no-such-file"
    assert not (tmp_path / "a").exists()
    key = workspace.path / "workspace.key"
    assert restore_backup(created.path, tmp_path / "a", key_file=key).rows is not None
    assert (tmp_path / "a" / "workspace.key").read_bytes() == key.read_bytes()
    assert (tmp_path / "a" / "workspace.key").stat().st_mode & 0o777 == 0o600


def test_a_restore_goes_over_nothing(workspace: Workspace, tmp_path: Path) -> None:
    created = create_backup(workspace, tmp_path / "b")
    before = (workspace.path / "journal.db").read_bytes()
    assert code_of(lambda: restore_backup(created.path, workspace.path)) == "target-not-empty"
    assert (workspace.path / "journal.db").read_bytes() == before
    (tmp_path / "file").write_text("")
    assert code_of(lambda: restore_backup(created.path, tmp_path / "file")) == "not-a-folder"
    (tmp_path / "empty").mkdir()
    restore_backup(created.path, tmp_path / "empty")
    assert open_workspace(tmp_path / "empty").state().currency == "EUR"


def test_a_restore_that_was_cut_short_can_be_done_again(workspace: Workspace, tmp_path: Path) -> None:
    created = create_backup(workspace, tmp_path / "b")
    target = tmp_path / "again"
    (target / "events" / "message").mkdir(parents=True)
    (target / ".restoring").touch()
    (target / ".partial-journal.db").write_bytes(b"half")
    (target / "events" / "message" / "stale.parquet").write_bytes(b"x")
    with pytest.raises(EarnestError):
        open_workspace(target)
    restore_backup(created.path, target)
    assert not (target / ".restoring").exists()
    assert not (target / "events" / "message" / "stale.parquet").exists()
    assert open_workspace(target).state().currency == "EUR"


def test_a_restore_is_in_the_journal_and_the_clock_may_be_behind(
    workspace: Workspace, tmp_path: Path, clock: Clock
) -> None:
    created = create_backup(workspace, tmp_path / "b")
    restored = restore_backup(created.path, tmp_path / "again", clock=lambda: clock.us - 86_400_000_000)
    assert restored.last_received_us == 0
    with open_workspace(tmp_path / "again").journal() as log:
        last = log.entry(log.last_seq())
        assert last is not None
        assert (last.kind, last.data["name"]) == ("backup.restored", created.path.name)
        assert log.verify() is None


@pytest.mark.parametrize(
    "path", ["../journal.db", "/etc/passwd", "files/../../x", "events/message/../../x.parquet", "tables/current.json"]
)
def test_a_manifest_that_leads_outside_is_refused(workspace: Workspace, tmp_path: Path, path: str) -> None:
    created = create_backup(workspace, tmp_path / "b")
    body = manifest_of(created.path).to_json()
    body["files"].append({"path": path, "size": 1, "sha256": "0" * 64})
    seal(created.path, BackupManifest.from_json(body))
    assert code_of(lambda: verify_backup(created.path)) == "backup-damaged"
    assert code_of(lambda: restore_backup(created.path, tmp_path / "again")) == "backup-damaged"


def test_a_backup_of_the_future_asks_for_an_upgrade(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = create_backup(workspace, tmp_path / "b")
    with monkeypatch.context() as later:
        later.setattr(backup_files, "FORMAT", 2)
        seal(created.path, manifest_of(created.path))
    assert code_of(lambda: verify_backup(created.path)) == "backup-newer"


def test_a_journal_that_is_not_the_one_named_is_found(workspace: Workspace, tmp_path: Path) -> None:
    created = create_backup(workspace, tmp_path / "b")
    later = create_backup(workspace, tmp_path / "b")
    manifest = manifest_of(created.path)
    other = copied(later.path / "journal.db", created.path / "journal.db", "journal.db", lambda _: None)
    files = tuple(other if one.path == "journal.db" else one for one in manifest.files)
    seal(created.path, BackupManifest.from_json(manifest.to_json() | {"files": _json(files)}))
    assert verify_backup(created.path).problems == ("the journal ends with entry 2, the manifest says 1",)
    assert code_of(lambda: restore_backup(created.path, tmp_path / "again")) == "backup-damaged"
    assert list((tmp_path / "again").iterdir()) == []


def _json(files: tuple[StoredFile, ...]) -> list[dict[str, object]]:
    return [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in files]


def test_a_folder_without_backups_is_told_from_one_with(workspace: Workspace, tmp_path: Path) -> None:
    assert code_of(lambda: list_backups(tmp_path / "none")) == "no-such-folder"
    (tmp_path / "b").mkdir()
    assert list_backups(tmp_path / "b") == []
    created = create_backup(workspace, tmp_path / "b")
    with pytest.raises(EarnestError) as refused:
        restore_backup(tmp_path / "b", tmp_path / "again")
    assert refused.value.code == "no-backup"
    assert str(created.path) in str(refused.value.hint)


def test_a_damaged_older_backup_does_not_hinder_the_next(
    workspace: Workspace, imported: Import, tmp_path: Path
) -> None:
    imported("orders", "order_id,created_at,phone,net", "o1,2026-09-10T10:00:00Z,+4915110000001,20.00")
    older = create_backup(workspace, tmp_path / "b")
    (older.path / "manifest.json").write_text(json.dumps({"format": 1}))
    newer = create_backup(workspace, tmp_path / "b")
    assert newer.new_bytes == newer.manifest.size
    assert [bool(one.problem) for one in list_backups(tmp_path / "b")] == [True, False]


def test_a_journal_broken_since_the_last_backup_is_told(workspace: Workspace, imported: Import, tmp_path: Path) -> None:
    create_backup(workspace, tmp_path / "b")
    with workspace.journal() as log:
        log._db.execute("UPDATE entry SET source = 'somebody' WHERE seq = 2")
    created = create_backup(workspace, tmp_path / "b")
    assert created.manifest.faults == ("journal entry 2: the entry was changed",)
