"""Invitations to surveys over HTTP: recipients in, codes and addresses back in their order; again, and they are the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.api.event_models import Text
from earnest.api.limited_body import limited_body
from earnest.api.link_models import MOST_RECIPIENTS, CodeTold, Fault, Recipient, Within, faults_of, refused_faults
from earnest.api.openapi_parts import inlined, problems
from earnest.api.place import Place, place_of
from earnest.api.problem import problem
from earnest.api.route import Route, needs
from earnest.channels.delivery import decode
from earnest.channels.told import Rejected
from earnest.kernel.errors import DataRefused, UsageError
from earnest.usecases.survey_invite import Ask, invite
from earnest.usecases.workspace import Workspace

PATH = "/api/v1/surveys/{name}/invitations"
SCOPE = "surveys:write"
MOST_BYTES = 3_000_000

Name = Annotated[str, Path(min_length=1, max_length=100, description="As it was declared.")]


class Invitations(BaseModel):
    """Who is to be asked."""

    model_config = ConfigDict(extra="forbid", strict=True)
    recipients: Annotated[list[Recipient], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    campaign: Annotated[Text | None, Field(description="Declared campaign the answers are of.")] = None
    within: Annotated[Within | None, Field(description="Messages that carry the invitation.")] = None
    round: Annotated[
        Text | None,
        Field(description="Round to invite into; default: the business day's. In one round everybody has one code."),
    ] = None


class InvitationsTold(BaseModel):
    """Codes of recipients, in the order they were asked for."""

    survey: str
    round: Annotated[int, Field(description="Number of the round.")]
    round_name: str
    added: Annotated[int, Field(description="Recipients who were not in the round before.")]
    invitations: list[CodeTold]


async def send(name: Name, request: Request, place: Annotated[Place, Depends(place_of)]) -> Response:
    """Give recipients their codes, each good for one answer. All of them, or nobody."""
    raw = await limited_body(request, MOST_BYTES, remedy="Send fewer recipients at once.")
    payload = decode(raw, "application/json")
    if isinstance(payload, Rejected):
        raise UsageError("not-json", "the body is no JSON that can be read", hint="Send one JSON object, in UTF-8.")
    try:
        body = Invitations.model_validate(payload)
    except ValidationError as error:
        return _refusal(faults_of(error, Invitations))
    server = request.app.state.public_url
    try:
        told = await run_in_threadpool(
            _invite, place.workspace, name, body, server if isinstance(server, str) else None
        )
    except DataRefused as error:
        refused = error.facts.get("refused")
        if not isinstance(refused, dict):
            raise
        return _refusal(refused_faults(refused))
    return JSONResponse(told.model_dump())


def _invite(workspace: Workspace, name: str, body: Invitations, server: str | None) -> InvitationsTold:
    parties = [one.party() for one in body.recipients]
    done = invite(workspace, name, parties, Ask(body.campaign, body.within, body.round), server=server)
    codes = [CodeTold(code=one.code, url=one.url) for one in done.invitations]
    return InvitationsTold(
        survey=name, round=done.round.number, round_name=done.round.name, added=done.added, invitations=codes
    )


def _refusal(faults: list[Fault]) -> Response:
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return problem(
        422,
        "invitations-refused",
        f"{first['pointer'] or 'the body'}: {first['what']}{more}",
        why="Nothing of a request is done while a part of it cannot be used.",
        remedy="Correct what `errors` names and send the whole request again.",
        errors=faults,
    )


EXAMPLE = {"recipients": [{"phone": "+4915112345678"}, {"email": "anna@example.org"}], "round": "2026-11"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": inlined(Invitations), "examples": {"usual": {"value": EXAMPLE}}}},
    }
}
_WRONG = {
    400: {"description": "No JSON; or the survey is closed, the campaign not declared, the messages not named so."},
    409: {"description": "The server's address is not known."},
}

ROUTES = (
    Route(
        "POST",
        PATH,
        send,
        access=needs(SCOPE),
        summary="Invite people to a survey",
        tag="surveys",
        extra={
            "response_model": InvitationsTold,
            "responses": problems(401, 403, 404, 413, 415, 422, 429, 503) | _WRONG,
            "openapi_extra": _BODY,
        },
    ),
)
