"""Who it is that shows a session id or an API key, now.

Looked up for each request: a session that was ended, a user who was disabled, a key that was revoked open nothing from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earnest.access.principal import Principal
from earnest.access.roles import role_scopes
from earnest.access.secret import digest, is_session_id, key_id_of, same
from earnest.access.store import Store

_HOUR = 3600 * 1_000_000
IDLE_US = 12 * _HOUR
"""A session unused for so long is over: a working day's pause, not a night and a day."""
ABSOLUTE_US = 7 * 24 * _HOUR
"""A session is over after so long, used or not."""

Why = Literal["unknown", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Refused:
    """What was shown opens nothing. `why` may be told: only who has the right secret learns more than ``unknown``."""

    why: Why


def by_key(store: Store, text: str, *, workspace: str, now_us: int) -> Principal | Refused:
    """Who an API key is."""
    key_id = key_id_of(text)
    key = store.api_key(key_id) if key_id else None
    if key is None or not same(key.digest, digest(text)):
        return Refused("unknown")
    if not key.live(now_us):
        return Refused("revoked" if key.revoked_us is not None else "expired")
    store.noticed(key.id, now_us)
    return Principal("key", key.name, key.scopes, workspace, key.source, key.id)


def by_session(store: Store, session_id: str, *, workspace: str, now_us: int) -> Principal | Refused:
    """Who a session is; the scopes are those of the user's role now."""
    found = store.session(digest(session_id)) if is_session_id(session_id) else None
    if found is None:
        return Refused("unknown")
    session, user = found
    if user.disabled_us is not None:
        return Refused("revoked")
    if now_us >= min(session.until_us, session.seen_us + IDLE_US):
        return Refused("expired")
    store.noticed(session.digest, now_us)
    return Principal("user", user.name, role_scopes(user.role), workspace)
