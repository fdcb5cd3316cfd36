"""Words around numbers and names: one order, two orders; l2 before l10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 order`, `2,000 orders`; `many` where an s does not make it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """What names are sorted by, so that `l2` stands before `l10`; names that differ by zeros alone (`l02`) by the text.

    Example:
        >>> sorted(["l10", "l2", "l1"], key=natural)
        ['l1', 'l2', 'l10']
    """
    parts = _DIGITS.split(name)
    return (*((int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)), (0, name))
