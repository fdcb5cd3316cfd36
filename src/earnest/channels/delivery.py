"""The raw bytes of one delivery → the value that a channel's `parse` reads: strict JSON, or the fields of a form.

What is refused here was signed and is kept: it waits in quarantine, and is read again when a later version can.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Any

import msgspec

from earnest.channels.told import Rejected

DEEPEST = 32
"""Lists and objects that may lie within each other; the deepest of the known payloads has 12."""
MOST_VALUES = 200_000
"""Commas and opening brackets between the strings of one body, about its values; a full batch of 1,000 WhatsApp updates has about 30,000."""
MOST_FIELDS = 1_000
"""Fields of one form; Twilio's largest has about 60."""

NO_JSON = Rejected("not-json", "")
"""Says nothing of the body: it may be anybody's mail."""

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FORM = "application/x-www-form-urlencoded"
_BOM = b"\xef\xbb\xbf"
_DECODER = msgspec.json.Decoder()


def decode(body: bytes, content_type: str | None) -> object | Rejected:
    """The value of a body.

    A body that begins like a JSON object or list is read as JSON, whatever its type says (SNS sends JSON as text/plain,
    other senders as a form). Everything else is JSON if the type says so, a form if it says so, and without a type
    that says either, a form if it has a field.

    Strict: NaN, infinities, invalid UTF-8, half surrogates and NUL characters are no JSON, and a key that an object
    names twice is refused, since readers differ in which of the two they believe. So is a form with a broken escape. Numbers with a point or exponent
    are floats.

    Args:
        body: raw bytes, decompressed; its size is capped by whoever received it.
        content_type: the header as it came, or None.

    Returns:
        A JSON value; or a form as text → text, or → list of texts where a field comes more than once, in the order
        they came; or a `Rejected` of reason not-json, too-deep, too-many-values or key-twice. Never raises.
    """
    text = body.removeprefix(_BOM).strip(b" \t\r\n")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if text[:1] in (b"{", b"[") or media_type == "application/json" or media_type.endswith("+json"):
        return _json(text)
    if media_type.startswith("multipart/") or not (media_type == _FORM or b"=" in text):
        return NO_JSON
    return _form(text)


def _json(text: bytes) -> object | Rejected:
    unescaped = text.replace(rb"\\", b"")
    between = b"".join(unescaped.replace(rb"\"", b"").split(b'"')[::2])
    if between.count(b",") + between.count(b"[") + between.count(b"{") > MOST_VALUES:
        return Rejected("too-many-values", "")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        return Rejected("too-deep", "")
    except (msgspec.DecodeError, UnicodeError, ValueError, OverflowError):
        return NO_JSON
    if rb"\u0000" in unescaped:
        return NO_JSON
    keys = _keys(value)
    if keys is None:
        return Rejected("too-deep", "")
    return value if keys == between.count(b":") else Rejected("key-twice", "")


def _keys(value: Any) -> int | None:
    """Keys of all objects of a value; None if it is too deep."""
    level, keys = [value], 0
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if type(one) is dict:
                keys += len(one)
                inner.extend(one.values())
            elif type(one) is list:
                inner.extend(one)
        level = inner
    return None if any(type(one) in (dict, list) for one in level) else keys


def _form(text: bytes) -> object | Rejected:
    if text.count(b"&") >= MOST_FIELDS:
        return Rejected("too-many-values", "")
    if _BROKEN_ESCAPE.search(text):
        return NO_JSON
    try:
        pairs = urllib.parse.parse_qsl(text.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        return NO_JSON
    if not pairs or any("\0" in key or "\0" in value for key, value in pairs):
        return NO_JSON
    fields: dict[str, str | list[str]] = {}
    for key, value in pairs:
        known = fields.get(key)
        if known is None:
            fields[key] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[key] = [known, value]
    return fields
