"""One decoded body → everything it tells, in order: every entry, every change, every element.

    body ─ entry[] ─ changes[] ─ value ─┬─ statuses[]                                    message_echoes[], history[]
                                        ├─ messages[], user_preferences[], user_actions[]
                                        └─ errors[] and every other field: notices

Also read: a lone change `{field, value}` as Meta's test button sends it, and a bare value as the on-premises API (to
October 2025) and some proxies pass it on. A bad element is refused alone; nothing is skipped unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from earnest.channels.scalars import id_of, instant_us, kind_of, text_of
from earnest.channels.told import ClickTold, OptTold, Party, Rejected, Told, shown_value
from earnest.channels.whatsapp.messages import read_messages
from earnest.channels.whatsapp.notices import each_notice, notice
from earnest.channels.whatsapp.outgoing import read_echoes, read_history, read_past
from earnest.channels.whatsapp.parties import NOBODY
from earnest.channels.whatsapp.source import Source
from earnest.channels.whatsapp.statuses import read_statuses

OBJECT = "whatsapp_business_account"
MESSAGE_FIELDS = ("messages", "user_preferences", "smb_message_echoes", "history")
"""Fields whose values hold messages, statuses and what people did; all others are notices."""

PREFERENCES = {"stop": "out", "resume": "in", "signup": "in"}
CLICK = "marketing_messages_link_click"
_PERSON = ("wa_id", "user_id")
_CLICK = ("click_id", "tracking_token", "click_component")


def parse(payload: object) -> Iterator[Told | Rejected]:
    """Everything that one decoded webhook body tells.

    Args:
        payload: the body, decoded from JSON; any JSON value is answered, never with an exception.
    """
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
    elif "entry" in payload and payload.get("object", OBJECT) == OBJECT:
        yield from _entries(payload["entry"])
    elif "value" in payload and "entry" not in payload:
        yield from _change(payload, "", None, None)
    elif any(key in _READERS for key in payload) and "entry" not in payload:
        yield from _value(payload, "", None, None)
    else:
        said = text_of(payload.get("object"))
        yield Rejected("not-an-envelope", "", None if said is None else shown_value(said))


def _entries(entries: object) -> Iterator[Told | Rejected]:
    if not isinstance(entries, list) or not entries:
        yield Rejected("shape-unknown", "entry", kind_of(entries))
        return
    for number, entry in enumerate(entries):
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(entry, dict):
            yield Rejected("shape-unknown", f"entry[{number}]", kind_of(entry))
        elif not isinstance(changes, list):
            yield Rejected("shape-unknown", f"entry[{number}].changes", kind_of(changes))
        else:
            account, when = id_of(entry.get("id")), instant_us(entry.get("time"))
            for place, change in enumerate(changes):
                yield from _change(change, f"entry[{number}].changes[{place}]", account, when)


def _change(change: object, at: str, account: str | None, entry_us: int | None) -> list[Told | Rejected]:
    if not isinstance(change, dict):
        return [Rejected("shape-unknown", at, kind_of(change))]
    value, field = change.get("value"), change.get("field")
    place = f"{at}.value" if at else "value"
    if not isinstance(value, dict):
        return [Rejected("shape-unknown", place, kind_of(value))]
    if field is not None and field not in MESSAGE_FIELDS:
        source = Source(value, account, topic=text_of(field) or "unknown", at=place, entry_us=entry_us)
        each_notice(source, value, topic=source.topic)
        return source.out
    return _value(value, place, account, entry_us, topic=field or "messages")


def _value(
    value: dict[str, Any], at: str, account: str | None, entry_us: int | None, *, topic: str = "messages"
) -> list[Told | Rejected]:
    """What a value tells that holds messages and statuses: list by list, as its keys stand."""
    source = Source(value, account, topic=topic, at=at, entry_us=entry_us)
    known, unread = False, {}
    for key, items in value.items():
        reader = _READERS.get(key)
        if reader is not None and items is not None:
            known = True
            if isinstance(items, list):
                reader(source, items)
            else:
                source.reject_shape(key, items)
        elif reader is None and key not in _BESIDE:
            unread[key] = items
    if not known:
        notice(source, value, topic=topic)
    elif unread:
        notice(source, unread, topic=topic, name="unread")
    source.finish()
    return source.out


def _incoming(source: Source, items: list[Any]) -> None:
    if source.topic != "history":
        read_messages(source, items)
        return
    for place, item in enumerate(items):
        if isinstance(item, dict):
            read_past(source, item, f"messages[{place}]")
        else:
            source.reject_shape(f"messages[{place}]", item)


def _errors(source: Source, items: list[Any]) -> None:
    for error in items:
        notice(source, error, topic="errors", subject=source.number)


def _preferences(source: Source, items: list[Any]) -> None:
    for place, item in enumerate(items):
        inner = f"user_preferences[{place}]"
        if not isinstance(item, dict):
            source.reject_shape(inner, item)
            continue
        word = text_of(item.get("value"))
        direction = PREFERENCES.get(word.lower()) if word is not None else None
        if direction is None:
            notice(source, item, topic="user_preferences", name=word)
            continue
        us = source.time(item, inner)
        if us is None:
            continue
        party = source.identify(item, _PERSON, inner=inner, us=us)
        if party == NOBODY:
            source.reject("contact-missing", inner)
        elif party is not None:
            source.out.append(OptTold(us, party, direction, "preference"))


def _actions(source: Source, items: list[Any]) -> None:
    for place, item in enumerate(items):
        inner = f"user_actions[{place}]"
        if not isinstance(item, dict):
            source.reject_shape(inner, item)
            continue
        if item.get("action_type") != CLICK:
            notice(source, item, topic=source.topic, name=text_of(item.get("action_type")))
            continue
        us = source.time(item, inner)
        data = item.get(f"{CLICK}_data")
        if us is None:
            continue
        if data is not None and not isinstance(data, dict):
            source.reject_shape(f"{inner}.{CLICK}_data", data)
            continue
        click = data or {}
        click_id, token, component = (text_of(click.get(key)) for key in _CLICK)
        source.out.append(ClickTold(us, Party(), click_id, token, component))


_READERS: dict[str, Callable[[Source, list[Any]], None]] = {
    "statuses": read_statuses,
    "messages": _incoming,
    "user_preferences": _preferences,
    "user_actions": _actions,
    "message_echoes": read_echoes,
    "history": read_history,
    "errors": _errors,
}
_BESIDE = ("messaging_product", "metadata", "contacts")
"""Keys that say whom the lists beside them are about."""
