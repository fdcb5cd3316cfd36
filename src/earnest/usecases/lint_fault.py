"""What a lint rule finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, with its sizes, and what to do about it. `level`: other than the rule's own, if this one is lighter or graver."""

    what: str
    remedy: str
    level: Level | None = None
    facts: dict[str, Any] = field(default_factory=dict)
