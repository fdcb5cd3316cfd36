"""Incoming messages: answers, taps, reactions, orders, opt-outs by word, and changes of who somebody is.

What takes something back or corrects it (an edit, a revoked message, a removed reaction) is a notice, not one more answer.

Source: developers.facebook.com/docs/whatsapp, webhooks reference `messages` (read 2026-10).
"""

from __future__ import annotations

from typing import Any

from earnest.channels.keywords import says_stop
from earnest.channels.scalars import phone_of, text_of
from earnest.channels.told import OptTold, Party, ReplyTold, SamePerson
from earnest.channels.whatsapp.notices import notice
from earnest.channels.whatsapp.parties import NOBODY
from earnest.channels.whatsapp.source import Source
from earnest.channels.whatsapp.statuses import in_group

CORRECTIONS = ("edit", "revoke")
"""Types that correct or take back an earlier message."""

UNKNOWN_TYPE = "unknown"
_NO_REPLY = (*CORRECTIONS, "system")
_SENDER = ("from", "from_user_id")


def read_messages(source: Source, items: list[Any], *, inner: str = "messages") -> None:
    """Tell each incoming message of a list at the path `inner`."""
    for place, item in enumerate(items):
        if isinstance(item, dict):
            read_message(source, item, f"{inner}[{place}]")
        else:
            source.reject_shape(f"{inner}[{place}]", item)


def read_message(source: Source, item: dict[str, Any], inner: str) -> None:
    """Tell one incoming message."""
    kind = text_of(item.get("type")) or UNKNOWN_TYPE
    identity = text_of(item.get("id"))
    if identity is None:
        source.reject("id-missing", f"{inner}.id")
        return
    us = source.time(item, inner)
    if us is None:
        return
    if kind == "system":
        _system(source, item, inner, us)
        return
    if kind in CORRECTIONS or _takes_back(item, kind) or _call_permission(item, kind):
        _correction(source, item, kind, identity)
        return
    party = source.identify(item, _SENDER, inner=inner, us=us)
    if party is None:
        return
    answers = _answers(item, kind, party)
    if party == NOBODY and answers is None:
        source.reject("contact-missing", inner)
        return
    payload, door = _tapped(item, kind)
    source.out.append(ReplyTold(identity, us, party, kind, answers, payload, _referral(item)))
    if door is not None:
        source.out.append(OptTold(us, party, "out", door, answers))


def _part(item: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under a key, empty if there is none."""
    part = item.get(key)
    return part if isinstance(part, dict) else {}


def _answers(item: dict[str, Any], kind: str, party: Party) -> str | None:
    """Id of the message answered; in a group, of the copy that this participant got."""
    answered = text_of(_part(item, "context").get("id"))
    if answered is None and kind == "reaction":
        answered = text_of(_part(item, "reaction").get("message_id"))
    who = party.phone or party.user_id
    return in_group(answered, who) if answered and who and text_of(item.get("group_id")) else answered


def _tapped(item: dict[str, Any], kind: str) -> tuple[str | None, str | None]:
    """The sender's own word for what was tapped, and the door if it, or what was written, is an opt-out."""
    if kind == "text":
        return None, "keyword" if says_stop(_part(item, "text").get("body")) else None
    if kind == "button":
        button = _part(item, "button")
        return _pressed(button.get("payload"), button.get("text"))
    interactive = _part(item, "interactive") if kind == "interactive" else {}
    form = interactive.get("type")
    if form in ("button_reply", "list_reply"):
        row = _part(interactive, form)
        return _pressed(row.get("id"), row.get("title"))
    if form == "nfm_reply":
        return text_of(_part(interactive, form).get("name")), None
    return None, None


def _pressed(word: object, shown: object) -> tuple[str | None, str | None]:
    return text_of(word), "button" if says_stop(word) or says_stop(shown) else None


def _referral(item: dict[str, Any]) -> str | None:
    """The ad or post that brought the contact here: its id, else that of the click on it."""
    referral = _part(item, "referral")
    return text_of(referral.get("source_id")) or text_of(referral.get("ctwa_clid"))


def _takes_back(item: dict[str, Any], kind: str) -> bool:
    """Whether it removes a reaction: its emoji is empty or left out."""
    return kind == "reaction" and isinstance(item.get("reaction"), dict) and not item["reaction"].get("emoji")


def _call_permission(item: dict[str, Any], kind: str) -> bool:
    """Whether it is a call permission that nobody tapped: one given by the system is no answer of the contact's."""
    interactive = _part(item, "interactive")
    if kind != "interactive" or interactive.get("type") != "call_permission_reply":
        return False
    return _part(interactive, "call_permission_reply").get("response_source") not in (None, "user_action")


def _correction(source: Source, item: dict[str, Any], kind: str, identity: str) -> None:
    if kind == "reaction":
        name, about = "reaction_removed", text_of(_part(item, "reaction").get("message_id"))
    elif kind in CORRECTIONS:
        name, about = kind, text_of(_part(item, kind).get("original_message_id"))
    else:
        name, about = "call_permission_reply", text_of(_part(item, "context").get("id"))
    notice(source, item, topic=source.topic, subject=about or identity, name=name)


def _system(source: Source, item: dict[str, Any], inner: str, us: int) -> None:
    """A change of number or user id says that two identities are one person; any other change is a notice."""
    change = _part(item, "system")
    kind = text_of(change.get("type")) or "system"
    if kind in ("user_changed_number", "customer_changed_number"):
        old = _phone(item, ("from",)) or _phone(change, ("customer",))
        new = _phone(change, ("new_wa_id", "wa_id"))
        ids = (text_of(item.get("from_user_id")), text_of(change.get("user_id")))
        before, after = Party(phone=old, user_id=ids[0]), Party(phone=new, user_id=ids[1])
    elif kind == "user_changed_user_id":
        before = Party(user_id=text_of(change.get("previous_user_id")) or text_of(item.get("from_user_id")))
        after = Party(user_id=text_of(change.get("user_id")))
    else:
        notice(source, item, topic=source.topic, subject=text_of(item.get("id")), name=kind)
        return
    if NOBODY in (before, after):
        source.reject("contact-unreadable", f"{inner}.system")
    elif before != after:
        source.out.append(SamePerson(us, before, after))


def _phone(holder: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((phone for key in keys if (phone := phone_of(holder.get(key))[0]) is not None), None)
