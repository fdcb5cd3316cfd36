"""Blocks as plain data: what a snapshot keeps beside the page that was printed of them.

Every part is an object that names its type under `block`; texts stand as they were worded. What only a printer needs (how an axis words its ticks) is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from earnest.reports.blocks import Block


def frozen(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON values, in order."""
    return [_plain(block) for block in blocks]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: getattr(value, one.name) for one in fields(value)}
        kept = {name: _plain(one) for name, one in told.items() if not callable(one)}
        return {"block": type(value).__name__} | kept
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    return str(value) if isinstance(value, Decimal) else value
