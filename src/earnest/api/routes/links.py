"""Links over HTTP: create one, look at it, give recipients codes; the same request again is answered the same."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.api.limited_body import limited_body
from earnest.api.link_models import (
    CodesTold,
    CodeTold,
    Fault,
    LinkMade,
    LinkTold,
    MoreRecipients,
    NewLink,
    Recipient,
    faults_of,
    refused_faults,
)
from earnest.api.openapi_parts import inlined, problems
from earnest.api.place import Place, place_of
from earnest.api.problem import problem
from earnest.api.redirect_memory import links_changed
from earnest.api.route import Route, needs
from earnest.channels.delivery import decode
from earnest.channels.told import Rejected
from earnest.definitions.link import Link
from earnest.definitions.state import State
from earnest.kernel.errors import DataRefused, UsageError
from earnest.kernel.period import moment_of
from earnest.usecases.link_show import state_of
from earnest.usecases.links import add_link, checked, find_link, issuing, known_base, landing_of, shared_code
from earnest.usecases.recipients import enrol
from earnest.usecases.workspace import Workspace

PATH = "/api/v1/links"
SCOPE = "links:write"
MOST_BYTES = 3_000_000

Body = TypeVar("Body", NewLink, MoreRecipients)
Name = Annotated[str, Path(min_length=1, max_length=100, description="As it was created.")]


class _Refused(Exception):
    """The body cannot be used."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults


async def create(request: Request, place: Annotated[Place, Depends(place_of)]) -> Response:
    """Create a link, with codes for recipients if there are any. The same link again is no new one: 200 instead of 201."""
    try:
        body = await _read(request, NewLink)
        made = await run_in_threadpool(_create, place.workspace, body, _server(request))
    except _Refused as refused:
        return _refusal(refused.faults)
    if made.new:
        await links_changed(request.app, place)
    return JSONResponse(made.model_dump(), 201 if made.new else 200)


def _create(workspace: Workspace, body: NewLink, server: str | None) -> LinkMade:
    wanted = body.link()
    state = workspace.state()
    known_base(workspace, state, server)
    checked(state, wanted)
    numbers = _numbers(workspace, body.recipients)
    link, new = add_link(workspace, wanted)
    told = _told(workspace, workspace.state(), link, server)
    return LinkMade(**told.model_dump(), new=new, recipients=_issued(workspace, link.id, numbers, server))


async def show(name: Name, request: Request, place: Annotated[Place, Depends(place_of)]) -> LinkTold:
    """Where a link leads, and its address. What became of it stands in `earnest link show`."""
    state = place.state()
    link = find_link(state, name)
    return _told(place.workspace, state, link, _server(request))


async def more(name: Name, request: Request, place: Annotated[Place, Depends(place_of)]) -> Response:
    """Give recipients their codes of a link. The same recipient gets the same code, however he is written."""
    try:
        body = await _read(request, MoreRecipients)
        issued = await run_in_threadpool(_codes, place.workspace, name, body.recipients, _server(request))
    except _Refused as refused:
        return _refusal(refused.faults)
    return JSONResponse(CodesTold(name=name, recipients=issued).model_dump())


def _codes(workspace: Workspace, name: str, recipients: list[Recipient], server: str | None) -> list[CodeTold]:
    issuing(workspace, name, server=server)
    return _issued(workspace, name, _numbers(workspace, recipients), server)


def _issued(workspace: Workspace, name: str, numbers: list[int], server: str | None) -> list[CodeTold]:
    if not numbers:
        return []
    issue = issuing(workspace, name, server=server)
    return [CodeTold(code=one.code, url=one.url) for one in map(issue, numbers)]


def _numbers(workspace: Workspace, recipients: list[Recipient]) -> list[int]:
    """Before anything else is done: with one that cannot be known, nothing is."""
    try:
        return enrol(workspace, [one.party() for one in recipients])
    except DataRefused as error:
        refused = error.facts["refused"]
        assert isinstance(refused, dict)
        raise _Refused(refused_faults(refused)) from error


def _told(workspace: Workspace, state: State, link: Link, server: str | None) -> LinkTold:
    shared = shared_code(workspace, state, link, server=server)
    return LinkTold(
        name=link.id,
        url=shared.url,
        code=shared.code,
        destination=link.destination,
        lands_on=landing_of(link),
        state=state_of(state, link, workspace.clock()),
        campaign=link.campaign,
        within=link.within,
        utm=link.utm,
        click_parameter=link.click_parameter,
        until=moment_of(link.until_us).isoformat() if link.until_us is not None else None,
    )


async def _read(request: Request, model: type[Body]) -> Body:
    """The body as a model.

    Raises:
        _Refused: it does not fit. UsageError: `not-json`. TooLarge, UnknownEncoding: see `limited_body`.
    """
    raw = await limited_body(request, MOST_BYTES, remedy="Send fewer recipients at once.")
    payload = decode(raw, "application/json")
    if isinstance(payload, Rejected):
        raise UsageError("not-json", "the body is no JSON that can be read", hint="Send one JSON object, in UTF-8.")
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise _Refused(faults_of(error, model)) from error


def _refusal(faults: list[Fault]) -> Response:
    first = faults[0]
    more_ = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return problem(
        422,
        "link-refused",
        f"{first['pointer'] or 'the body'}: {first['what']}{more_}",
        why="Nothing of a request is done while a part of it cannot be used.",
        remedy="Correct what `errors` names and send the whole request again.",
        errors=faults,
    )


def _server(request: Request) -> str | None:
    """Where the server was told that it is called from outside."""
    told = request.app.state.public_url
    return told if isinstance(told, str) else None


_RECIPIENTS = [{"phone": "+4915112345678"}, {"email": "anna@example.org"}, {"contact": "c-4711"}]
EXAMPLE = {
    "name": "spring-sale",
    "url": "https://shop.example/spring",
    "utm": {"source": "sms"},
    "recipients": _RECIPIENTS,
}


def _body(model: type[BaseModel], example: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": inlined(model), "examples": {"usual": {"value": example}}}}
    return {"requestBody": {"required": True, "content": content}}


_WRONG = {
    400: {"description": "No JSON, or a link that cannot be: its host is not allowed, its campaign not declared."}
}
_THERE = {
    409: {
        "description": "There is another link of this name, it leads nowhere now, or the server's address is not known."
    }
}
_AGAIN = {200: {"model": LinkMade, "description": "There was this very link already."}}
_NEEDS = needs(SCOPE)

ROUTES = (
    Route(
        "POST",
        PATH,
        create,
        access=_NEEDS,
        summary="Create a link",
        tag="links",
        extra={
            "status_code": 201,
            "response_model": LinkMade,
            "responses": problems(401, 403, 404, 413, 415, 422, 429, 503) | _WRONG | _THERE | _AGAIN,
            "openapi_extra": _body(NewLink, EXAMPLE),
        },
    ),
    Route(
        "GET",
        f"{PATH}/{{name}}",
        show,
        access=_NEEDS,
        summary="Look at a link",
        tag="links",
        extra={"responses": problems(401, 403, 404, 422, 429, 503)},
    ),
    Route(
        "POST",
        f"{PATH}/{{name}}/codes",
        more,
        access=_NEEDS,
        summary="Give recipients codes of a link",
        tag="links",
        extra={
            "response_model": CodesTold,
            "responses": problems(400, 401, 403, 404, 413, 415, 422, 429, 503) | _THERE,
            "openapi_extra": _body(MoreRecipients, {"recipients": _RECIPIENTS}),
        },
    ),
)
