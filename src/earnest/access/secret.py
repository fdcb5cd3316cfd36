"""Secrets that Earnest hands out: session ids and API keys. Random, shown once, kept as SHA-256.

    ek_k3v9q2xa_7m5c…       an API key: mark, public id (lists show it), secret of 160 bits

Their strength is their length, so a fast hash will do. What people think up themselves is in `passwords`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

ID_BYTES = 5
"""Random bytes of a key's public id: 8 characters."""
SECRET_BYTES = 20
"""Random bytes of a secret: 160 bits, 32 characters."""

_KEY = re.compile(r"ek_([a-z2-7]{8})_[a-z2-7]{32}")
_SESSION = re.compile(r"[a-z2-7]{32}")


def written(random: bytes) -> str:
    """Random bytes as lower-case letters and digits: what can be selected with a double click and read out."""
    return base64.b32encode(random).decode().lower().rstrip("=")


def key_text(key_id: str, random: bytes) -> str:
    """An API key as its holder gets it."""
    return f"ek_{key_id}_{written(random)}"


def key_id_of(text: str) -> str | None:
    """The public id of what is written like an API key, else None."""
    found = _KEY.fullmatch(text)
    return found[1] if found else None


def is_session_id(text: str) -> bool:
    """Whether this is written like a session id."""
    return _SESSION.fullmatch(text) is not None


def digest(text: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(text.encode()).digest()


def csrf_token(session_id: str) -> str:
    """The token that a page of the session sends along with each change.

    It follows from the session id, which a page of another origin can neither read nor guess, and does not give it away.
    """
    return hmac.new(session_id.encode(), b"earnest csrf token", hashlib.sha256).hexdigest()[:40]


def same(one: bytes | str, other: bytes | str) -> bool:
    """Compare in constant time."""
    left, right = (value.encode() if isinstance(value, str) else value for value in (one, other))
    return hmac.compare_digest(left, right)
