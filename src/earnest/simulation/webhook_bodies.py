"""Updates → lines of JSON, one webhook body a line, in whole columns: no update passes through Python on its own.

    update ─> element ┐ of one body, number and shelf
                      ├─> change ┐ of one body
                      ┘          ├─> {"object": …, "entry": [{"id": …, "changes": […]}]}
                                 ┘
Shapes: WhatsApp Cloud API webhooks v24 (per-message pricing; a conversation only inside a free entry point).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earnest.kernel.period import DAY_US
from earnest.simulation import updates as wire
from earnest.simulation.account import BusinessAccount
from earnest.simulation.batch import MESSAGE_PREFIX, MESSAGE_SUFFIX
from earnest.simulation.chance import SECOND_US, Ints
from earnest.simulation.updates import Updates
from earnest.simulation.webhook_statuses import FAILURES

_STATUS_NAMES = ("sent", "delivered", "read", "failed")
_FAILURE_WORDS = {
    "131026": "Message undeliverable",
    "131049": "This message was not delivered to maintain healthy ecosystem engagement.",
    "131050": "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages.",
    "130472": "User's number is part of an experiment",
    "131047": "Re-engagement message",
    "131000": "Something went wrong",
    "132015": "Template is Paused",
}
_HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
_REPLIES = (
    "Is this still available?",
    "Danke \\u2764\\ufe0f",
    "What are the sizes?",
    "Gibt es das auch in gr\\u00fcn?",
)
_QUESTIONS = ("Where is my parcel?", "Wann kommt meine Bestellung?", "Has my order been sent?")
_BUTTONS = ("Show me", "Later")


def body_lines(account: BusinessAccount, labels: Sequence[str], told: Updates, ends: Ints) -> bytes:
    """Lines of JSON, each with its line break.

    Args:
        labels: callback data by number of the campaign. ends: end of each body among the updates, increasing.
    """
    body = np.searchsorted(ends, np.arange(len(told)), side="right").astype(np.int64)
    keys, texts = [], []
    for shelf in (wire.STATUSES, wire.MESSAGES, wire.PREFERENCES):
        for number in range(len(account.numbers)):
            of = np.flatnonzero((wire.SHELF_OF[told.kind] == shelf) & (told.number == number))
            if not len(of):
                continue
            key, text = _changes(account, number, shelf, labels=labels, told=told.take(of), body=body[of])
            keys.append(key)
            texts.append(text)
    if not keys:
        return b""
    body_of_change = np.concatenate(keys)
    order = np.argsort(body_of_change, kind="stable")
    changes = pa.chunked_array(texts).combine_chunks().take(pa.array(order))
    _, joined = _joined(changes, body_of_change[order])
    opening = f'{{"object":"whatsapp_business_account","entry":[{{"id":"{account.id}","changes":['
    return _bytes(pc.binary_join_element_wise(opening, joined, "]}]}\n", ""))


def _changes(
    account: BusinessAccount, number: int, shelf: int, *, labels: Sequence[str], told: Updates, body: Ints
) -> tuple[Ints, pa.Array]:
    """(body, text) of the changes of one number and shelf."""
    sender = account.numbers[number]
    opening = (
        f'{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"{sender.digits}",'
        f'"phone_number_id":"{sender.id}"}},'
    )
    if shelf == wire.STATUSES:
        key, elements = _joined(_statuses(told, labels), body)
        return key, pc.binary_join_element_wise(opening, '"statuses":[', elements, ']},"field":"messages"}', "")
    key, contacts = _joined(_contacts(told), body)
    if shelf == wire.MESSAGES:
        _, elements = _joined(_messages(told, sender.digits), body)
        closing = ']},"field":"messages"}'
        return key, pc.binary_join_element_wise(
            opening, '"contacts":[', contacts, '],"messages":[', elements, closing, ""
        )
    _, elements = _joined(_preferences(told), body)
    closing = ']},"field":"user_preferences"}'
    return key, pc.binary_join_element_wise(
        opening, '"contacts":[', contacts, '],"user_preferences":[', elements, closing, ""
    )


def _statuses(told: Updates, labels: Sequence[str]) -> pa.Array:
    return pc.binary_join_element_wise(
        '{"id":"',
        _message_ids(told.message),
        '","status":"',
        _pick(told.kind, _STATUS_NAMES),
        '","timestamp":"',
        _seconds(told.at_us),
        '","recipient_id":"',
        _text(told.wa_id),
        '"',
        _conversations(told),
        _pick(told.terms, [_pricing(terms) for terms in wire.TERMS]),
        _pick(told.label, [f',"biz_opaque_callback_data":"{label}"' for label in labels]),
        _pick(told.error, [_error(code) for code in FAILURES]),
        "}",
        "",
    )


def _pricing(terms: wire.Terms) -> str:
    billable = "true" if terms.type == wire.REGULAR else "false"
    return f',"pricing":{{"billable":{billable},"pricing_model":"PMP","type":"{terms.type}","category":"{terms.category}"}}'


def _error(code: str) -> str:
    words = _FAILURE_WORDS[code]
    return (
        f',"errors":[{{"code":{code},"title":"{words}","message":"{words}","error_data":{{"details":"{words}"}},'
        f'"href":"{_HELP}"}}]'
    )


def _conversations(told: Updates) -> pa.Array:
    """Inside a free entry point only; its end (72 hours) stands on `sent` only."""
    inside = np.flatnonzero(told.terms == wire.ENTRY_FREE)
    texts = [
        f',"conversation":{{"id":"{message:032x}",{_ends(at_us) if kind == wire.SENT else ""}'
        '"origin":{"type":"referral_conversion"}}'
        for message, kind, at_us in zip(
            told.message[inside].tolist(), told.kind[inside].tolist(), told.at_us[inside].tolist(), strict=True
        )
    ]
    place = np.full(len(told), len(texts))
    place[inside] = np.arange(len(texts))
    return pa.array([*texts, ""], pa.string()).take(pa.array(place))


def _ends(at_us: int) -> str:
    return f'"expiration_timestamp":"{(at_us + 3 * DAY_US) // SECOND_US}",'


def _contacts(told: Updates) -> pa.Array:
    named = np.where(told.kind == wire.STOP, wire.NONE, 0)
    profile = _pick(named, ['"profile":{"name":"A customer"},'])
    return pc.binary_join_element_wise("{", profile, '"wa_id":"', _text(told.wa_id), '"}', "")


def _messages(told: Updates, sender: str) -> pa.Array:
    """Text, buttons of templates (with the message they answer), and the first words of who comes from an ad."""
    by_button = pa.array(told.context != wire.NONE)
    context = pc.binary_join_element_wise(
        f'"context":{{"from":"{sender}","id":"', _message_ids(told.context), '"},', ""
    )
    return pc.binary_join_element_wise(
        "{",
        pc.if_else(by_button, context, ""),
        '"from":"',
        _text(told.wa_id),
        '","id":"',
        _message_ids(told.message),
        '","timestamp":"',
        _seconds(told.at_us),
        '",',
        _words(told),
        "}",
        "",
    )


def _words(told: Updates) -> pa.Array:
    """Content of incoming messages: what is said follows from the message's number."""
    texts = [f'"type":"text","text":{{"body":"{words}"}}' for words in (*_REPLIES, *_QUESTIONS)]
    buttons = [f'"type":"button","button":{{"payload":"{words}","text":"{words}"}}' for words in _BUTTONS]
    referral = (
        '"referral":{"source_url":"https://fb.me/earnest-shop","source_id":"120210000000000001","source_type":"ad",'
        '"headline":"Made to last","body":"Ask us anything","media_type":"image","ctwa_clid":"ARsimulated"},'
        '"type":"text","text":{"body":"Hello! Can I get more info on this?"}'
    )
    first = {
        wire.REPLY: (0, len(_REPLIES)),
        wire.INQUIRY: (len(_REPLIES), len(_QUESTIONS)),
        wire.BUTTON: (len(texts), len(buttons)),
        wire.AD_REPLY: (len(texts) + len(buttons), 1),
    }
    start, count = np.zeros(len(told), np.int64), np.ones(len(told), np.int64)
    for kind, (begin, many) in first.items():
        start[told.kind == kind], count[told.kind == kind] = begin, many
    return _pick(start + told.message % count, [*texts, *buttons, referral])


def _preferences(told: Updates) -> pa.Array:
    return pc.binary_join_element_wise(
        '{"wa_id":"',
        _text(told.wa_id),
        '","detail":"User requested to stop marketing messages","category":"marketing_messages","value":"stop",',
        '"timestamp":',
        _seconds(told.at_us),
        "}",
        "",
    )


def _message_ids(numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(MESSAGE_PREFIX, _text(numbers), MESSAGE_SUFFIX, "")


def _seconds(at_us: Ints) -> pa.Array:
    return _text(at_us // SECOND_US)


def _text(numbers: Ints) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _pick(codes: Ints, texts: Sequence[str]) -> pa.Array:
    """Code → text; `NONE` is nothing."""
    return pa.array([*texts, ""], pa.string()).take(pa.array(np.where(codes == wire.NONE, len(texts), codes)))


def _joined(texts: pa.Array, keys: Ints) -> tuple[Ints, pa.Array]:
    """(key, texts joined by commas) of each run of equal keys."""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    offsets = pa.array(np.append(starts, len(keys)).astype(np.int32))
    return keys[starts], pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")


def _bytes(lines: pa.Array) -> bytes:
    """The texts of a freshly made column, one after the other."""
    assert lines.offset == 0
    return bytes(memoryview(lines.buffers()[2])[: _size(lines)])


def _size(lines: pa.Array) -> int:
    return int(np.frombuffer(lines.buffers()[1], dtype=np.int32)[len(lines)])
