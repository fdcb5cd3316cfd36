"""Messages typed on the business's own phone: echoes of new ones, and the history read when a number is connected.

They are sent messages, never answers. An echo is known to be sent; a message of the history stands at the state it had
reached, and was never charged.

Source: developers.facebook.com/docs/whatsapp, webhooks references `smb_message_echoes`, `history` (read 2026-10).
"""

from __future__ import annotations

from typing import Any

from earnest.channels.scalars import kind_of, phone_of, text_of
from earnest.channels.told import BUSINESS_APP, StatusTold, Terms
from earnest.channels.whatsapp.messages import CORRECTIONS, read_message
from earnest.channels.whatsapp.notices import errors_of, notice
from earnest.channels.whatsapp.source import Source
from earnest.channels.whatsapp.statuses import FAILED, SENT, STATUSES
from earnest.events.kinds import Status

HISTORY_STATUSES = STATUSES | {"pending": int(Status.ACCEPTED), "error": FAILED}
_TO = ("to", "to_user_id")


def read_echoes(source: Source, items: list[Any]) -> None:
    """Tell each message echoed from the business's phone."""
    terms = Terms(account=source.account, number=source.number, category="service")
    for place, item in enumerate(items):
        inner = f"message_echoes[{place}]"
        if not isinstance(item, dict):
            source.reject_shape(inner, item)
            continue
        kind = item.get("type")
        if kind in CORRECTIONS:
            part = item.get(kind)
            about = text_of(part.get("original_message_id")) if isinstance(part, dict) else None
            notice(source, item, topic=source.topic, subject=about, name=kind)
        else:
            _sent(source, item, inner, (SENT, terms))


def read_history(source: Source, chunks: list[Any]) -> None:
    """Tell the messages of each chunk's threads."""
    for place, chunk in enumerate(chunks):
        inner = f"history[{place}]"
        if not isinstance(chunk, dict):
            source.reject_shape(inner, chunk)
            continue
        for error in errors_of(chunk):
            notice(source, error, topic="errors", subject=source.number)
        threads = chunk.get("threads")
        if threads is None:
            continue
        if not isinstance(threads, list):
            source.reject_shape(f"{inner}.threads", threads)
            continue
        for number, thread in enumerate(threads):
            _thread(source, thread, f"{inner}.threads[{number}]")


def _thread(source: Source, thread: object, inner: str) -> None:
    messages = thread.get("messages") if isinstance(thread, dict) else None
    if not isinstance(thread, dict) or not isinstance(messages, list):
        source.reject_shape(inner, thread)
        return
    contact = phone_of(thread.get("id"))[0]
    for place, item in enumerate(messages):
        at = f"{inner}.messages[{place}]"
        if isinstance(item, dict):
            read_past(source, item, at, contact=contact)
        else:
            source.reject_shape(at, item)


def read_past(source: Source, item: dict[str, Any], inner: str, *, contact: str | None = None) -> None:
    """Tell one message of the past: an answer if the contact wrote it, a status if the business did."""
    sender = phone_of(item.get("from"))[0]
    ours = sender is not None and sender != contact and (contact is not None or sender == phone_of(source.business)[0])
    if not ours:
        read_message(source, item if sender or not contact else item | {"from": contact}, inner)
        return
    context = item.get("history_context")
    word = context.get("status") if isinstance(context, dict) else None
    status = SENT if word is None else HISTORY_STATUSES.get(word.lower()) if isinstance(word, str) else None
    if status is None:
        source.reject("status-unknown", f"{inner}.history_context.status", text_of(word) or kind_of(word))
        return
    terms = Terms(account=source.account, number=source.number, pricing_type=BUSINESS_APP)
    to = item if item.get("to") or contact is None else item | {"to": contact}
    _sent(source, to, inner, (status, terms))


def _sent(source: Source, item: dict[str, Any], inner: str, told: tuple[int, Terms]) -> None:
    status, terms = told
    identity = text_of(item.get("id"))
    if identity is None:
        source.reject("id-missing", f"{inner}.id")
        return
    us = source.time(item, inner)
    if us is None:
        return
    party = source.identify(item, _TO, inner=inner, us=us)
    if party is not None:
        source.out.append(StatusTold(identity, status, us, party, terms))
