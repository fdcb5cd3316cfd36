"""What payloads of all shops have in common: who ordered, the visit that an order remembers, exact sums of decimal text.

Ids, instants and money are read strictly (`element.py`), since a wrong one is worse than none; who and whence are read
as far as they can be, since an order without them still is one.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from earnest.channels.element import Element, Refusal, plain_text
from earnest.channels.told import Party, Rejected, SessionTold, Told
from earnest.events.identity import canonical_phone

CLICK_IDS = (
    *("click_id", "earnest_click_id", "ctwa_clid", "gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid"),
    *("twclid", "li_fat_id"),
)
"""Names under which an address or a cart carries the id of the click that led to it; the first found is taken."""

_UTM = ("utm_source", "utm_medium", "utm_campaign")
_LONGEST_ADDRESS = 10_000
_ID = re.compile(r"[\w.:=/$-]{1,300}", re.ASCII)


def told_by(read: Callable[[Element], Iterable[Told | Rejected]], element: Element) -> Iterator[Told | Rejected]:
    """What an element tells; if it cannot be read, why not, and nothing else of it.

    Amounts beyond all reason refuse it too: each may be plain, and what they make together no number.
    """
    try:
        found = list(read(element))
    except Refusal as refusal:
        found = [refusal.rejected]
    except DecimalException:
        found = [Rejected("amount-unreadable", element.at)]
    yield from found


def found_at(holder: object, *path: str) -> str | None:
    """The text at a path of keys; None wherever the path ends early."""
    for key in path:
        if not isinstance(holder, dict):
            return None
        holder = holder.get(key)
    return plain_text(holder)


def first_of(*texts: str | None) -> str | None:
    """The first text there is."""
    return next((text for text in texts if text is not None), None)


def at_home(phone: str | None, country: str | None) -> str | None:
    """A phone of an address, read in the address's own country where it has no country code; else as it stands.

    Example:
        >>> at_home("(030) 123456", "DE"), at_home("+44 20 7946 0018", "DE"), at_home("030 123456", None)
        ('+4930123456', '+44 20 7946 0018', '030 123456')
    """
    if phone is None or country is None or phone.startswith(("+", "00")):
        return phone
    return canonical_phone(phone, country.upper()) or phone


def visit(order_id: str, us: int, party: Party, said: Mapping[str, str | None]) -> SessionTold | None:
    """The visit that ended in an order, where the shop remembers its campaign or click; None if it does not.

    Its instant is the order's: shops do not tell when the visit began.

    Args:
        said: parameters of the landing page and attributes of the cart, names in lower case.
    """
    click_id = first_of(*(said.get(name) for name in CLICK_IDS))
    source, medium, campaign = (said.get(name) for name in _UTM)
    if click_id is None and source is None and medium is None and campaign is None:
        return None
    return SessionTold(f"order-{order_id}", us, party, source, medium, campaign, click_id)


def parameters(address: str | None) -> dict[str, str | None]:
    """The parameters of an address, of which the first of each name counts; none of what is no address."""
    if address is None or len(address) > _LONGEST_ADDRESS:
        return {}
    try:
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query, max_num_fields=100)
    except ValueError:
        return {}
    return {name.lower(): plain_text(value) for name, value in reversed(pairs)}


def named_values(pairs: object, name: str, value: str) -> dict[str, str | None]:
    """Text values of a list of objects that hold a name and a value; names in lower case, the first of each counts."""
    if not isinstance(pairs, list):
        return {}
    found = [(plain_text(one.get(name)), plain_text(one.get(value))) for one in pairs if isinstance(one, dict)]
    return {key.lower(): text for key, text in reversed(found) if key is not None}


def exact(element: Element, key: str) -> Decimal:
    """An amount of 0 or more, 0 if nothing stands there.

    Raises:
        Refusal: `amount-unreadable`.
    """
    return Decimal(element.amount(key) or 0)


def decimal_text(amount: Decimal) -> str:
    """Plain decimal text of an amount, never with an exponent."""
    return format(amount, "f")


def shown_id(text: str | None) -> str | None:
    """An id of an order, cart or the like as a notice may show it: it may have as many digits as a phone, and is none."""
    return text if text is not None and _ID.fullmatch(text) else None


def object_of(raw: Any) -> dict[str, Any]:
    """An object as it is; an empty one for anything else."""
    return raw if isinstance(raw, dict) else {}
