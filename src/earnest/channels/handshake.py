"""The GET by which a provider asks whether an endpoint is ours."""

from __future__ import annotations

import hmac
from collections.abc import Mapping


def meta_challenge(query: Mapping[str, str], token: str | None) -> str | None:
    """Meta's handshake: the bare challenge if the verify token is ours, else None.

    Source: Meta, "Create a webhook endpoint", read 2025-12.
    """
    said = query.get("hub.verify_token")
    if token is None or said is None or query.get("hub.mode") != "subscribe":
        return None
    fits = hmac.compare_digest(said.encode(errors="replace"), token.encode(errors="replace"))
    challenge = query.get("hub.challenge")
    return challenge if fits and challenge and challenge.isascii() and challenge.isprintable() else None
