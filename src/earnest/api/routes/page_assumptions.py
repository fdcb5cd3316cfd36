"""What the forms of the page of assumptions change: the gross margin, and how many orders finance counts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.page_forms import Given, answer_form
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.definitions.quality import Capture
from earnest.kernel.errors import UsageError
from earnest.kernel.period import parse_day
from earnest.usecases.declare import set_setting
from earnest.usecases.quality_capture import declare_capture
from earnest.usecases.workspace import Workspace
from earnest.web.pages.assumptions import PAGE

PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


async def margin(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Change the gross margin from a day on."""
    return await answer_form(request, place, principal, PAGE, does=lambda given: _margin(place.workspace, given))


async def orders(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Tell how many orders finance counts in a period."""
    return await answer_form(request, place, principal, PAGE, does=lambda given: _orders(place.workspace, given))


def _margin(workspace: Workspace, given: Given) -> None:
    share = _percent(given.get("percent", ""))
    set_setting(workspace, "margin", format(share, "f"), parse_day(given.get("from", "")))


def _percent(text: str) -> Decimal:
    """A percentage as a share: 38, 38.5 or 38,5; a share by mistake is told apart, as no shop lives on less than 1 %."""
    try:
        value = Decimal(text.replace("%", "").replace(",", ".").strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 1 <= value <= 100:
        raise UsageError("bad-margin", f"'{text}' is not a percentage from 1 to 100", hint="Write 38 for 38 %.")
    return value / 100


def _orders(workspace: Workspace, given: Given) -> None:
    text = given.get("orders", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise UsageError("bad-orders", f"'{text}' is not a number of orders", hint="Write a whole number, like 1250.")
    first, until = parse_day(given.get("from", "")), parse_day(given.get("until", ""))
    declare_capture(workspace, Capture(first, until, int(text)))


_HIDDEN = {"include_in_schema": False}
ROUTES = tuple(
    Route(
        "POST",
        f"/assumptions/{name}",
        does,
        access=needs("definitions:write"),
        summary=summary,
        tag="pages",
        extra=_HIDDEN,
    )
    for name, does, summary in (
        ("margin", margin, "Change the gross margin, by the form"),
        ("orders", orders, "Tell finance's orders, by the form"),
    )
)
