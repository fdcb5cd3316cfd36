"""A workspace: a folder with one brand's journal, files, events and tables.

journal.db        truth                       workspace.key   secret of the contact keys (0600; in backups)
files/            imported files by hash      events/ tables/ disposable Parquet
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from earnest.definitions.fold import fold
from earnest.definitions.folding import Folding
from earnest.definitions.state import State
from earnest.journal.log import Entry, Journal
from earnest.kernel.durable import sync_folder
from earnest.kernel.errors import Conflict, EnvironmentProblem, NotFound, UsageError
from earnest.kernel.money import exponent
from earnest.kernel.period import day_of, local_day, moment_of, zone


def wall_clock_us() -> int:
    """Now, in microseconds since the epoch."""
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Workspace:
    """Handle on an opened workspace; pass it to the use cases. `clock` gives microseconds and can be fixed."""

    path: Path
    clock: Callable[[], int] = field(default=wall_clock_us, compare=False)
    folding: Folding = field(default_factory=Folding, init=False, compare=False, repr=False)

    @property
    def events(self) -> Path:
        return self.path / "events"

    @property
    def tables(self) -> Path:
        return self.path / "tables"

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def spill(self) -> Path:
        return self.path / "tables" / ".spill"

    def journal(self) -> Journal:
        """Open the journal; the caller closes it."""
        return Journal(self.path / "journal.db", clock=self.clock)

    def state(self, as_of_us: int | None = None) -> State:
        """What was declared up to an instant (now, if None). Do not change it: the next who asks may be given the same.

        Raises:
            UsageError: `before-workspace`. NotFound: `no-workspace`, if its creation was cut short.
        """
        with self.journal() as journal:
            state = self.folding.state(journal) if as_of_us is None else fold(journal.declared(until_us=as_of_us))
        if as_of_us is None and not state.currency:
            raise NotFound(
                "no-workspace",
                f"the creation of the workspace in {self.path} was cut short",
                hint="Create it again: earnest init DIR --currency EUR --timezone Europe/Berlin",
            )
        if as_of_us is not None and not state.currency:
            moment = moment_of(as_of_us).isoformat(timespec="seconds")
            raise UsageError(
                "before-workspace", f"the workspace did not exist yet at {moment}", hint="Ask for a later time."
            )
        return state

    def record(self, kind: str, body: dict[str, Any], *, dedupe_key: str | None = None, source: str = "user") -> Entry:
        """Journal something that Earnest or its user decided."""
        with self.journal() as journal:
            text = json.dumps(body, sort_keys=True, ensure_ascii=False)
            return journal.append(kind, text.encode(), source=source, received_us=self.clock(), dedupe_key=dedupe_key)

    def key(self) -> bytes:
        """The secret of the contact keys.

        Raises:
            EnvironmentProblem: `workspace-key-missing`: without it no new event could meet an old contact.
        """
        try:
            return bytes.fromhex((self.path / KEY_FILE).read_text().strip())
        except FileNotFoundError as error:
            raise EnvironmentProblem(
                "workspace-key-missing",
                f"{self.path / KEY_FILE} is missing; without it contacts cannot be recognised",
                hint="Restore it from a backup. Nothing was changed.",
            ) from error

    def today(self, state: State) -> date:
        """The business day of now."""
        return day_of(local_day(self.clock(), zone(state.timezone)))

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.fromtimestamp(self.clock() / 1_000_000, UTC)


KEY_FILE = "workspace.key"


def init(path: Path, *, currency: str, timezone: str, clock: Callable[[], int] = wall_clock_us) -> Workspace:
    """Create a workspace. Its currency and time zone are the journal's first entry and never change.

    Raises:
        Conflict: `workspace-exists`. UsageError: `unknown-currency`, `unknown-timezone`.
    """
    exponent(currency)
    zone(timezone)
    if (path / "journal.db").exists() and _begun(path):
        raise Conflict(
            "workspace-exists", f"{path} already holds a workspace", hint="Choose another folder.", path=str(path)
        )
    if path.exists() and not path.is_dir():
        raise UsageError("not-a-folder", f"{path} is a file", hint="Choose another folder.")
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o700)  # what comes in is kept as it came: people's numbers and words
    handle = os.open(path / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path)
    workspace = Workspace(path, clock)
    workspace.record(
        "workspace.created", {"currency": currency, "timezone": timezone, "format": 1}, dedupe_key="workspace.created"
    )
    return workspace


def _begun(path: Path) -> bool:
    """Whether the journal has its first entry: without it, the creation was cut short and can be done again."""
    with Journal(path / "journal.db") as journal:
        return next(journal.entries(), None) is not None


def open_workspace(path: str | Path, *, clock: Callable[[], int] = wall_clock_us) -> Workspace:
    """Open an existing workspace.

    Raises:
        NotFound: `no-workspace`.
    """
    folder = Path(path)
    if not (folder / "journal.db").is_file():
        raise NotFound(
            "no-workspace",
            f"there is no workspace in {folder.resolve()}",
            hint="Name yours with --workspace DIR, or create one: earnest init DIR --currency EUR --timezone Europe/Berlin",
        )
    return Workspace(folder, clock)
