"""Any JSON or form, from senders that Earnest does not know by name: Zapier, Make, call centres, own systems.

What a post says is known by the source's mapping alone (`plan.py`), so it is read by `reading.read_generic` for many
posts at a time, and not by `parse`, which knows no mapping.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.told import Rejected, Told

__all__ = ["CHANNEL"]


def _parse(_payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    yield Rejected("not-mapped", "")


CHANNEL = Channel(
    code="generic",
    label="Generic hook (Zapier, Make, any JSON or form)",
    docs="docs/senders/generic.md",
    read="2026-10",
    signature="token",
    kinds=(Kind("what the source's mapping says", "any", "messages, orders, refunds, clicks, costs, contacts …"),),
    parse=_parse,
    retells=False,
)
