"""Sign in, sign out, change one's own password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from earnest.access.identify import ABSOLUTE_US
from earnest.access.passwords import SALT_BYTES, check_password, hash_password, matches, outdated
from earnest.access.principal import Principal
from earnest.access.records import Session, User
from earnest.access.roles import role_scopes
from earnest.access.secret import SECRET_BYTES, digest, written
from earnest.access.store import Store
from earnest.usecases.access_attempts import begin_attempt, take_back
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. Its id is a secret: it goes into the cookie and nowhere else."""

    session_id: str
    principal: Principal


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """The attempt failed: for a wrong name, a wrong password and a disabled user alike; or it must wait so long."""

    wait_us: int = 0


def sign_in(
    workspace: Workspace, store: Store, name: str, password: str, *, address: str, before: str | None = None, place: str
) -> SignedIn | NotSignedIn:
    """Begin a session.

    Args:
        address: where the attempt comes from. before: session id that the browser has had; it ends.
        place: name of the served workspace.
    """
    user = _user_of(workspace, store, name, password, address=address)
    if not isinstance(user, User):
        return user
    now_us = workspace.clock()
    session_id = written(secrets.token_bytes(SECRET_BYTES))
    rehashed = hash_password(password, secrets.token_bytes(SALT_BYTES)) if outdated(user.password) else None
    with store.changing():
        now = store.user(user.name)
        if now is None or now.disabled_us is not None or now.password != user.password:
            return NotSignedIn()
        if rehashed is not None:
            store.change_user(replace(now, password=rehashed), end_sessions=False)
        if before is not None:
            store.end_session(digest(before))
        store.add_session(Session(digest(session_id), user.name, now_us, now_us, now_us + ABSOLUTE_US))
        take_back(store, name, address)
    return SignedIn(session_id, Principal("user", user.name, role_scopes(now.role), place))


def sign_out(store: Store, session_id: str) -> None:
    """End a session."""
    with store.changing():
        store.end_session(digest(session_id))


def change_own_password(
    workspace: Workspace, store: Store, principal: Principal, *, current: str, new: str, address: str
) -> User | NotSignedIn:
    """Change one's password; all of one's sessions end.

    Raises:
        UsageError: `weak-password`.
    """
    check_password(new, names=(principal.name, workspace.path.resolve().name))
    user = _user_of(workspace, store, principal.name, current, address=address)
    if not isinstance(user, User):
        return user
    kept = hash_password(new, secrets.token_bytes(SALT_BYTES))
    with store.changing():
        changed = replace(store.find_user(user.name), password=kept)
        store.change_user(changed)
        take_back(store, user.name, address)
        body = {"what": "user-password-changed", "whom": user.name, "by": principal.told()}
        workspace.record("access.changed", body)
    return changed


def _user_of(workspace: Workspace, store: Store, name: str, password: str, *, address: str) -> User | NotSignedIn:
    """The user whose name and password these are, disabled or not."""
    wait_us = begin_attempt(store, name, address, now_us=workspace.clock())
    if wait_us:
        return NotSignedIn(wait_us)
    user = store.user(name)
    fits = matches(password, user.password if user else None)
    return user if user is not None and fits else NotSignedIn()
