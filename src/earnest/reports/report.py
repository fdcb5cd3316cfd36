"""A report on its way to a printer: what is said, and the numbers behind it where the reader may have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from earnest.reports.blocks import Block, Title
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.reports.workings import Workings

NOT_IN_XML = {ord(c): f"‹U+{ord(c):04X}›" for c in "\ufffe\uffff"}


@dataclass(frozen=True, slots=True)
class Report:
    """What every printer takes.

    Args:
        blocks: what is said, in order, worded for one language and one audience.
        words: that language.
        created: when the report was made, with its zone: the only time a file carries, so that equal reports are equal bytes.
        workings: numbers behind the blocks, for files that compute. None where the reader sees the blocks alone,
            for example where internal costs are hidden from a client.
        told: the subject's own JSON, as the API tells it. None for the same reason.
    """

    blocks: tuple[Block, ...]
    words: Words
    created: datetime
    workings: Workings | None = None
    told: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError(f"a report is made at a moment with a zone, not at {self.created.isoformat()}")

    @property
    def title(self) -> str:
        """Name and kind, as they stand in a window's title."""
        return next((f"{block.name} · {block.kind}" for block in self.blocks if isinstance(block, Title)), "Earnest")


def legal(text: str) -> str:
    """A text that any file may hold: controls, direction changes and what XML refuses are made visible.

    Example:
        >>> legal("win\\u202eback\\ufffe")
        'win‹U+202E›back‹U+FFFE›'
    """
    return plain(text).translate(NOT_IN_XML)
