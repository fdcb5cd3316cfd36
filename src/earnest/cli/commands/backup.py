"""earnest backup create, list, verify, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.usecases.backup_restore import Listed

_FOLDER = click.Path(path_type=Path)


@click.group(name="backup")
def group() -> None:
    """Backups: make them while the server runs, check them, bring one back.

    A backup is a folder of plain files. It can identify people as the workspace can: keep it like the original.
    """


@group.command()
@click.argument("backups", metavar="DIR", type=_FOLDER)
@click.option(
    "--without-key", is_flag=True, help="Leave workspace.key out; keep it elsewhere, or nothing new can be read."
)
@shared
def create(out: Output, backups: Path, without_key: bool) -> int:
    """Write a backup into DIR, a folder of backups.

    Others may write meanwhile: it holds one moment, whole. Files that an older backup in DIR has are shared with it. Exit
    1 if something was missing or damaged in the workspace already: the backup is there, and says what.
    """
    from earnest.usecases.backup import create_backup

    workspace = out.workspace()
    with out.progress() as progress:
        created = create_backup(workspace, backups, with_key=not without_key, progress=progress)
    held = created.manifest
    for fault in held.faults:
        out.note(f"already so in the workspace: {fault}")
    if held.key:
        out.note(
            "It holds workspace.key: whoever has it can tell people apart as the workspace can. Keep it like the original."
        )
    else:
        out.note(
            "It does not hold workspace.key. Keep that file elsewhere: without it new events cannot meet old contacts."
        )
    if created.unrecorded is not None:
        out.note(f"The backup is whole, but the journal does not tell of it: {created.unrecorded}")
    if created.same_disk:
        out.note("It lies on the workspace's own disk, which does not help when that disk fails. Copy it elsewhere.")
    words = f"{created.path}: {held.entries:,} entries, {_size(held.size)}, of which {_size(created.new_bytes)} are new"
    out.data(created.to_json(), lambda c: c.print(words, markup=False, soft_wrap=True))
    out.next(f"earnest backup verify {created.path}")
    return 1 if held.faults else 0


@group.command(name="list")
@click.argument("backups", metavar="DIR", type=_FOLDER)
@shared
def list_of(out: Output, backups: Path) -> None:
    """List the backups in DIR, oldest first."""
    from earnest.cli.tables import print_table
    from earnest.usecases.backup_restore import list_backups

    found = list_backups(backups)
    headers = ("backup", "entries", "size", "key", "state")
    out.data(
        [one.to_json() for one in found],
        lambda c: print_table(c, headers, [_row(one) for one in found], numbers=(1, 2)),
    )


@group.command()
@click.argument("backup", metavar="BACKUP", type=_FOLDER)
@shared
def verify(out: Output, backup: Path) -> int:
    """Check each file of BACKUP and its journal's chain.

    Exit 1 if anything is damaged or missing.
    """
    from earnest.usecases.backup_restore import verify_backup

    with out.progress() as progress:
        checked = verify_backup(backup, progress=progress)
    held = checked.manifest
    words = "intact" if not checked.problems else "DAMAGED: " + "; ".join(checked.problems)
    line = f"{held.entries:,} entries, {len(held.files):,} files, {_size(held.size)}: {words}"
    out.data(checked.to_json(), lambda c: c.print(line, markup=False))
    return 1 if checked.problems else 0


@group.command()
@click.argument("backup", metavar="BACKUP", type=_FOLDER)
@click.option(
    "--to", "target", metavar="NEWDIR", required=True, type=_FOLDER, help="Folder to restore into: new or empty."
)
@click.option("--key", "key_file", metavar="FILE", type=_FOLDER, help="The workspace.key, for a backup without it.")
@shared
def restore(out: Output, backup: Path, target: Path, *, key_file: Path | None) -> None:
    """Bring BACKUP back into a new folder and build it.

    Every file is checked first; nothing is restored over anything.
    """
    from earnest.kernel.period import moment_of
    from earnest.usecases.backup_restore import restore_backup

    with out.progress() as progress:
        restored = restore_backup(backup, target, key_file=key_file, progress=progress)
    held = restored.manifest
    lines = [
        f"{restored.path}: {held.entries:,} entries, as of {_when(held.created_us)}",
        f"last received: {_when(restored.last_received_us) if restored.last_received_us else 'nothing yet'}",
    ]
    if restored.rows is not None:
        lines.append(f"{sum(restored.rows.values()):,} rows in {len(restored.rows)} tables")
    since = moment_of(held.created_us).isoformat(timespec="seconds")
    out.note(f"What came after {since} is not in it, unless the senders tell it again.")
    out.note(
        "Users and API keys are as they were then: what was withdrawn since is valid again. See `earnest key list`."
    )
    if restored.rows is None:
        out.note("Nothing was built: workspace.key is missing. Put it into the folder, then run `earnest build`.")
    out.data(restored.to_json(), lambda c: c.print("\n".join(lines), markup=False, soft_wrap=True))
    out.next(f"earnest doctor --workspace {target}")


def _row(one: Listed) -> tuple[str, ...]:
    held = one.manifest
    if held is None:
        return (one.path.name, "–", "–", "–", one.problem or "")
    state = "whole" if not held.faults else f"{len(held.faults)} faults of the workspace"
    return (one.path.name, f"{held.entries:,}", _size(held.size), "yes" if held.key else "no", state)


def _when(us: int) -> str:
    from earnest.kernel.period import moment_of

    return f"{moment_of(us):%Y-%m-%d %H:%M:%S} UTC"


def _size(count: int) -> str:
    """Bytes for people: `12.3 MB`."""
    power = next((n for n in range(1, 5) if count < 1_000 ** (n + 1)), 4) if count >= 1_000 else 0
    unit = ("B", "kB", "MB", "GB", "TB")[power]
    return f"{count / 1_000**power:,.1f} {unit}" if power else f"{count} {unit}"


COMMANDS = {"backup": group}
