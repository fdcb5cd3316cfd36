"""What the access store holds: users, sessions, API keys. Hashes never show in a repr."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from earnest.kernel.errors import UsageError

NAME = re.compile(r"[a-z][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class User:
    """A person. Instants are microseconds since the epoch.

    Args:
        password: argon2id hash. disabled_us: since when the user may not sign in; None may.
    """

    name: str
    role: str
    password: str = field(repr=False)
    created_us: int
    disabled_us: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A user who signed in.

    Args:
        digest: SHA-256 of the session id. seen_us: last use that was written down. until_us: absolute end.
    """

    digest: bytes = field(repr=False)
    user: str
    created_us: int
    seen_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key.

    Args:
        id: its public part. digest: SHA-256 of the whole key. source: the one source it may write to; None for any.
        created_by: who made it. used_us: last use that was written down.
    """

    id: str
    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[str]
    source: str | None
    created_us: int
    created_by: str
    expires_us: int | None = None
    revoked_us: int | None = None
    used_us: int | None = None

    def live(self, now_us: int) -> bool:
        """Whether it opens anything now."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


def check_name(name: str) -> str:
    """The name of a user or of an API key, if it is one. It is not in the error: it may be a mail address, or a password.

    Raises:
        UsageError: `bad-name`.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            "bad-name",
            "this is no name for a user or an API key",
            hint="A lower-case letter first, then lower-case letters, digits, dot, - and _, at most 63; no mail addresses.",
        )
    return name
