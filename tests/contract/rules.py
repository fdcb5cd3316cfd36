"""When a told value is sound: ids are there, instants are plausible, words are of the vocabulary."""

from __future__ import annotations

from typing import Any

from earnest.channels.reasons import REASONS
from earnest.channels.told import (
    AnswerTold,
    AssignmentTold,
    AttributeTold,
    ClickTold,
    Notice,
    OptTold,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    ReplyTold,
    SamePerson,
    SessionTold,
    StatusTold,
    WatermarkTold,
)
from earnest.events.kinds import Status
from earnest.importers.parsing import EARLIEST_US, LATEST_US

EVENT_KINDS: dict[type, str] = {
    StatusTold: "message", WatermarkTold: "watermark", ReplyTold: "reply", OptTold: "opt", ClickTold: "click",
    OrderTold: "order", RefundTold: "refund", AttributeTold: "contact", AssignmentTold: "assignment",
    SessionTold: "session", SamePerson: "identity_link", Notice: "notice",
    AnswerTold: "survey_answer",
}  # fmt: skip
"""Sort of told value → event kind; an order of another conversion kind is a `conversion`."""

NEEDED: dict[type, tuple[str, ...]] = {
    StatusTold: ("message_id",), ReplyTold: ("reply_id", "reply_type"), OrderTold: ("order_id", "conversion_kind"),
    RefundTold: ("refund_id", "order_id", "amount", "currency"), AttributeTold: ("attribute", "value"),
    AssignmentTold: ("experiment", "arm"), SessionTold: ("session_id",), OptTold: ("door",), Notice: ("topic",),
    Rejected: ("reason",), AnswerTold: ("answer_id", "survey", "question", "answer"),
}  # fmt: skip
"""Texts that may not be empty."""


def broken(told: Any) -> list[str]:
    """What is not sound about a value; empty for a sound one."""
    faults = [f"{name} is missing" for name in NEEDED.get(type(told), ()) if not getattr(told, name)]
    faults += [] if type(told) in EVENT_KINDS or isinstance(told, Rejected) else ["is no told value"]
    for name in ("occurred_us", "until_us", "updated_us"):
        us = getattr(told, name, None)
        if us is not None and not (type(us) is int and EARLIEST_US <= us < LATEST_US):
            faults.append(f"{name} is not plausible")
    if not isinstance(told, Notice | Rejected) and getattr(told, "occurred_us", None) is None:
        faults.append("says not when")
    if isinstance(told, OptTold | WatermarkTold) and told.party == Party() and not getattr(told, "message_id", None):
        faults.append("is about nobody")
    if isinstance(told, OrderTold) and not told.currency and (told.amount, told.total) != (None, None):
        faults.append("tells money of no currency")
    if isinstance(told, StatusTold) and told.status not in [int(status) for status in Status]:
        faults.append("is in no state")
    if isinstance(told, OptTold) and told.direction not in ("in", "out"):
        faults.append("goes nowhere")
    if isinstance(told, SamePerson) and (Party() in (told.one, told.other) or told.one == told.other):
        faults.append("is no two identities")
    if isinstance(told, Rejected) and told.reason not in REASONS:
        faults.append("has a reason of its own")
    return [f"{type(told).__name__}: {fault}" for fault in faults]
