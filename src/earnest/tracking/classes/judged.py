"""What is judged of one click."""

from __future__ import annotations

from typing import NamedTuple

HUMAN, PREVIEW, PREFETCH, BOT, UNKNOWN = "human", "preview", "prefetch", "bot", "unknown"

CLASSES = (HUMAN, PREVIEW, PREFETCH, BOT, UNKNOWN)


class Judged(NamedTuple):
    """What one request for a link was.

    Args:
        click_class: one of `CLASSES`. reason: code of the rule that decided, of `rules.RULES`.
    """

    click_class: str
    reason: str
