"""Manage users and API keys. Each change is in the journal (`access.changed`: who, what, whom; nothing secret).

The entry is on disk before the change counts: there is no change without its entry. Killed between the two, the journal
tells of a change that was not made; the next look at the list shows it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from earnest.access.passwords import SALT_BYTES, check_password, hash_password
from earnest.access.principal import Principal
from earnest.access.records import ApiKey, User, check_name
from earnest.access.roles import check_scopes, role_scopes
from earnest.access.secret import ID_BYTES, SECRET_BYTES, digest, key_id_of, key_text, written
from earnest.access.store import Store
from earnest.channels.channel import channel_of
from earnest.definitions.state import State
from earnest.kernel.errors import EarnestError, NotFound, UsageError, closest
from earnest.usecases.access_attempts import forget_attempts
from earnest.usecases.workspace import Workspace

ACCESS_FILE = "access.db"
_DAY_US = 24 * 3600 * 1_000_000


class BeyondOwn(EarnestError):
    """Somebody would give more than he has himself. An admin can."""


@dataclass(frozen=True, slots=True)
class Administration:
    """Who manages which workspace's users and API keys."""

    workspace: Workspace
    store: Store
    by: Principal

    def record(self, what: str, whom: str, **facts: Any) -> None:
        """Journal a change."""
        self.workspace.record("access.changed", {"what": what, "whom": whom, "by": self.by.told(), **facts})

    def check_may_give(self, scopes: frozenset[str]) -> None:
        """Raise unless these scopes are among one's own.

        Raises:
            BeyondOwn: `beyond-own-scopes`.
        """
        beyond = sorted(scopes - self.by.scopes)
        if beyond:
            raise BeyondOwn(
                "beyond-own-scopes",
                f"who lacks {', '.join(beyond)} can neither give it nor change somebody who has it",
                hint="Ask an admin.",
            )


def open_access(workspace: Workspace) -> Store:
    """Open the workspace's users and API keys; the caller closes it.

    Raises:
        EnvironmentProblem: `access-unreadable`, `access-newer`.
    """
    return Store(workspace.path / ACCESS_FILE)


def add_user(admin: Administration, name: str, *, role: str, password: str) -> User:
    """Add a user.

    Raises:
        UsageError: `bad-name`, `no-such-role`, `weak-password`. Conflict: `user-exists`. BeyondOwn: `beyond-own-scopes`.
    """
    check_name(name)
    admin.check_may_give(role_scopes(role))
    kept = _hashed(admin, name, password)
    user = User(name, role, kept, admin.workspace.clock())
    with admin.store.changing():
        admin.store.add_user(user)
        admin.record("user-added", name, role=role)
    return user


def change_user(
    admin: Administration,
    name: str,
    *,
    role: str | None = None,
    password: str | None = None,
    disabled: bool | None = None,
) -> User:
    """Give a user another role or password, or disable or enable the user. The user's sessions end; waits are forgotten.

    Raises:
        NotFound: `no-such-user`. UsageError: `nothing-to-change`, `no-such-role`, `weak-password`.
        Conflict: `last-admin`.
        BeyondOwn: `beyond-own-scopes`.
    """
    if role is None and password is None and disabled is None:
        raise UsageError("nothing-to-change", "no change was asked for", hint="Give a role, a password or a state.")
    user = admin.store.find_user(name)
    admin.check_may_give(role_scopes(user.role) | role_scopes(role or user.role))
    kept = _hashed(admin, name, password) if password is not None else None
    now_us = admin.workspace.clock()
    with admin.store.changing():
        now = admin.store.find_user(name)
        changed = replace(
            now,
            role=role or now.role,
            password=kept or now.password,
            disabled_us=now.disabled_us if disabled is None else (now.disabled_us or now_us) if disabled else None,
        )
        admin.store.change_user(changed)
        forget_attempts(admin.store, name)
        if role is not None:
            admin.record("user-role-changed", name, role=role, role_before=now.role)
        if kept is not None:
            admin.record("user-password-changed", name)
        if disabled is not None:
            admin.record("user-disabled" if disabled else "user-enabled", name)
    return changed


def create_key(
    admin: Administration,
    name: str,
    *,
    scopes: Iterable[str],
    source: str | None = None,
    days: int | None = None,
) -> tuple[ApiKey, str]:
    """Make an API key.

    Args:
        source: the one source it may write to; what sends events needs one. With `access:manage`, `events:write` needs
            none: such a key sends nothing, and may give the scope to others.
        days: from now until it expires; None: it does not.

    Returns:
        The key as it is kept, and its text, which cannot be shown again.

    Raises:
        UsageError: `bad-name`, `no-scope`, `no-such-scope`, `scope-without-source`, `key-without-source`,
            `source-takes-no-keys`, `bad-expiry`.
        NotFound: `no-such-source`, also if it is disabled. Conflict: `key-exists`. BeyondOwn: `beyond-own-scopes`.
    """
    check_name(name)
    wanted = check_scopes(scopes)
    admin.check_may_give(wanted)
    _check_source(admin.workspace.state(), wanted, source)
    if days is not None and not 0 < days <= 3650:
        raise UsageError("bad-expiry", f"a key cannot expire after {days} days", hint="1 to 3650, or never.")
    now_us = admin.workspace.clock()
    key_id = written(secrets.token_bytes(ID_BYTES))
    text = key_text(key_id, secrets.token_bytes(SECRET_BYTES))
    expires_us = now_us + days * _DAY_US if days is not None else None
    key = ApiKey(key_id, name, digest(text), wanted, source, now_us, admin.by.name, expires_us)
    with admin.store.changing():
        admin.store.add_key(key)
        admin.record("key-created", name, key=key_id, scopes=sorted(wanted), source=source, expires_us=expires_us)
    return key, text


def _check_source(state: State, wanted: frozenset[str], source: str | None) -> None:
    """Raise if the key would open nothing: no source to send to, or one that keys do not write to."""
    if source is None:
        if SENDING in wanted and "access:manage" not in wanted:
            raise UsageError(
                "key-without-source",
                f"a key with {SENDING} sends to one source, and none is named",
                hint=f"{_NEW_SOURCE} Then name it: --scope {SENDING} --source NAME, for a key that has no other scope.",
            )
        return
    if wanted != {SENDING}:
        raise UsageError(
            "scope-without-source",
            "a key for one source may send events and nothing else",
            hint="Make another key for the other scopes, or leave the source out.",
        )
    found = state.find_source(source)
    if not channel_of(found.channel).takes_keys:
        raise UsageError(
            "source-takes-no-keys",
            f"'{source}' receives what {channel_of(found.channel).label} sends; no API key writes to it",
            hint=f"Name another source, or declare one. {_NEW_SOURCE}",
        )
    if not found.enabled:
        raise NotFound(
            "no-such-source",
            f"the source '{source}' is disabled",
            hint=f"Declare it again: earnest source add {source} --as {found.channel}",
        )


SENDING = "events:write"
_NEW_SOURCE = "Sources that keys write to: earnest source add NAME --as events (or segment)."


def find_key(store: Store, named: str, *, now_us: int) -> ApiKey:
    """The key of a public id, of a key's beginning (``ek_k3v9q2xa``), of itself or of a name; the live one of a name's.

    Raises:
        NotFound: `no-such-key`.
    """
    keys = sorted(store.api_keys(), key=lambda key: not key.live(now_us))
    for key in keys:
        if key_id_of(named) == key.id or named in (key.id, f"ek_{key.id}", key.name):
            return key
    near = closest(named, (key.name for key in keys))
    raise NotFound("no-such-key", f"there is no such API key{near}", hint="See `earnest key list`.")


def revoke_key(admin: Administration, named: str) -> ApiKey:
    """Revoke a key: its next request is refused. Twice is as good as once.

    Raises:
        NotFound: `no-such-key`.
    """
    now_us = admin.workspace.clock()
    key = find_key(admin.store, named, now_us=now_us)
    if key.revoked_us is not None:
        return key
    with admin.store.changing():
        admin.store.revoke_key(key.id, now_us)
        admin.record("key-revoked", key.name, key=key.id)
    return replace(key, revoked_us=now_us)


def _hashed(admin: Administration, name: str, password: str) -> str:
    check_password(password, names=(name, admin.workspace.path.resolve().name))
    return hash_password(password, secrets.token_bytes(SALT_BYTES))
