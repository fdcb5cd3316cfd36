"""What is wrong with the events of a request: every fault with its event's number, a JSON pointer, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from earnest.api.event_models import MOST_EVENTS, Conversion, Event, Events, Order, Refund
from earnest.channels.amounts import minor_of
from earnest.channels.told import shown_value
from earnest.kernel.errors import closest
from earnest.kernel.money import exponent

MOST_FAULTS = 100
"""Faults of one request that are told of."""

_WHY = "Nothing of a request is kept while one of its events cannot be read."
_MONEY = ("amount", "total", "tax", "shipping", "discount")

Fault = Mapping[str, object]


def faults_of(error: ValidationError, payload: object) -> list[Fault]:
    """Every fault that the models found, in order; never with the value that stood there."""
    return [_fault(dict(one), payload) for one in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]]


def money_faults(body: Events, currency: str) -> list[Fault]:
    """What no schema can say: amounts are in the workspace's currency and have its decimals."""
    found = [fault for place, event in enumerate(body.events) for fault in _money(event, place, currency)]
    return found[:MOST_FAULTS]


def _money(event: Event, place: int, currency: str) -> Iterator[Fault]:
    if not isinstance(event, Order | Conversion | Refund):
        return
    if event.currency != currency:
        yield _told(
            ("events", place, "currency"),
            "currency-differs",
            f"{event.currency} is not the workspace's currency",
            f"Send the amounts converted to {currency}: one workspace counts in one currency.",
        )
        return
    amounts: list[tuple[tuple[int | str, ...], str | None]] = [
        (("events", place, name), getattr(event, name, None)) for name in _MONEY
    ]
    for number, line in enumerate(getattr(event, "lines", ())):
        amounts.append((("events", place, "lines", number, "amount"), line.amount))
    for where, text in amounts:
        if text is not None and minor_of(text, currency) is None:
            yield _told(
                where,
                "too-many-decimals",
                f"this amount has more than {exponent(currency)} decimals or 12 digits",
                f"Round it as your books do: {currency} has {exponent(currency)} decimals.",
            )


_SHAPES = {
    "model_type": "this is not an object",
    "model_attributes_type": "this is not an object",
    "list_type": "this is not a list",
    "too_short": "the list is empty",
    "too_long": f"the list is longer than is allowed ({MOST_EVENTS:,} events, 500 lines of an order)",
    "bool_type": "this is neither true nor false",
}


def _fault(error: Mapping[str, Any], payload: object) -> Fault:
    where = _place(error["loc"])
    kind = str(error["type"])
    told: Mapping[str, Any] = error.get("ctx") or {}
    name = shown_value(str(where[-1])) if where else "the body"
    if "remedy" in told:
        return _told(where, kind, str(error["msg"]), str(told["remedy"]))
    if kind == "missing":
        return _told(where, "missing", f"'{name}' is missing", "Add it.")
    if kind == "extra_forbidden":
        near = closest(str(where[-1]), _fields(where, payload))
        return _told(where, "unknown-field", f"there is no field '{name}'{near}", "Correct its name, or leave it out.")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _told((*where, "type"), "unknown-type", "this is no type of event", f"Types: {', '.join(TYPES)}.")
    if kind == "literal_error":
        return _told(where, "unknown-value", "this is none of the values known here", f"Known: {told['expected']}.")
    if kind in _SHAPES:
        return _told(where, "wrong-shape", _SHAPES[kind], 'The body is {"events": [ … ]}, see /openapi.json.')
    if kind == "string_type":
        return _told(where, "not-a-text", "this is not text", "Write it in quotes; amounts and ids are text as well.")
    return _told(where, "wrong-shape", shown_value(str(error["msg"])), "See /openapi.json.")


def _told(where: Sequence[int | str], code: str, what: str, remedy: str) -> Fault:
    pointer = "".join(f"/{shown_value(str(part)).replace('~', '~0').replace('/', '~1')}" for part in where)
    index = {"index": where[1]} if len(where) > 1 and isinstance(where[1], int) else {}
    return {**index, "pointer": pointer, "code": code, "what": what, "why": _WHY, "remedy": remedy}


def _place(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """Where it stands in the body: the models put the event's type after its number."""
    return (*loc[:2], *loc[3:]) if len(loc) > 2 and loc[0] == "events" else tuple(loc)


def _fields(where: Sequence[int | str], payload: object) -> list[str]:
    """Names of the fields that stand beside an unknown one of an event."""
    if len(where) != 3 or not isinstance(payload, dict):
        return ["events"] if len(where) == 1 else []
    kind = payload["events"][where[1]].get("type")
    return list(TYPES[kind].model_fields) if kind in TYPES else []


TYPES = {
    model.model_fields["type"].annotation.__args__[0]: model
    for model in Event.__origin__.__args__  # type: ignore[attr-defined]
}
"""Type of event → its model."""
