"""SendGrid's event webhook: a JSON array of events, each about one mail to one recipient.

`sg_message_id` is the id of one mail to one recipient, the same in all its events: it is taken whole. Its first part, up to
`.filter` or `.recvd`, is the `X-Message-Id` of the API request, which all recipients of that request share.

Source: twilio.com/docs/sendgrid/for-developers/tracking-events/event; on the two ids support.sendgrid.com, "How to filter
results with Activity Feed API for X-Message-ID" (read 2026-10).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import Element, Refusal
from earnest.channels.masking import Allowed, callback_of
from earnest.channels.notices import notice_of
from earnest.channels.scalars import instant_us, kind_of, list_of, text_of, word_of
from earnest.channels.told import ClickTold, Hints, OptTold, Party, Rejected, StatusTold, Terms, Told
from earnest.events.kinds import Status

STATUSES = {
    "processed": int(Status.SENT),
    "delivered": int(Status.DELIVERED),
    "open": int(Status.READ),
    "bounce": int(Status.FAILED),
    "dropped": int(Status.FAILED),
}
"""`event` → state. `deferred` is none: SendGrid keeps trying."""

OPTS = {
    "spamreport": ("out", "complaint"),
    "unsubscribe": ("out", "preference"),
    "group_unsubscribe": ("out", "preference"),
    "group_resubscribe": ("in", "preference"),
}
"""`event` → direction and door."""

DROPPED = (
    *("unsubscribed_address", "bounced_address", "spam_reporting_address", "invalid", "spam_content"),
    *("invalid_smtpapi_header", "recipient_list_over_package_quota"),
)
"""Reasons of `dropped`; any other is a text that may name anybody."""

CAMPAIGN = ("campaign", "campaign_id", "campaign_name", "singlesend_name", "singlesend_id", "marketing_campaign_name",
            "marketing_campaign_id")  # fmt: skip
TEMPLATE = ("template", "template_name", "sg_template_name", "template_id", "sg_template_id")
ALLOWED = Allowed(
    words=frozenset(("event", "type", "status", "attempt", "bounce_classification")),
    ids=frozenset(("sg_event_id", "sg_message_id", "sg_template_id", "singlesend_id", "asm_group_id")),
    times=frozenset(("timestamp",)),
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_WORD = re.compile(r"[a-z_]{1,40}")


def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    """Everything a batch of events tells; a lone event is read too."""
    if isinstance(payload, dict) and "event" in payload:
        yield from _guarded(Element(payload, ""))
        return
    if not isinstance(payload, list):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    for place, item in enumerate(payload):
        if isinstance(item, dict):
            yield from _guarded(Element(item, f"[{place}]"))
        else:
            yield Rejected("shape-unknown", f"[{place}]", kind_of(item))


def _guarded(event: Element) -> list[Told | Rejected]:
    try:
        return [_event(event)]
    except Refusal as refusal:
        return [refusal.rejected]


def _event(event: Element) -> Told:
    item = event.item
    word, identity = word_of(item.get("event")), text_of(item.get("sg_message_id"))
    if word is None:
        raise event.refuse("status-unknown", "event")
    raw = item.get("timestamp")
    us = instant_us(raw)
    unnamed = word in STATUSES and identity is None
    machine = word == "open" and item.get("sg_machine_open") in (True, "true", "True", 1)
    if unnamed or machine or word not in (*STATUSES, *OPTS, "click"):
        name = "machine_open" if machine else f"{word}_unnamed" if unnamed else word
        return notice_of(word, item, ALLOWED, subject=identity, name=name, us=us)
    if us is None:
        raise event.refuse("time-missing" if raw is None else "time-unreadable", "timestamp", kind_of(raw))
    party = _party(event)
    if word in OPTS:
        return OptTold(us, party, *OPTS[word], identity)
    if word == "click":
        return ClickTold(us, party, text_of(item.get("sg_event_id")), message_id=identity)
    code = _reason(word, item) if STATUSES[word] == Status.FAILED else None
    hints, callback = _hints(item), callback_of(text_of(item.get("callback")))
    return StatusTold(
        str(identity), STATUSES[word], us, party, Terms(), callback=callback, error_code=code, hints=hints
    )


def _party(event: Element) -> Party:
    raw = event.item.get("email")
    if not isinstance(raw, str) or not _MAIL.fullmatch(raw.strip()):
        raise Refusal(Rejected("contact-unreadable" if raw else "contact-missing", event.path("email")))
    return Party(email=raw.strip())


def _reason(word: str, item: dict[str, Any]) -> str:
    """Why a mail failed: SendGrid's class of the bounce, else the mail server's enhanced status; the reason of a drop."""
    if word == "dropped":
        reason = word_of(item.get("reason"))
        return f"dropped/{reason}" if reason in DROPPED else "dropped"
    kind = word_of(item.get("bounce_classification"))
    if kind and _WORD.fullmatch(kind):
        return f"bounce/{kind}"
    status = text_of(item.get("status"))
    if status and _CODE.fullmatch(status):
        return status
    return "blocked" if item.get("type") == "blocked" else "bounce"


def _hints(item: dict[str, Any]) -> Hints:
    """Custom arguments stand beside SendGrid's own keys; a category is a free tag."""
    tag = next((text for one in list_of(item.get("category")) if (text := callback_of(text_of(one)))), None)
    return Hints("email", _named(item, CAMPAIGN), _named(item, TEMPLATE), tag)


def _named(item: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := callback_of(text_of(item.get(key))))), None)


KINDS = (
    Kind("processed, delivered, bounce, dropped", "message", "a mail was taken, delivered, refused or not sent"),
    Kind("open", "message", "a mail was opened, as far as SendGrid knows by a person"),
    Kind("click", "click", "a link in a mail was opened"),
    Kind(
        "spamreport, unsubscribe, group_unsubscribe, group_resubscribe", "opt", "a person complained, left or came back"
    ),
    Kind(
        "deferred, machine opens and everything else",
        "notice",
        "still being tried, opened by a machine, account changes",
    ),
)

CHANNEL = Channel(
    code="sendgrid",
    label="SendGrid",
    docs="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event",
    read="2026-10",
    signature="sendgrid",
    kinds=KINDS,
    parse=parse,
    connects=("read", "click", "opt"),
)
