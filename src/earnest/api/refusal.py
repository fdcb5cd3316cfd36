"""Refusals at the door: nobody known (401), not allowed (403), too many (429); with the headers HTTP wants beside them."""

from __future__ import annotations

from typing import ClassVar

from earnest.kernel.errors import EarnestError


class Refusal(EarnestError):
    """A request that no use case gets to see."""

    status: ClassVar[int] = 403

    @property
    def headers(self) -> dict[str, str]:
        """What the answer's head must say."""
        return {}


class NotIdentified(Refusal):
    """Nobody that the workspace knows. Sign in, or send a valid API key."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        error = ', error="invalid_token"' if self.code in {"unknown-key", "expired-key", "revoked-key"} else ""
        return {"www-authenticate": f'Bearer realm="earnest"{error}'}


class NotAllowed(Refusal):
    """Somebody known, who may not do this. Ask an admin for the scope, if one is named."""

    @property
    def headers(self) -> dict[str, str]:
        scope = self.facts.get("scope")
        told = f'Bearer realm="earnest", error="insufficient_scope", scope="{scope}"'
        return {"www-authenticate": told} if scope else {}


class TooMany(Refusal):
    """More requests than one caller may make. Wait as long as `Retry-After` says."""

    status = 429

    @property
    def headers(self) -> dict[str, str]:
        return {"retry-after": str(self.facts["wait_s"])}


def too_many(wait_s: int, what: str = "requests") -> TooMany:
    """The refusal of a caller who must wait."""
    return TooMany(
        "too-many-requests",
        f"too many {what}; the next one is answered in {wait_s} s",
        hint="Wait as long as Retry-After says, and send less often.",
        wait_s=wait_s,
    )
