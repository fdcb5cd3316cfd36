"""What no other event kind holds: changes of templates, numbers and accounts, calls, errors, fields of the future.

A notice keeps its payload as told, but for what is personal: phones, ids of users, names and what people wrote never
leave the stored file.
"""

from __future__ import annotations

from typing import Any

from earnest.channels.told import Notice, as_text
from earnest.channels.whatsapp.scalars import instant_us, text_of
from earnest.channels.whatsapp.source import Source

SUBJECTS = (
    *("message_template_name", "display_phone_number", "phone_number", "group_id", "entity_id", "configuration_name"),
    *("solution_id", "flow_id", "id"),
)
"""What a notice is about: the first of these that its value holds."""

NAMES = (
    *("event", "decision", "action", "status", "new_quality_score", "new_category", "quality_score", "type"),
    *("category", "code"),
)
"""What happened: the first of these that its value holds."""

PERSONAL = frozenset(
    (
        *("wa_id", "from", "to", "input", "recipient_id", "recipient_participant_id", "participant_recipient_id"),
        *("user_id", "from_user_id", "to_user_id", "recipient_user_id", "previous_user_id", "parent_user_id"),
        *("from_parent_user_id", "new_wa_id", "customer", "user", "contact", "contacts", "profile", "username"),
        *("requester", "text", "body", "caption", "image", "video", "audio", "voice", "document", "sticker"),
        *("location", "order", "session", "media", "response_json", "referral", "identity", "phone", "phones"),
        *("email", "emails", "full_name", "first_name", "last_name", "formatted_name", "user_phone_number"),
    )
)
MASK = "…"
_DEEPEST = 12


def masked(value: Any, depth: int = 0) -> Any:
    """A payload without what is personal; what lies deeper than twelve levels is left out too."""
    if isinstance(value, dict):
        if depth == _DEEPEST:
            return MASK
        return {key: MASK if key in PERSONAL else masked(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return MASK if depth == _DEEPEST else [masked(inner, depth + 1) for inner in value]
    return value


def notice(source: Source, value: Any, *, topic: str, subject: str | None = None, name: str | None = None) -> None:
    """Tell one notice; subject, name and instant are looked for in the value where they are not given."""
    holder = value if isinstance(value, dict) else {}
    if subject is None:
        subject = _first(holder, SUBJECTS) or source.account
    source.out.append(Notice(topic, subject, name or _name(holder), _when(source, holder), as_text(masked(value))))


def each_notice(source: Source, value: dict[str, Any], *, topic: str) -> None:
    """A notice for each element of a value's lists of happenings, or one for the whole of it."""
    lists = [value[key] for key in _HAPPENINGS if isinstance(value.get(key), list)]
    for elements in lists:
        for element in elements:
            notice(source, element, topic=topic)
    for error in errors_of(value):
        notice(source, error, topic="errors", subject=source.number)
    if not lists:
        notice(source, value, topic=topic)


_HAPPENINGS = ("groups", "calls", "statuses", "state_sync")


def errors_of(value: dict[str, Any]) -> list[Any]:
    """The errors that a value or an element tells."""
    errors = value.get("errors")
    return errors if isinstance(errors, list) else []


def _first(holder: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        found = text_of(holder.get(key))
        if found is not None:
            return found
    return None


def _name(holder: dict[str, Any]) -> str | None:
    found = _first(holder, NAMES)
    alert = holder.get("alert_info")
    return found or (_first(alert, ("alert_type", "alert_status")) if isinstance(alert, dict) else None)


def _when(source: Source, holder: dict[str, Any]) -> int | None:
    inner = holder.get("metadata")
    own = instant_us(holder.get("timestamp"))
    if own is None and isinstance(inner, dict):
        own = instant_us(inner.get("timestamp"))
    return own if own is not None else source.entry_us
