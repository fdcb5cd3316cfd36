"""What the forms of the page of data quality change: leave orders out, take them in again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from earnest.access.principal import Principal
from earnest.api.guard import principal_of
from earnest.api.page_forms import Given, answer_form
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.kernel.errors import NotFound
from earnest.usecases.quality_exclude import exclude, include
from earnest.usecases.workspace import Workspace
from earnest.web.pages.quality import PAGE

PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


async def leave_out(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Leave orders out of every figure."""
    return await answer_form(
        request,
        place,
        principal,
        PAGE,
        does=lambda given: exclude(place.workspace, given.get("what", ""), reason=given.get("reason", "")),
    )


async def take_in(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Take in again what an exclusion left out."""
    return await answer_form(request, place, principal, PAGE, does=lambda given: _include(place.workspace, given))


def _include(workspace: Workspace, given: Given) -> None:
    number = given.get("number", "")
    if not number.isdecimal():
        raise NotFound("no-such-exclusion", f"there is no exclusion '{number}'", hint="Choose one in the list.")
    include(workspace, int(number))


_HIDDEN = {"include_in_schema": False}
ROUTES = tuple(
    Route(
        "POST", f"/quality/{name}", does, access=needs("definitions:write"), summary=summary, tag="pages", extra=_HIDDEN
    )
    for name, does, summary in (
        ("exclude", leave_out, "Leave orders out, by the form"),
        ("include", take_in, "Take orders in again, by the form"),
    )
)
