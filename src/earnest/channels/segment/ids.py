"""The identity of a call: its message id, or what it says and when."""

from __future__ import annotations

from earnest.channels.element import Element
from earnest.channels.told import as_text
from earnest.events.keys import content_key


def message_id(element: Element, us: int) -> str:
    """The call's own id; a call without one is known by its place in the body, its instant and its content."""
    told = element.text("messageId")
    return told or f"{element.at}:{us}:{content_key(f'segment:{as_text(element.item)}')}"
