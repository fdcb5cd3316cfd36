"""One body → its calls → what each tells.

    body ─ batch[] ─> call ─┬─ track ──── orders.py, conversions of the source's own
                            ├─ identify ─ people.py
                            ├─ page ───── a session, if a campaign brought it
                            └─ the rest ─ notice

What the door knows and the body does not is kept beside it: which address was called, and when (`CALL`, `RECEIVED_HEADER`).
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from earnest.channels.channel import RECEIVED_HEADER, Headers, Parse
from earnest.channels.element import Element, Refusal
from earnest.channels.segment.clock import Clock
from earnest.channels.segment.ids import message_id
from earnest.channels.segment.orders import ORDER_EVENTS, conversion
from earnest.channels.segment.people import party_of, tell_alias, tell_person
from earnest.channels.segment.tuning import Tuning, named
from earnest.channels.told import Notice, Rejected, SessionTold, Told, as_text, shown_value

CALL = "earnest-call"
"""Header kept with a body: the address it came to (track, identify, batch …), for bodies that do not say their type."""

CALLS = ("track", "identify", "page", "screen", "group", "alias")
_CLICK_IDS = ("click_id", "ctwa_clid", "gclid", "fbclid")


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything a body tells, with no conversions of the source's own."""
    return _read(payload, headers, Tuning())


def tuned(options: Mapping[str, Any]) -> Parse:
    """The `parse` of a source: its conversions, traits and currency, see `Tuning`."""
    tuning = Tuning.of(options)
    return lambda payload, headers: _read(payload, headers, tuning)


def _read(payload: object, headers: Headers, tuning: Tuning) -> Iterator[Told | Rejected]:
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "")
        return
    clock = Clock.of(payload, headers.get(RECEIVED_HEADER))
    if "batch" not in payload:
        yield from _call(Element(payload, ""), headers.get(CALL), clock, tuning=tuning)
        return
    batch, shared = payload["batch"], payload.get("context")
    if not isinstance(batch, list):
        yield Rejected("shape-unknown", "batch")
        return
    for place, item in enumerate(batch):
        at = f"batch[{place}]"
        if not isinstance(item, dict):
            yield Rejected("shape-unknown", at)
            continue
        yield from _call(Element(_with_context(item, shared), at), None, clock, tuning=tuning)


def _with_context(item: dict[str, Any], shared: object) -> dict[str, Any]:
    """A call with the batch's context under its own."""
    own = item.get("context")
    if not isinstance(shared, dict) or not (own is None or isinstance(own, dict)):
        return item
    return item | {"context": shared | (own or {})}


def _call(element: Element, address: str | None, clock: Clock, *, tuning: Tuning) -> list[Told | Rejected]:
    try:
        kind = element.text("type") or address
        if kind not in CALLS:
            raise element.refuse("shape-unknown", "type", kind)
        us = clock.moment(element)
        told = _READERS.get(kind, _nothing)(element, us, tuning)
        return [*told] if told else [_notice(element, kind, us)]
    except Refusal as refusal:
        return [refusal.rejected]


def _nothing(_element: Element, _us: int, _tuning: Tuning) -> list[Told]:
    return []


def _track(element: Element, us: int, tuning: Tuning) -> list[Told]:
    event = element.identity("event")
    party = party_of(element)
    order = ORDER_EVENTS.get(named(event))
    if order is not None:
        return order(element, us, party, tuning)
    kind = tuning.conversions.get(named(event))
    return [] if kind is None else [conversion(element, us, party, kind=kind, tuning=tuning)]


def _page(element: Element, us: int, _tuning: Tuning) -> list[Told]:
    context = element.within("context")
    campaign, query = context.within("campaign"), _query(element)
    source = campaign.text("source") or query.get("utm_source")
    medium = campaign.text("medium") or query.get("utm_medium")
    name = campaign.text("name") or query.get("utm_campaign")
    click = next((query[key] for key in _CLICK_IDS if key in query), None)
    if source is None and medium is None and name is None and click is None:
        return []
    return [SessionTold(message_id(element, us), us, party_of(element), source, medium, name, click)]


def _query(element: Element) -> dict[str, str]:
    """The query of the page's address; empty where there is none."""
    places = (element.within("context").within("page").item, element.within("properties").item)
    for place in places:
        for key in ("search", "url"):
            text = place.get(key)
            if isinstance(text, str) and "?" in text:
                fields = urllib.parse.parse_qsl(text.partition("?")[2].partition("#")[0], errors="replace")
                return {name: value for name, value in reversed(fields) if len(value) <= _LONGEST}
    return {}


_LONGEST = 500


def _notice(element: Element, kind: str, us: int) -> Notice:
    """What no other kind holds: names alone, as values may be personal."""
    name = element.text("event") if kind == "track" else None
    detail = {key: sorted(inner)[:_MOST_NAMES] for key in ("properties", "traits") if (inner := _keys(element, key))}
    return Notice(kind, None, None if name is None else shown_value(name), us, as_text(detail) if detail else "")


_MOST_NAMES = 50


def _keys(element: Element, key: str) -> list[str]:
    inner = element.item.get(key)
    return [shown_value(name) for name in inner] if isinstance(inner, dict) else []


_READERS: dict[str, Callable[[Element, int, Tuning], list[Told]]] = {
    "track": _track,
    "page": _page,
    "identify": tell_person,
    "alias": tell_alias,
}
