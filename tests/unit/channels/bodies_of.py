"""Webhook bodies as Meta sends them, small enough to read in a test."""

from __future__ import annotations

from typing import Any

ACCOUNT = "102290129340398"
NUMBER = "106540352242922"
AT = "1790848800"
AT_US = 1_790_848_800_000_000
PHONE = "4915112345678"
METADATA = {"display_phone_number": "+49 30 123456", "phone_number_id": NUMBER}


def envelope(value: Any, field: str | None = "messages", **entry: Any) -> dict[str, Any]:
    """A body with one entry and one change."""
    change = {"value": value} | ({"field": field} if field is not None else {})
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]} | entry]}


def value(**lists: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "metadata": METADATA, **lists}


def status(**parts: Any) -> dict[str, Any]:
    return {"id": "wamid.A", "status": "sent", "timestamp": AT, "recipient_id": PHONE} | parts


def message(**parts: Any) -> dict[str, Any]:
    return {"from": PHONE, "id": "wamid.IN", "timestamp": AT, "type": "text", "text": {"body": "Hello"}} | parts
