"""What the channels of sites share: a landing page's address taken apart, the options of their sources, how exports are read."""

from __future__ import annotations

import functools
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from earnest.channels.channel import Headers, Parse
from earnest.channels.element import Element, Refusal
from earnest.channels.told import Rejected, Told
from earnest.kernel.errors import UsageError, closest

CLICK_PARAMETER = "eid"
"""Name of the parameter that carries the click's id, as our links append it."""
ORDERS = ("reference", "count")
ORDER_EVENT = "Order Completed"

_PARAMETER = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_LONGEST_URL = 8_000
_LONGEST = 200
_MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Landing:
    """What a page's address says.

    Args:
        page: host and path, without query and fragment. click_id: the click that led here.
    """

    page: str | None = None
    click_id: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None

    @property
    def tells(self) -> bool:
        """Whether it says where the visit came from."""
        return any((self.click_id, self.utm_source, self.utm_medium, self.utm_campaign))


def landing(url: object, click_parameter: str = CLICK_PARAMETER) -> Landing:
    """Take an http or https address apart; anything else says nothing.

    Example:
        >>> landing("https://Shop.example/tea?utm_campaign=spring&eid=c1#top")
        Landing(page='shop.example/tea', click_id='c1', utm_source=None, utm_medium=None, utm_campaign='spring')
    """
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        return Landing()
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host, asked = parts.hostname, urllib.parse.parse_qsl(parts.query, max_num_fields=_MOST_FIELDS)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return Landing()
    if parts.scheme not in ("http", "https") or not host:
        return Landing()
    first = {name: said for name, value in reversed(asked) if (said := short(value))}
    utm = {name: first.get(name) for name in ("utm_source", "utm_medium", "utm_campaign")}
    return Landing(f"{host}{port}{parts.path}"[: _LONGEST * 2], first.get(click_parameter), **utm)


def short(value: object) -> str | None:
    """A text of 1 to 200 characters that can be printed, without blanks around it; None for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None


@dataclass(frozen=True, slots=True)
class VisitOptions:
    """What a source of visits says of its own.

    Args:
        counts: its orders are orders; False: they only name the order of another feed that was placed in the visit.
        click_parameter: parameter of the landing page's address that carries the click's id.
        order_event: PostHog: name of the event that tells an order.
    """

    counts: bool = False
    click_parameter: str = CLICK_PARAMETER
    order_event: str = ORDER_EVENT

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> VisitOptions:
        """Read `Source.options`: {"orders": "count", "click_parameter": "eid", "order_event": "purchase"}.

        Raises:
            UsageError: `bad-orders`, `bad-click-parameter`.
        """
        orders = options.get("orders") or ORDERS[0]
        if orders not in ORDERS:
            raise UsageError(
                "bad-orders",
                f"'{orders}' is no way to take orders{closest(str(orders), ORDERS)}",
                hint="reference (the shop's own feed counts them) or count (there is no other feed).",
            )
        parameter = options.get("click_parameter") or CLICK_PARAMETER
        if not isinstance(parameter, str) or not _PARAMETER.fullmatch(parameter):
            raise UsageError(
                "bad-click-parameter",
                f"'{parameter}' is no name of a parameter",
                hint="Letters, digits, - _ . and ~, for example eid.",
            )
        return cls(orders == "count", parameter, str(options.get("order_event") or ORDER_EVENT))


Tell = Callable[[Element, VisitOptions], Iterator[Told]]
"""Everything that one row of an export tells; may raise `Refusal`."""


def by_options(mark: str, tell: Tell) -> Callable[[Mapping[str, Any]], Parse]:
    """Options of a source → how its exports are parsed; of none, by the usual ones.

    Args:
        mark: field that every row has.
    """
    return functools.partial(_parse_of, mark, tell)


def _parse_of(mark: str, tell: Tell, options: Mapping[str, Any]) -> Parse:
    return functools.partial(_parse, mark=mark, tell=tell, options=VisitOptions.of(options))


def _parse(
    payload: object, _headers: Headers, *, mark: str, tell: Tell, options: VisitOptions
) -> Iterator[Told | Rejected]:
    if not isinstance(payload, dict) or mark not in payload:
        yield Rejected("not-an-envelope", "")
        return
    try:
        yield from tell(Element(payload, ""), options)
    except Refusal as refusal:
        yield refusal.rejected
