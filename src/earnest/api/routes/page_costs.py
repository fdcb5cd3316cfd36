"""What the forms of the page of costs change: add a line, reverse one."""

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
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.usecases.cost_ledger import add_cost, reverse_cost
from earnest.usecases.workspace import Workspace
from earnest.web.cost_book import COST_KINDS, EVIDENCE
from earnest.web.pages.costs import PAGE

PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


async def add(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Add a cost line."""
    return await answer_form(request, place, principal, PAGE, does=lambda given: _add(place.workspace, given))


async def reverse(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Reverse a cost line."""
    return await answer_form(
        request,
        place,
        principal,
        PAGE,
        does=lambda given: reverse_cost(place.workspace, given.get("entry", ""), given.get("reason", "")),
    )


def _add(workspace: Workspace, given: Given) -> None:
    kind, evidence = given.get("kind", ""), given.get("evidence", "")
    check_known(COST_KINDS, kind, what="kind of cost", listed="Kinds", refusal=(UsageError, "no-such-kind"))
    check_known(EVIDENCE, evidence, what="basis", listed="Bases", refusal=(UsageError, "no-such-basis"))
    fields = {name: given.get(name) or None for name in ("currency", "campaign", "until", "description")}
    body = {"kind": kind, "evidence": evidence, "amount": given.get("amount", ""), "from": given.get("from", "")}
    add_cost(workspace, {**fields, **body, "covers": given.get("covers") == "1"})


_HIDDEN = {"include_in_schema": False}
ROUTES = tuple(
    Route(
        "POST", f"/costs/{name}", does, access=needs("definitions:write"), summary=summary, tag="pages", extra=_HIDDEN
    )
    for name, does, summary in (
        ("add", add, "Add a cost line, by the form"),
        ("reverse", reverse, "Reverse a cost line, by the form"),
    )
)
