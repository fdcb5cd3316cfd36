"""Segment's tracking addresses: a library of Segment's, given this server as its host, sends here unchanged.

An API key is the write key. A body is kept as it came, but for that key, which some libraries repeat in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.access.principal import Principal
from earnest.api.bound_source import bound_source
from earnest.api.credentials import shown
from earnest.api.guard import principal_of
from earnest.api.idempotency import IdempotencyKey, dedupe_key, keep_once
from earnest.api.limited_body import limited_body, too_large
from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.refusal import Refusal
from earnest.api.route import Route, sends
from earnest.channels.delivery import decode
from earnest.channels.segment.calls import CALL
from earnest.channels.told import Rejected
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import UsageError

CHANNEL = "segment"
MOST_BATCH_BYTES = 500 << 10
MOST_EVENT_BYTES = 32 << 10
"""Segment's own limits: 500 KB a batch, 32 KB a call."""

_CALLS = {
    "track": ("t", "Somebody did something", {"userId": "c-17", "event": "Order Completed", "messageId": "m-1",
              "timestamp": "2026-09-01T10:00:00Z", "properties": {"order_id": "A-1001", "revenue": 49.9, "currency": "EUR"}}),
    "identify": ("i", "Who somebody is", {"userId": "c-17", "messageId": "m-2", "traits": {"email": "anna@example.org", "plan": "pro"}}),
    "page": ("p", "Somebody saw a page", {"anonymousId": "a-9", "messageId": "m-3", "context": {"campaign": {"source": "sms", "name": "autumn"}}}),
    "screen": ("s", "Somebody saw a screen of an app", {"userId": "c-17", "name": "Home", "messageId": "m-4"}),
    "group": ("g", "Somebody belongs to a group", {"userId": "c-17", "groupId": "g-1", "messageId": "m-5"}),
    "alias": ("a", "Two ids are one person", {"previousId": "a-9", "userId": "c-17", "messageId": "m-6"}),
    "batch": ("b", "Many calls at once", {"sentAt": "2026-09-01T10:00:01Z", "batch": [
              {"type": "track", "userId": "c-17", "event": "Trial Started", "messageId": "m-7", "timestamp": "2026-09-01T10:00:00Z"}]}),
}  # fmt: skip


class Taken(BaseModel):
    """The calls are on disk."""

    success: bool


class NotABatch(Refusal):
    """The body is JSON and holds no calls."""

    status = 422


async def take(
    call: str, request: Request, place: Place, *, principal: Principal, idempotency_key: str | None
) -> Response:
    """Keep the body of one call or batch."""
    source = bound_source(principal, place.state(), channel=CHANNEL)
    most = MOST_BATCH_BYTES if call == "batch" else MOST_EVENT_BYTES
    body = await limited_body(
        request, most, remedy="Segment's limits hold: 500 KB a batch, 32 KB a call. Send less at once."
    )
    payload = decode(body, "application/json")
    if isinstance(payload, Rejected):
        raise UsageError(
            "not-json", "the body is no JSON that can be read", hint="Send one JSON object, in UTF-8, each key once."
        )
    _check(payload, call)
    draft = Draft(
        RECEIVED,
        _without_key(body, request, place),
        source.name,
        place.workspace.clock(),
        dedupe_key=dedupe_key(principal, idempotency_key, address=call),
        headers={"content-type": "application/json", CALL: call},
    )
    await keep_once(request, place, draft)
    return JSONResponse({"success": True})


def _check(payload: object, call: str) -> None:
    if not isinstance(payload, dict):
        raise NotABatch("not-an-object", "the body is no JSON object", hint='Send one object, or {"batch": [ … ]}.')
    if call != "batch":
        return
    batch = payload.get("batch")
    if not isinstance(batch, list) or not all(isinstance(one, dict) for one in batch):
        raise NotABatch(
            "not-a-batch", "the body holds no list of calls", hint='Send {"batch": [{"type": "track", …}, …]}.'
        )
    for place, one in enumerate(batch):
        if len(msgspec.json.encode(one)) > MOST_EVENT_BYTES:
            raise too_large(
                f"batch[{place}]", MOST_EVENT_BYTES, "Segment's limit of 32 KB a call holds. Send less with it."
            )


def _without_key(body: bytes, request: Request, place: Place) -> bytes:
    """The body without the API key: what opens a door is never written down."""
    credential = shown(request, place.name)
    if credential is None or credential.kind != "key":
        return body
    key = credential.text.encode()
    return body.replace(key, b"*" * len(key))


def _endpoint(call: str) -> Callable[..., Awaitable[Response]]:
    async def endpoint(
        request: Request,
        place: Annotated[Place, Depends(place_of)],
        principal: Annotated[Principal, Depends(principal_of)],
        *,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        return await take(call, request, place, principal=principal, idempotency_key=idempotency_key)

    endpoint.__name__ = f"segment_{call}"
    endpoint.__doc__ = "Keep a call as it came. What it means is read later; what cannot be read waits in quarantine."
    return endpoint


def _extra(call: str, *, listed: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if call == "batch":
        schema |= {"required": ["batch"], "properties": {"batch": {"type": "array", "items": {"type": "object"}}}}
    content = {"application/json": {"schema": schema, "examples": {call: {"value": _CALLS[call][2]}}}}
    return {
        "response_model": Taken,
        "responses": problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    } | ({} if listed else {"include_in_schema": False})


def _routes() -> list[Route]:
    access = sends(CHANNEL)
    found = []
    for call, (short, summary, _) in _CALLS.items():
        endpoint = _endpoint(call)
        for path, listed in ((f"/v1/{call}", True), (f"/v1/{short}", False)):
            found.append(
                Route(
                    "POST",
                    path,
                    endpoint,
                    access=access,
                    summary=summary,
                    tag="segment",
                    extra=_extra(call, listed=listed),
                )
            )
    return found


ROUTES = tuple(_routes())
