"""Keys from content, in Python; importers compute the same ones in SQL (a test compares them).

A key is the first 64 bits of SHA-256, as a signed integer, over text that names its namespace. A contact key is the
first 64 bits of HMAC-SHA-256 with the workspace's own key: without the key, nobody finds a number by trying numbers.
At 100 million messages the chance of any two ids sharing a key is about 0.03 %; for contacts the full digest is kept
and a collision refused.
"""

from __future__ import annotations

import hashlib
import hmac

CANONICALISATION = 2
"""Version of the identity rules: part of every segment's key, so that better rules write new segments."""


def _first_64_bits(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def content_key(text: str) -> int:
    """64-bit key of a namespaced text such as ``message:files:wamid.HBg…``."""
    return _first_64_bits(hashlib.sha256(text.encode()).digest())


def contact_digest(workspace_key: bytes, identity: str) -> bytes:
    """Full keyed digest of a canonical identity such as ``tel:+4915112345678`` or ``mailto:a@example.org``."""
    return hmac.new(workspace_key, identity.encode(), hashlib.sha256).digest()


def contact_key(workspace_key: bytes, identity: str) -> int:
    """64-bit contact key of a canonical identity."""
    return _first_64_bits(contact_digest(workspace_key, identity))
