"""What no other event kind holds: changes of templates, numbers and accounts, calls, errors, fields of the future.

A notice keeps of its payload what `masking` allows: phones, ids of users, names and what people wrote never leave the
stored file.
"""

from __future__ import annotations

from typing import Any

from earnest.channels.masking import MASK, masked, name_of, subject_of, topic_of
from earnest.channels.scalars import instant_us, text_of
from earnest.channels.told import Notice, as_text
from earnest.channels.whatsapp.masking import ALLOWED
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


def notice(source: Source, value: Any, *, topic: str, subject: str | None = None, name: str | None = None) -> None:
    """Tell one notice; subject, name and instant are looked for in the value where they are not given."""
    holder = value if isinstance(value, dict) else {}
    about = _subject(source, holder) if subject is None else _known(source, subject) or subject_of(subject, ALLOWED)
    happened = name_of(name) if name else _name(holder)
    detail = as_text(masked(value, ALLOWED)) or f'"{MASK}"'
    source.out.append(Notice(topic_of(topic), about, happened, _when(source, holder), detail))


def each_notice(source: Source, value: dict[str, Any], *, topic: str) -> None:
    """A notice for each element of a value's lists of happenings, or one for the whole of it."""
    lists = [value[key] for key in _HAPPENINGS if isinstance(value.get(key), list)]
    elements = [element for one in lists for element in one]
    for element in elements:
        notice(source, element, topic=topic)
    for error in errors_of(value):
        notice(source, error, topic="errors", subject=source.number)
    unread = {key: inner for key, inner in value.items() if key not in _BESIDE and key not in _HAPPENINGS}
    if not elements:
        notice(source, value, topic=topic)
    elif unread:
        notice(source, unread, topic=topic, name="unread")


_HAPPENINGS = ("groups", "calls", "statuses", "state_sync")
_BESIDE = ("messaging_product", "metadata", "contacts", "errors", "timestamp")
"""Keys that the reference names beside lists of happenings."""


def errors_of(value: dict[str, Any]) -> list[Any]:
    """The errors that a value or an element tells."""
    errors = value.get("errors")
    return errors if isinstance(errors, list) else []


def _first(holder: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, str] | None:
    """The first of the keys that holds something, with its text."""
    for key in keys:
        found = text_of(holder.get(key))
        if found is not None:
            return key, found
    return None


def _subject(source: Source, holder: dict[str, Any]) -> str | None:
    found = _first(holder, SUBJECTS)
    if found is None:
        return source.account
    key, text = found
    return subject_of(text, ALLOWED, key)


def _known(source: Source, text: str) -> str | None:
    """An id of the account or its number: not a phone, however many digits it has."""
    return text if text in (source.account, source.number) else None


def _name(holder: dict[str, Any]) -> str | None:
    found = _first(holder, NAMES)
    alert = holder.get("alert_info")
    if found is None and isinstance(alert, dict):
        found = _first(alert, ("alert_type", "alert_status"))
    return None if found is None else name_of(found[1], code=found[0] == "code")


def _when(source: Source, holder: dict[str, Any]) -> int | None:
    inner = holder.get("metadata")
    own = instant_us(holder.get("timestamp"))
    if own is None and isinstance(inner, dict):
        own = instant_us(inner.get("timestamp"))
    return own if own is not None else source.entry_us
