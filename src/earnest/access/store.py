"""Users, sessions, API keys and failed attempts of a workspace: `access.db`, SQLite, readable by its owner alone.

Nothing in it opens anything: passwords are argon2id hashes, session ids and API keys are SHA-256 digests. Every change is
on disk when it is answered, and other processes see it with their next look: no copy of a permission is kept in memory.
Two connections: a look-up never waits for a write.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from earnest.access.lockout import FORGOTTEN_US, Lockout
from earnest.access.records import ApiKey, Session, User
from earnest.access.roles import ADMIN
from earnest.access.uses import Uses
from earnest.kernel.errors import Conflict, EnvironmentProblem, NotFound, closest

FORMAT = 1
BUSY_MS = 30_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, created_us INTEGER NOT NULL, disabled_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    digest BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES user (name), created_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL, until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS api_key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, scopes TEXT NOT NULL, source TEXT,
    created_us INTEGER NOT NULL, created_by TEXT NOT NULL, expires_us INTEGER, revoked_us INTEGER, used_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt (
    who BLOB PRIMARY KEY, failures INTEGER NOT NULL, last_us INTEGER NOT NULL, locked_until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


class Store:
    """Handle on a workspace's access file; made if there is none. Close it, or use it as a context manager.

    Raises:
        EnvironmentProblem: `access-unreadable`, `access-newer`.
    """

    def __init__(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = _connect(path)
            written = int(self._db.pragma("user_version"))
            if written < FORMAT:
                with self._db:
                    self._db.execute(_SCHEMA)
                    self._db.execute(f"PRAGMA user_version={FORMAT}")
            self._reader = _connect(path)
            self._reader.execute("PRAGMA query_only=ON")
        except (apsw.Error, OSError) as error:
            raise EnvironmentProblem(
                "access-unreadable",
                f"the file of users and API keys {path} cannot be opened: {error}",
                hint="Check its permissions and the space left, or restore it from a backup.",
            ) from error
        if written > FORMAT:
            raise EnvironmentProblem(
                "access-newer", f"{path} was written by a newer version of Earnest", hint="Upgrade Earnest."
            )
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._uses = Uses()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write down the last uses, and let go of the file."""
        self.note_uses()
        with self._writing, self._reading:
            self._reader.close()
            self._db.close()

    def user(self, name: str) -> User | None:
        row = self._row(f"SELECT {_USER} FROM user WHERE name = ?", (name,))
        return User(*row) if row else None

    def find_user(self, name: str) -> User:
        """Look up a user.

        Raises:
            NotFound: `no-such-user`.
        """
        user = self.user(name)
        if user is None:
            near = closest(name, (one.name for one in self.users()))
            raise NotFound("no-such-user", f"there is no such user{near}", hint="See `earnest user list`.")
        return user

    def users(self) -> list[User]:
        """Everybody, by name."""
        return [User(*row) for row in self._rows(f"SELECT {_USER} FROM user ORDER BY name")]

    def session(self, digest: bytes) -> tuple[Session, User] | None:
        """A session and its user, with the last use that this process knows of."""
        row = self._row(f"SELECT {_SESSION}, {_USER_OF} FROM session AS s JOIN user AS u ON u.name = s.user WHERE s.digest = ?", (digest,))  # fmt: skip
        if not row:
            return None
        _, name, created_us, seen_us, until_us = row[:5]
        return Session(digest, name, created_us, self._uses.latest(digest, seen_us), until_us), User(*row[5:])

    def api_key(self, key_id: str) -> ApiKey | None:
        row = self._row(f"SELECT {_KEY} FROM api_key WHERE id = ?", (key_id,))
        return self._kept_key(row) if row else None

    def api_keys(self) -> list[ApiKey]:
        """Every API key there ever was, newest first."""
        rows = self._rows(f"SELECT {_KEY} FROM api_key ORDER BY created_us DESC, id")
        return [self._kept_key(row) for row in rows]

    def _kept_key(self, row: tuple[Any, ...]) -> ApiKey:
        key_id, name, digest, scopes, source, created_us, created_by, expires_us, revoked_us, used_us = row
        seen_us = self._uses.latest(key_id, used_us) or None
        held = frozenset(scopes.split())
        return ApiKey(
            key_id, name, bytes(digest), held, source, created_us, created_by, expires_us, revoked_us, seen_us
        )

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """One change: all of what is done inside, or nothing.

        Raises:
            EnvironmentProblem: `access-unwritable`: nothing was changed.
        """
        try:
            with self._writing, self._db:
                yield
        except apsw.Error as error:
            raise EnvironmentProblem(
                "access-unwritable",
                f"users and API keys could not be changed: {error}",
                hint="Nothing was changed. Make room on the disk, or wait for the other process, and try again.",
            ) from error

    def add_user(self, user: User) -> None:
        """Raises Conflict `user-exists`."""
        if self._write("SELECT 1 FROM user WHERE name = ?", (user.name,)):
            raise Conflict("user-exists", f"there is a user '{user.name}' already", hint="Choose another name.")
        self._write(
            "INSERT INTO user VALUES (?, ?, ?, ?, ?)",
            (user.name, user.role, user.password, user.created_us, user.disabled_us),
        )

    def change_user(self, user: User, *, end_sessions: bool = True) -> None:
        """Put a user's new role, password or state in place of the old one, and end the sessions.

        Raises:
            Conflict: `last-admin`: there would be no admin left who can sign in.
        """
        self._write(
            "UPDATE user SET role = ?, password = ?, disabled_us = ? WHERE name = ?",
            (user.role, user.password, user.disabled_us, user.name),
        )
        able = user.role == ADMIN and user.disabled_us is None
        if not able and not self._write("SELECT 1 FROM user WHERE role = ? AND disabled_us IS NULL LIMIT 1", (ADMIN,)):
            raise Conflict(
                "last-admin",
                f"'{user.name}' would leave the workspace without an admin",
                hint="Make somebody else an admin first: earnest user role NAME admin",
            )
        if end_sessions:
            self.end_sessions(user.name)

    def add_session(self, session: Session) -> None:
        """Keep a session; those that are over are forgotten."""
        self._write("DELETE FROM session WHERE until_us < ?", (session.created_us,))
        self._write(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?)",
            (session.digest, session.user, session.created_us, session.seen_us, session.until_us),
        )

    def end_session(self, digest: bytes) -> None:
        self._write("DELETE FROM session WHERE digest = ?", (digest,))

    def end_sessions(self, user: str) -> None:
        self._write("DELETE FROM session WHERE user = ?", (user,))

    def add_key(self, key: ApiKey) -> None:
        """Raises Conflict `key-exists`: a live key has the name (or, once in 10^12, the id)."""
        taken = self._write(
            "SELECT 1 FROM api_key WHERE id = ? OR (name = ? AND revoked_us IS NULL"
            " AND (expires_us IS NULL OR expires_us > ?)) LIMIT 1",
            (key.id, key.name, key.created_us),
        )
        if taken:
            raise Conflict(
                "key-exists",
                f"there is an API key '{key.name}' already",
                hint="Choose another name, or revoke it first.",
            )
        self._write(
            "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key.id, key.name, key.digest, " ".join(sorted(key.scopes)), key.source, key.created_us, key.created_by,
             key.expires_us, key.revoked_us, key.used_us),
        )  # fmt: skip

    def revoke_key(self, key_id: str, now_us: int) -> None:
        self._write("UPDATE api_key SET revoked_us = ? WHERE id = ? AND revoked_us IS NULL", (now_us, key_id))

    def attempt(self, who: bytes, lockout: Lockout, now_us: int) -> int:
        """Count an attempt as failed, unless it must wait. Inside `changing`.

        Returns:
            Microseconds to wait; 0: go on, and take the failure back if the password fits.
        """
        rows = self._write("SELECT failures, last_us, locked_until_us FROM attempt WHERE who = ?", (who,))
        failures, last_us, locked_until_us = rows[0] if rows else (0, now_us, 0)
        if now_us < locked_until_us <= now_us + lockout.longest_us:  # beyond that, the clock was set back
            return int(locked_until_us - now_us)
        failures = 1 if now_us - last_us > FORGOTTEN_US else failures + 1
        self._write("DELETE FROM attempt WHERE last_us < ?", (now_us - FORGOTTEN_US,))
        self._write(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?)",
            (who, failures, now_us, now_us + lockout.wait_us(failures)),
        )
        return 0

    def take_back_attempt(self, who: bytes) -> None:
        """One attempt less, and no wait: it was right."""
        self._write("UPDATE attempt SET failures = failures - 1, locked_until_us = 0 WHERE who = ?", (who,))

    def forget_attempts(self, who: bytes) -> None:
        self._write("DELETE FROM attempt WHERE who = ?", (who,))

    def noticed(self, what: str | bytes, now_us: int) -> None:
        """Remember that a key (by id) or a session (by digest) was used."""
        self._uses.notice(what, now_us)

    def uses_due(self, now_us: int) -> bool:
        """Whether it is time for `note_uses`."""
        return self._uses.due(now_us)

    def note_uses(self) -> None:
        """Write down the last uses since the last time. A full disk keeps nobody out: they stay for the next time."""
        used = self._uses.take()
        keys = [(at_us, what) for what, at_us in used.items() if isinstance(what, str)]
        sessions = [(at_us, what) for what, at_us in used.items() if isinstance(what, bytes)]
        try:
            with self._writing, self._db:
                self._db.executemany("UPDATE api_key SET used_us = max(ifnull(used_us, 0), ?) WHERE id = ?", keys)
                self._db.executemany("UPDATE session SET seen_us = max(seen_us, ?) WHERE digest = ?", sessions)
        except apsw.Error:
            self._uses.put_back(used)

    def _row(self, sql: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        rows = self._rows(sql, values)
        return rows[0] if rows else None

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._reading:
            return list(self._reader.execute(sql, values))

    def _write(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return list(self._db.execute(sql, values))


_USER = "name, role, password, created_us, disabled_us"
_USER_OF = "u.name, u.role, u.password, u.created_us, u.disabled_us"
_SESSION = "s.digest, s.user, s.created_us, s.seen_us, s.until_us"
_KEY = "id, name, digest, scopes, source, created_us, created_by, expires_us, revoked_us, used_us"


def _connect(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path))
    db.set_busy_timeout(BUSY_MS)
    db.transaction_mode = "IMMEDIATE"
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")
    db.execute("PRAGMA secure_delete=ON")
    return db
