"""Passwords: what is accepted, and how they are kept (argon2id, the second choice of RFC 9106: 64 MiB, 3 passes, 4 lanes).

Length is what counts: at least 8 characters (15 are better), no rules of composition, and none that everybody tries first
(NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 V6.2).
"""

from __future__ import annotations

import functools
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from earnest.kernel.data_file import data_rows
from earnest.kernel.errors import UsageError

LENGTH_MIN = 8
LENGTH_ADVISED = 15
LENGTH_MAX = 256
"""Longer ones cost time to hash and protect nothing more."""
SALT_BYTES = 16

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_AT_ONCE = threading.Semaphore(2)
"""Hashes made at the same time: each takes 64 MiB, and who asks for many must not take the machine."""


def check_password(password: str, *, names: tuple[str, ...]) -> None:
    """Refuse a password that is short, or among the first that anybody would try.

    Args:
        names: the user's name, the workspace's: a password that is one of them, or one of them with digits, is refused.

    Raises:
        UsageError: `weak-password`. The password is not in the error.
    """
    text = _normal(password)
    why = None
    if len(text) < LENGTH_MIN:
        why = f"the password is shorter than {LENGTH_MIN} characters"
    elif len(text) > LENGTH_MAX:
        why = f"the password is longer than {LENGTH_MAX} characters"
    elif text.casefold() in _common() or len(set(text)) < 4:
        why = "the password is among the commonest ones"
    elif _core(text) in {_core(name) for name in (*names, "earnest", "password")} - {""}:
        why = "the password is made of a name that anybody knows"
    if why is not None:
        raise UsageError(
            "weak-password", why, hint=f"Take {LENGTH_ADVISED} characters or more, such as four or five words."
        )


def hash_password(password: str, salt: bytes) -> str:
    """What is kept of a password: argon2id, with its parameters and salt.

    Args:
        salt: `SALT_BYTES` random bytes.
    """
    with _AT_ONCE:
        return _HASHER.hash(_bytes(_normal(password)), salt=salt)


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password. Without a kept hash it takes as long, and is False: nobody learns which users exist."""
    text = _bytes(_normal(password[: LENGTH_MAX + 1]))
    with _AT_ONCE:
        try:
            if kept is not None:
                return _HASHER.verify(kept, text)
            _HASHER.hash(text, salt=b"nobody's salt 16")
        except (VerificationError, InvalidHashError):
            pass
        return False


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(row["password"] for row in data_rows("earnest.access", "common_passwords.csv"))


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def _bytes(text: str) -> bytes:
    """What is hashed; half a character, which JSON can hold, is no reason to fail."""
    return text.encode("utf-8", "surrogatepass")


def _core(text: str) -> str:
    """Letters alone, without case: `Anna_2026!` is `anna`."""
    return "".join(c for c in text.casefold() if c.isalpha())
