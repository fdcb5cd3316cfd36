"""The fields of a form as bytes, for providers that sign its fields instead of its bytes."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping

from earnest.channels.delivery import MOST_FIELDS

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def form_fields(body: bytes) -> Mapping[bytes, list[bytes]] | None:
    """Name → values, sorted by name, in the order they came; None if it is no form that can be signed.

    A field without = is refused: since names and values are signed without anything between them, it would fit the
    signature of the same text with = in another place.
    """
    if body.count(b"&") >= MOST_FIELDS or _BROKEN_ESCAPE.search(body):
        return None
    fields: dict[bytes, list[bytes]] = {}
    for piece in body.split(b"&") if body else []:
        name, equals, value = piece.partition(b"=")
        if not equals:
            return None
        fields.setdefault(_plain(name), []).append(_plain(value))
    return dict(sorted(fields.items()))


def _plain(escaped: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(escaped.replace(b"+", b" "))
