"""Values of a post as an operator may see them in a preview: what kind of value it is, and not whose."""

from __future__ import annotations

import re

from earnest.importers.mapping import plain

_SHOWN = 40
_DIGITS = re.compile(r"[0-9]{5,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,}[0-9]")
_AMOUNT_OR_TIME = re.compile(r"[0-9]{1,12}([.,][0-9]{1,4})?|[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}([T ].*)?")
_PERSONAL = ("name", "address", "street", "birthday", "birthdate", "city", "zip", "postcode", "comment", "message", "text",
             "note", "ip", "password", "token", "secret", "key", "signature")  # fmt: skip
_OF_THINGS = ("eventname", "campaignname", "templatename", "productname", "formname")
"""Names that end like personal ones and are not."""


def masked(path: str, value: str) -> str:
    """An example of a value.

    Example:
        >>> masked("customer.email", "anna@example.org"), masked("phone", "+49 151 1234567"), masked("total", "1.234,50")
        ('•••@•••', '••• (12 digits)', '1.234,50')
        >>> masked("customer.first_name", "Anna"), masked("data.created", "2026-09-01 10:00"), masked("id", "1234567")
        ('••• (4 characters)', '2026-09-01 10:00', '••• (7 digits)')
    """
    if "@" in value:
        return "•••@•••"
    last = plain(re.split(r"[.\[\]]", path.rstrip('"]'))[-1])
    if last.endswith(_PERSONAL) and not last.endswith(_OF_THINGS):
        return f"••• ({len(value)} characters)"
    if _AMOUNT_OR_TIME.fullmatch(value) and not re.fullmatch(r"[0-9]{5,}", value):
        return value[:_SHOWN]
    if _PHONE.fullmatch(value) and not re.fullmatch(r"[0-9.,]+", value):
        return f"••• ({sum(one.isdigit() for one in value)} digits)"
    if value.isascii() and value.isdigit():
        return f"••• ({len(value)} digits)" if len(value) >= 5 else value
    text = _DIGITS.sub("•••", value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
