"""Earnest's own events: up to 1,000 at once, kept all together or not at all."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Path
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.access.principal import Principal
from earnest.api.bound_source import bound_source
from earnest.api.event_faults import faults_of, money_faults
from earnest.api.event_models import Events
from earnest.api.guard import principal_of
from earnest.api.idempotency import IdempotencyKey, dedupe_key, keep_once
from earnest.api.limited_body import limited_body
from earnest.api.openapi_parts import inlined, problems
from earnest.api.place import Place, place_of
from earnest.api.problem import problem
from earnest.api.route import Route, sends
from earnest.channels.delivery import decode
from earnest.channels.told import Rejected
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import UsageError
from earnest.usecases.event_entry import entry_state

PATH = "/api/v1/events"
CHANNEL = "events"
MOST_BYTES = 3_000_000


class Accepted(BaseModel):
    """The events are on disk."""

    accepted: Annotated[int, Field(description="Events of the request.")]
    entry: Annotated[int, Field(description="Number of the entry that holds them; the same for the same request.")]


class RefusedElement(BaseModel):
    """An event that was kept and cannot be read: it waits in quarantine."""

    field: Annotated[str, Field(description="Path in the body.")]
    code: str
    what: str


class EntryTold(BaseModel):
    """What became of a request."""

    entry: int
    received_at: str
    events: int
    read: Annotated[bool, Field(description="Whether the builder has read it; it counts in tables then.")]
    refused: list[RefusedElement]


async def send(
    request: Request,
    place: Annotated[Place, Depends(place_of)],
    principal: Annotated[Principal, Depends(principal_of)],
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keep events. All of them are kept, or none; told again, each counts once."""
    state = place.state()
    source = bound_source(principal, state, channel=CHANNEL)
    body = await limited_body(request, MOST_BYTES, remedy="Send fewer events at once.")
    payload = decode(body, "application/json")
    if isinstance(payload, Rejected):
        raise UsageError(
            "not-json", "the body is no JSON that can be read", hint='Send {"events": [ … ]}, in UTF-8, each key once.'
        )
    try:
        events = Events.model_validate(payload)
        faults = money_faults(events, state.currency)
    except ValidationError as error:
        faults = faults_of(error, payload)
    if faults:
        return _refused(faults)
    repeated = dedupe_key(principal, idempotency_key)
    draft = Draft(
        RECEIVED,
        body,
        source.name,
        place.workspace.clock(),
        dedupe_key=repeated or f"body:{source.name}:{hashlib.sha256(body).hexdigest()}",
        headers={"content-type": "application/json"},
    )
    kept = await keep_once(request, place, draft)
    return JSONResponse({"accepted": len(events.events), "entry": kept.seq}, 202)


def _refused(faults: Any) -> Response:
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return problem(
        422,
        "events-refused",
        f"{first['pointer'] or 'the body'}: {first['what']}{more}",
        why="Nothing of a request is kept while one of its events cannot be read.",
        remedy="Correct what `errors` names and send the whole request again.",
        errors=faults,
    )


async def show(
    place: Annotated[Place, Depends(place_of)],
    principal: Annotated[Principal, Depends(principal_of)],
    entry: Annotated[int, Path(ge=1, le=2**53, description="As the request was answered.")],
) -> EntryTold:
    """What became of a request: whether it has been read, and what could not be."""
    state = place.state()
    source = bound_source(principal, state, channel=CHANNEL)
    found = await run_in_threadpool(entry_state, place.workspace, state, entry, source=source.name)
    refused = [RefusedElement(field=one.field, code=one.code, what=one.what) for one in found.refused]
    return EntryTold(
        entry=found.entry, received_at=found.received_at, events=found.events, read=found.read, refused=refused
    )


_CONTACT = {"phone": "+4915112345678"}
EXAMPLE = {
    "events": [
        {"type": "message", "id": "m-1", "status": "delivered", "occurred_at": "2026-09-01T10:00:00Z", "channel": "sms",
         "campaign": "autumn", "contact": _CONTACT},
        {"type": "click", "message": "m-1", "occurred_at": "2026-09-01T10:04:00Z", "contact": _CONTACT},
        {"type": "order", "id": "A-1001", "occurred_at": "2026-09-01T12:30:00+02:00", "currency": "EUR", "total": "59.90",
         "tax": "9.56", "contact": _CONTACT | {"email": "anna@example.org"}},
    ]
}  # fmt: skip
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": inlined(Events), "examples": {"a day": {"value": EXAMPLE}}}},
    }
}

ROUTES = (
    Route(
        "POST",
        PATH,
        send,
        access=sends(CHANNEL),
        summary="Send events",
        tag="events",
        extra={
            "status_code": 202,
            "response_model": Accepted,
            "responses": problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
            "openapi_extra": _BODY,
        },
    ),
    Route(
        "GET",
        f"{PATH}/{{entry}}",
        show,
        access=sends(CHANNEL),
        summary="What became of events",
        tag="events",
        extra={"responses": problems(401, 403, 404, 422, 429, 503)},
    ),
)
