"""Who calls: a user, an API key, the operator at the machine, or nobody; with what that one may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earnest.access.roles import SCOPES

Kind = Literal["user", "key", "operator", "nobody"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, as found by session or API key.

    Args:
        kind: ``operator`` is whoever works at the command line, and so with the workspace's files.
        name: of the user or of the key. scopes: what may be done now (`access.roles.SCOPES`).
        workspace: where these scopes hold; None for nobody.
        source: the one source an API key may write to; None for any.
        key_id: public part of the API key.
    """

    kind: Kind
    name: str
    scopes: frozenset[str]
    workspace: str | None = None
    source: str | None = None
    key_id: str | None = None

    def may_write_to(self, source: str) -> bool:
        """Whether this one may send events to a source."""
        return "events:write" in self.scopes and self.source in (None, source)

    def told(self) -> dict[str, str]:
        """Who it is, for the journal and for logs: no secret."""
        return {"kind": self.kind, "name": self.name} | ({"key": self.key_id} if self.key_id else {})


NOBODY = Principal("nobody", "", frozenset())


def operator(name: str) -> Principal:
    """Whoever works at the machine under this account of the operating system."""
    return Principal("operator", name, frozenset(SCOPES))
